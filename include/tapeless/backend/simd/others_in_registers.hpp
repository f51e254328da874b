#pragma once
#include <tapeless/backend/simd/math.hpp>

#include <array>
#include <bit>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// Lane i takes lane i ^ Distance.
template <std::size_t Distance, class T> [[gnu::always_inline]] inline vec<T> exchanged(vec<T> x) noexcept {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
#ifdef TAPELESS_HAS_SHUFFLES
    using register_type = typename vec<T>::batch_type::register_type;
    typedef T lanes __attribute__((vector_size(sizeof(register_type))));
    const auto seen = std::bit_cast<lanes>(static_cast<register_type>(x.batch()));
    return vec<T>(typename vec<T>::batch_type(std::bit_cast<register_type>(__builtin_shufflevector(seen, seen, static_cast<int>(I ^ Distance)...))));
#else
    alignas(64) T from[sizeof...(I)], to[sizeof...(I)];
    x.store(from);
    ((to[I] = from[I ^ Distance]), ...);
    return vec<T>::load(to);
#endif
  }(std::make_index_sequence<lane_count<T>>{});
}

/// The product of the other lanes, for each lane: blocks of lanes exchange their products with their neighbours, then blocks
/// of twice the size.
template <class T> [[gnu::always_inline]] inline vec<T> product_of_other_lanes(vec<T> x) noexcept {
  constexpr auto levels = static_cast<std::size_t>(std::bit_width(lane_count<T>) - 1);
  vec<T> others = exchanged<1>(x), all = x * others;
  [&]<std::size_t... Level>(std::index_sequence<Level...>) __attribute__((always_inline)) {
    [[maybe_unused]] const auto join = [&](vec<T> block) __attribute__((always_inline)) { others *= block, all *= block; };
    (join(exchanged<std::size_t{2} << Level>(all)), ...);
  }(std::make_index_sequence<levels - 1>{});
  return others;
}

}  // namespace detail

/// products_of_others of rows of N elements one behind the other, each in a few registers: lanes are columns, whose products
/// the lanes exchange.
template <int N> struct others_in_registers {
  template <class T> [[gnu::always_inline]] static void row(T* to, const T* from) noexcept {
    constexpr int w = vec<T>::size, rest = N % w;
    constexpr std::size_t registers = (N + w - 1) / w;
    std::array<vec<T>, registers> x, above;
    vec<T> product(T(1));
    for (std::size_t r = 0; r < registers; ++r) {
      const T* const at = from + static_cast<int>(r) * w;
      x[r] = rest > 0 && r + 1 == registers ? vec<T>::load_partial(at, rest, T(1)) : vec<T>::load(at);
    }
    for (std::size_t r = 0; r < registers; ++r) above[r] = product, product = r == 0 ? x[r] : product * x[r];
    vec<T> below = detail::product_of_other_lanes(product);
    for (std::size_t r = registers; r-- > 0;) {
      const vec<T> y = r > 0 ? above[r] * below : below;
      if (r > 0) below *= x[r];
      T* const at = to + static_cast<int>(r) * w;
      if (rest > 0 && r + 1 == registers) y.store_partial(at, rest);
      else y.store(at);
    }
  }
};

}  // namespace tapeless::wide
