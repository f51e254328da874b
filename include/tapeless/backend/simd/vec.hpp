#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/mask.hpp>
#include <tapeless/backend/simd/rounding.hpp>
#include <tapeless/core/math.hpp>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Lanes in a register, as array bounds want it.
template <class T> inline constexpr std::size_t lane_count = xsimd::batch<T>::size;

/// One register of lanes of type T (float, double, int32, int64): arithmetic, comparisons and memory access.
///   integers    wrap around; division truncates like C++ and gives 0 where the divisor is 0 (nothing traps)
///   floating    IEEE 754 per lane; != is true where either side is nan
template <class T> class vec {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int32_t> ||
                    std::is_same_v<T, std::int64_t>,
                "lanes are float, double, int32 or int64");

 public:
  using value_type = T;
  using batch_type = xsimd::batch<T>;
  using mask_type = mask<sizeof(T)>;
  static constexpr int size = static_cast<int>(batch_type::size);

  vec() = default;
  vec(T all_lanes) noexcept : lanes_(all_lanes) {}
  vec(batch_type lanes) noexcept : lanes_(lanes) {}

  batch_type batch() const noexcept { return lanes_; }

  static vec load(const T* from) noexcept { return batch_type::load_unaligned(from); }
  void store(T* to) const noexcept { lanes_.store_unaligned(to); }

  /// The first n of at most `size` elements; the lanes behind them repeat the last one, so that arithmetic on them
  /// raises no floating-point flag of its own (0 where n is 0).
  static vec load_partial(const T* from, int n) noexcept { return load_partial(from, n, n > 0 ? from[n - 1] : T{}); }

  /// The first n of at most `size` elements; `padding` in the lanes behind them.
  static vec load_partial(const T* from, int n, T padding) noexcept { return moves::load_first(from, n, padding); }

  void store_partial(T* to, int n) const noexcept { moves::store_first(lanes_, to, n); }

  /// from[0], from[stride], from[2 * stride], ...
  static vec gather(const T* from, std::ptrdiff_t stride) noexcept { return gather_partial(from, stride, size); }

  /// The first n of at most `size` elements of gather(from, stride); the lanes behind them repeat the last one.
  static vec gather_partial(const T* from, std::ptrdiff_t stride, int n) noexcept {
    alignas(64) T buffer[lane_count<T>];
    for (int i = 0; i < size; ++i) buffer[i] = n > 0 ? from[(i < n ? i : n - 1) * stride] : T{};
    return batch_type::load_aligned(buffer);
  }

  /// start, start + 1, start + 2, ...
  static vec iota(T start) noexcept {
    alignas(64) T buffer[lane_count<T>];
    for (int i = 0; i < size; ++i) buffer[i] = static_cast<T>(i);
    return vec(batch_type::load_aligned(buffer)) + vec(start);
  }

  T operator[](int lane) const noexcept { return lanes_.get(static_cast<std::size_t>(lane)); }

  friend vec operator+(vec a, vec b) noexcept { return a.lanes_ + b.lanes_; }
  friend vec operator-(vec a, vec b) noexcept { return a.lanes_ - b.lanes_; }
  friend vec operator*(vec a, vec b) noexcept { return a.lanes_ * b.lanes_; }
  friend vec operator/(vec a, vec b) noexcept {
    if constexpr (std::is_floating_point_v<T>)
      return rounding::divide(a.lanes_, b.lanes_);
    else
      return per_lane([](T x, T y) { return math::divide(x, y); }, a, b);
  }
  friend vec operator-(vec a) noexcept {
    if constexpr (std::is_floating_point_v<T>)
      return a.lanes_ ^ batch_type(T{-0.0});
    else
      return batch_type(T{0}) - a.lanes_;
  }
  friend vec operator+(vec a) noexcept { return a; }

  vec& operator+=(vec other) noexcept { return *this = *this + other; }
  vec& operator-=(vec other) noexcept { return *this = *this - other; }
  vec& operator*=(vec other) noexcept { return *this = *this * other; }
  vec& operator/=(vec other) noexcept { return *this = *this / other; }

  friend mask_type operator==(vec a, vec b) noexcept { return a.lanes_ == b.lanes_; }
  friend mask_type operator!=(vec a, vec b) noexcept { return !(a == b); }
  friend mask_type operator<(vec a, vec b) noexcept { return a.lanes_ < b.lanes_; }
  friend mask_type operator>(vec a, vec b) noexcept { return a.lanes_ > b.lanes_; }
  friend mask_type operator<=(vec a, vec b) noexcept { return a.lanes_ <= b.lanes_; }
  friend mask_type operator>=(vec a, vec b) noexcept { return a.lanes_ >= b.lanes_; }

  friend vec select(mask_type condition, vec a, vec b) noexcept {
    return xsimd::select(condition.template batch<T>(), a.lanes_, b.lanes_);
  }

 private:
  batch_type lanes_;
};

