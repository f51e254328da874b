#pragma once

#include <algorithm>
#include <bit>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <tapeless/backend/simd/vec.hpp>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

#ifdef TAPELESS_HAS_SHUFFLES
/// In each block of 2 * Half lanes: the halves of a's added up, and behind them those of b's.
template <std::size_t Half, class V, std::size_t... I>
[[gnu::always_inline]] inline V fold_blocks(V a, V b, std::index_sequence<I...>) {
  using register_type = typename V::register_type;
  typedef scalar_of<V> lanes __attribute__((vector_size(sizeof(register_type))));
  const auto x = std::bit_cast<lanes>(static_cast<register_type>(a)), y = std::bit_cast<lanes>(static_cast<register_type>(b));
  constexpr auto from = [](std::size_t i, std::size_t half) { return static_cast<int>(half + (i % (2 * Half) < Half ? i : sizeof...(I) + i - Half)); };
  const auto low = __builtin_shufflevector(x, y, from(I, 0)...), high = __builtin_shufflevector(x, y, from(I, Half)...);
  return V(std::bit_cast<register_type>(low)) + V(std::bit_cast<register_type>(high));
}

/// Lane i: the sum of the lanes of register from[i * step].
template <class V, std::int64_t Count = width_of<V>> [[gnu::always_inline]] inline V sums_of_lanes(const V* from, std::int64_t step = 1) {
  if constexpr (Count == 1) {
    return *from;
  } else {
    const V even = sums_of_lanes<V, Count / 2>(from, 2 * step), odd = sums_of_lanes<V, Count / 2>(from + step, 2 * step);
    return fold_blocks<static_cast<std::size_t>(width_of<V> / Count)>(even, odd, std::make_index_sequence<static_cast<std::size_t>(width_of<V>)>());
  }
}

/// The halves of a register of 64 bytes, one added to the other: the next steps cost half as much.
template <class V, std::size_t... I> [[gnu::always_inline]] inline half_width_t<V> folded(V x, std::index_sequence<I...>) {
  using half = half_width_t<V>;
  typedef scalar_of<V> lanes __attribute__((vector_size(sizeof(typename V::register_type))));
  const auto all = std::bit_cast<lanes>(static_cast<typename V::register_type>(x));
  const auto low = __builtin_shufflevector(all, all, static_cast<int>(I)...), high = __builtin_shufflevector(all, all, static_cast<int>(I + sizeof...(I))...);
  return half(std::bit_cast<typename half::register_type>(low)) + half(std::bit_cast<typename half::register_type>(high));
}
#endif

/// The sums of the lanes of Count registers, to whole registers' worth of places from `to` on.
template <int Count, class V> [[gnu::always_inline]] inline void add_lanes(const V* from, scalar_of<V>* to) {
  constexpr int width = static_cast<int>(width_of<V>);
#ifdef TAPELESS_HAS_SHUFFLES
  if constexpr (sizeof(V) == 64) {
    plain_array<half_width_t<V>, Count> halves;
#pragma GCC unroll 32
    for (int i = 0; i < Count; ++i) halves[i] = folded(from[i], std::make_index_sequence<static_cast<std::size_t>(width / 2)>());
    return add_lanes<Count>(halves, to);
  }
#pragma GCC unroll 8
  for (int first = 0; first < Count; first += width) {
    plain_array<V, width> group;
#pragma GCC unroll 16
    for (int i = 0; i < width; ++i) group[i] = from[std::min(first + i, Count - 1)];
    lane_traits<V>::store(sums_of_lanes(group), to + first);
  }
#else
  // Halves onto each other, as above; xsimd 8 adds neighbours wrongly in 512 bits.
  alignas(64) scalar_of<V> lanes[static_cast<std::size_t>(width)];
  for (int i = 0; i < Count; ++i) {
    lane_traits<V>::store(from[i], lanes);
    for (int half = width / 2; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) lanes[k] += lanes[k + half];
    to[i] = lanes[0];
  }
#endif
}

}  // namespace tapeless::wide::detail
