#pragma once
#include <tapeless/backend/simd/math.hpp>
#include <tapeless/backend/simd/stream.hpp>
#include <tapeless/core/dtype.hpp>

#include <bit>
#include <cstring>

namespace tapeless::inline TAPELESS_ABI::wide {

/// How a loop kernel computes: one element at a time ...
struct scalar_lanes {
  static constexpr int count = 1;
  template <dtype D> using value = element_of<D>;

  template <class T> static T broadcast(T x) { return x; }
  template <class T> static T load(const T* from, std::int64_t, int) { return *from; }
  template <class T> static void store(T x, T* to, std::int64_t, int) { *to = x; }
  template <class T> static void stream(T x, T* to) { *to = x; }
  template <class T> static void settle(T&) {}
  template <class T> static T keep_first(T x, int, T) { return x; }
  template <class Op, int, class T> static T combine_lanes(T x) { return x; }
};

/// ... or a register at a time, of elements of `Bytes` bytes.
template <std::size_t Bytes> struct register_lanes {
  static constexpr int count = mask<Bytes>::size;
  template <class T> struct holder { using type = vec<T>; };
  template <dtype D> using value = typename std::conditional_t<D == dtype::boolean, std::type_identity<mask<Bytes>>, holder<element_of<D>>>::type;

  /// Whether the compiler knows that so many contiguous elements are moved as there are instructions for.
  template <class T, class Stride, class N> static constexpr bool has_part = [] {
    if constexpr (!std::same_as<T, bool> && requires { requires Stride::value == 1; N::value; }) return moves::is_part<T, N::value>;
    else return false;
  }();

  template <class T> static auto broadcast(T x) {
    if constexpr (std::same_as<T, bool>) return mask<Bytes>(x);
    else return vec<T>(x);
  }
  /// `n` elements from `from`, `stride` apart; the rest of the register repeats one of them.
  template <class T, class Stride, class N> static auto load(const T* from, Stride stride, N n) {
    using lanes = decltype(broadcast(T()));
    if constexpr (has_part<T, Stride, N>) return lanes(moves::load_part<N::value>(from));
    if (stride == 1) return n == count ? lanes::load(from) : lanes::load_partial(from, n);
    alignas(64) T buffer[static_cast<std::size_t>(count)];
    for (int i = 0; i < count; ++i) buffer[i] = from[(i < n ? i : n - 1) * stride];
    return lanes::load(buffer);
  }
  /// For what is used more than once: g++ would rather load it for each use.
  template <class Lanes> static void settle(Lanes& x) {
    if constexpr (!std::same_as<Lanes, mask<Bytes>>) x = moves::settled(x.batch());
  }
  template <class Lanes, class T, class Stride, class N> static void store(Lanes x, T* to, Stride stride, N n) {
    if constexpr (has_part<T, Stride, N>) return moves::store_part<N::value>(x.batch(), to);
    if (stride == 1) {
      if (n == count) x.store(to);
      else x.store_partial(to, n);
      return;
    }
    alignas(64) T buffer[static_cast<std::size_t>(count)];
    x.store(buffer);
    for (int i = 0; i < n; ++i) to[i * stride] = buffer[i];
  }
  /// A whole register, past the caches where the machine can.
  template <class Lanes, class T> static void stream(Lanes x, T* to) {
    if constexpr (std::same_as<T, bool>) x.store(to);
    else stream_store(x, to);
  }
  /// The first n lanes of x; `rest` in the others.
  template <class Lanes, class N, class T> static Lanes keep_first(Lanes x, N n, T rest) {
    return n == count ? x : select(mask<Bytes>::first(n), x, Lanes(rest));
  }
  /// The first `Live` lanes combined to one element, halves onto each other: a fixed order. Where they are no power of two, those
  /// up to the next one are Op's identity; those behind need not be anything.
  template <class Op, int Live, class Lanes> static auto combine_lanes(Lanes x) {
    constexpr auto n = std::bit_ceil(static_cast<std::size_t>(Live));
    if constexpr (std::same_as<Lanes, mask<Bytes>>) {
      bool r = Op::template identity<bool>();
      for (int i = 0; i < static_cast<int>(n); ++i) r = Op::combine(r, x[i]);
      return r;
    } else if constexpr (requires { Op::is_addition; sum_of_first<n>(x); }) {
      return sum_of_first<n>(x);
    } else {
      return reduce_first<n>([](auto a, auto b) { return Op::combine(a, b); }, x);
    }
  }
};

}  // namespace tapeless::wide