/// f applied to one lane after the other: for what has no vector form.
template <class F, class T> inline vec<T> per_lane(F f, vec<T> x) noexcept {
  return per_lane([&f](T a, T) { return f(a); }, x, x);
}
template <class F, class T> inline vec<T> per_lane(F f, vec<T> x, vec<T> y) noexcept {
  alignas(64) T lanes[lane_count<T>];
  alignas(64) T others[lane_count<T>];
  x.store(lanes);
  y.store(others);
  for (std::size_t i = 0; i < lane_count<T>; ++i) lanes[i] = f(lanes[i], others[i]);
  return vec<T>::load(lanes);
}

/// vec<From> to vec<To> of the same lane width, with the rules of math::cast; bool stands for the mask.
template <class To, class From> inline auto cast(vec<From> x) noexcept {
  if constexpr (std::is_same_v<To, bool>) {
    return x != vec<From>(From{0});
  } else {
    static_assert(sizeof(To) == sizeof(From), "cast needs lanes of one width");
    alignas(64) From from[lane_count<From>];
    alignas(64) To to[lane_count<To>];
    x.store(from);
    for (std::size_t i = 0; i < lane_count<To>; ++i) to[i] = math::cast<To>(from[i]);
    return vec<To>::load(to);
  }
}

/// 1 in the true lanes, 0 in the others; bool gives the mask itself.
template <class To, std::size_t Bytes> inline auto cast(mask<Bytes> x) noexcept {
  if constexpr (std::is_same_v<To, bool>)
    return x;
  else
    return select(x, vec<To>(To{1}), vec<To>(To{0}));
}

#if defined(__has_builtin) && !defined(__CUDACC__)
#if __has_builtin(__builtin_shufflevector)
#define TAPELESS_HAS_SHUFFLES
#endif
#endif

#ifdef TAPELESS_HAS_SHUFFLES
namespace detail {
/// Lane i takes lane i + Half, as far as there are such.
template <std::size_t Half, class T, std::size_t... I> inline vec<T> lanes_above(vec<T> x, std::index_sequence<I...>) noexcept {
  using register_type = typename vec<T>::batch_type::register_type;
  typedef T lanes __attribute__((vector_size(sizeof(register_type))));
  const auto seen = std::bit_cast<lanes>(static_cast<register_type>(x.batch()));
  return typename vec<T>::batch_type(std::bit_cast<register_type>(__builtin_shufflevector(seen, seen, static_cast<int>((I + Half) % sizeof...(I))...)));
}
}  // namespace detail
#endif

/// The first N lanes, a power of two, combined by f, a function of two vectors or two scalars, in a fixed order: halves are
/// folded onto each other until one lane is left.
template <std::size_t N, class F, class T> inline T reduce_first(F f, vec<T> x) noexcept {
#ifdef TAPELESS_HAS_SHUFFLES
  [&]<std::size_t... Level>(std::index_sequence<Level...>) {
    ((x = f(x, detail::lanes_above<(N >> (Level + 1))>(x, std::make_index_sequence<lane_count<T>>{}))), ...);
  }(std::make_index_sequence<static_cast<std::size_t>(std::bit_width(N) - 1)>{});
  return x[0];
#else
  alignas(64) T lanes[lane_count<T>];
  x.store(lanes);
  for (std::size_t half = N / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lanes[i] = f(lanes[i], lanes[i + half]);
  return lanes[0];
#endif
}
template <class F, class T> inline T reduce(F f, vec<T> x) noexcept { return reduce_first<lane_count<T>>(f, x); }

#ifdef TAPELESS_HAS_SHUFFLES
namespace detail {
template <class T, std::size_t N, class Lanes> [[gnu::always_inline]] inline T sum_of_halves(Lanes x) noexcept {
  if constexpr (N == 2) {
    return x[0] + x[1];
  } else {
    typedef T half __attribute__((vector_size(N / 2 * sizeof(T))));
    const half sum = [x]<std::size_t... I>(std::index_sequence<I...>) {
      return __builtin_shufflevector(x, x, static_cast<int>(I)...) + __builtin_shufflevector(x, x, static_cast<int>(I + N / 2)...);
    }(std::make_index_sequence<N / 2>{});
    return sum_of_halves<T, N / 2>(sum);
  }
}
}  // namespace detail
#endif
/// The same bits as reduce_first() finds with +, in registers that get narrower with what is left.
template <std::size_t N, std::floating_point T> inline T sum_of_first(vec<T> x) noexcept {
#ifdef TAPELESS_HAS_SHUFFLES
  using register_type = typename vec<T>::batch_type::register_type;
  typedef T lanes __attribute__((vector_size(sizeof(register_type))));
  const auto all = std::bit_cast<lanes>(static_cast<register_type>(x.batch()));
  if constexpr (N == 1) {
    return all[0];
  } else if constexpr (N == lane_count<T>) {
    return detail::sum_of_halves<T, N>(all);
  } else {
    return [all]<std::size_t... I>(std::index_sequence<I...>) {
      return detail::sum_of_halves<T, N>(__builtin_shufflevector(all, all, static_cast<int>(I)...));
    }(std::make_index_sequence<N>{});
  }
#else
  return reduce_first<N>([](auto a, auto b) { return a + b; }, x);
#endif
}
template <std::floating_point T> inline T sum_of_lanes(vec<T> x) noexcept { return sum_of_first<lane_count<T>>(x); }

template <class T> inline vec<T> full_like(vec<T>, int value) noexcept { return static_cast<T>(value); }

/// The four arithmetic operations by name, as tapeless::math has them for scalars.
template <class T> inline vec<T> add(vec<T> x, vec<T> y) noexcept { return x + y; }
template <class T> inline vec<T> subtract(vec<T> x, vec<T> y) noexcept { return x - y; }
template <class T> inline vec<T> multiply(vec<T> x, vec<T> y) noexcept { return x * y; }
template <class T> inline vec<T> divide(vec<T> x, vec<T> y) noexcept { return x / y; }
template <class T> inline vec<T> negate(vec<T> x) noexcept { return -x; }

template <class T> inline T reduce_add(vec<T> x) noexcept {
  return reduce([](auto a, auto b) { using math::add; return add(a, b); }, x);
}
template <class T> inline T reduce_mul(vec<T> x) noexcept {
  return reduce([](auto a, auto b) { using math::multiply; return multiply(a, b); }, x);
}
/// nan if any lane is nan.
template <class T> inline T reduce_min(vec<T> x) noexcept {
  return reduce([](auto a, auto b) { using math::min; return min(a, b); }, x);
}
/// nan if any lane is nan.
template <class T> inline T reduce_max(vec<T> x) noexcept {
  return reduce([](auto a, auto b) { using math::max; return max(a, b); }, x);
}

}  // namespace tapeless::wide
