#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <tapeless/backend/simd/gemm_dot.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <tapeless/backend/simd/vec.hpp>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>

/// A row times a matrix of known extents: the whole result stays in registers while the matrix is read once.
namespace tapeless::inline TAPELESS_ABI::wide::detail {

template <class T> using whole_batch = xsimd::batch<T>;

/// With lanes of 64 bytes, broadcasting an element costs as much as reading a vector of the matrix, and there is one load a
/// cycle; with lanes of 32 bytes there are two. Rows that are shorter take narrower lanes, down to scalars.
template <class T, std::int64_t N> constexpr auto choose_row_lanes() {
  using V = std::conditional_t<sizeof(whole_batch<T>) == 64, half_width<whole_batch<T>>, std::type_identity<whole_batch<T>>>;
  using whole = typename V::type;
  if constexpr (N >= width_of<whole>) return std::type_identity<whole>{};
  else if constexpr (N >= width_of<half_width_t<whole>>) return std::type_identity<half_width_t<whole>>{};
  else return std::type_identity<T>{};
}
template <class T, std::int64_t N> using row_lanes = typename decltype(choose_row_lanes<T, N>())::type;

template <class F, std::size_t... I> [[gnu::always_inline]] inline void for_each_of(std::index_sequence<I...>, [[maybe_unused]] F f) {
  (f(std::integral_constant<std::int64_t, static_cast<std::int64_t>(I)>{}), ...);
}
template <std::int64_t Count, class F> [[gnu::always_inline]] inline void for_each_below(F f) {
  for_each_of(std::make_index_sequence<static_cast<std::size_t>(Count)>{}, f);
}

/// Elements of the row, each repeated in all lanes. A group of them is loaded at once where repeating one then is a matter
/// of registers, which leaves the loads to the matrix.
template <class V> struct repeated_group {
  static constexpr std::int64_t count = 1;
  V value;
  explicit repeated_group(const scalar_of<V>* from) : value(*from) {}
  template <std::int64_t> V get() const { return value; }
};
#if defined(__AVX__)
template <> struct repeated_group<xsimd::make_sized_batch_t<float, 8>> {
  using V = xsimd::make_sized_batch_t<float, 8>;
  static constexpr std::int64_t count = 4;
  __m256 values;
  explicit repeated_group(const float* from) {
    const __m128 group = _mm_loadu_ps(from);
    values = _mm256_set_m128(group, group);
  }
  template <std::int64_t I> V get() const { return V(_mm256_permute_ps(values, static_cast<int>(I) * 0x55)); }
};
template <> struct repeated_group<xsimd::make_sized_batch_t<double, 4>> {
  using V = xsimd::make_sized_batch_t<double, 4>;
  static constexpr std::int64_t count = 2;
  __m256d values;
  explicit repeated_group(const double* from) {
    const __m128d group = _mm_loadu_pd(from);
    values = _mm256_set_m128d(group, group);
  }
  template <std::int64_t I> V get() const { return V(_mm256_permute_pd(values, static_cast<int>(I) * 0xF)); }
};
#endif

// So many vectors of the result stay in registers, and with fewer the latency of a multiply-add has to be hidden.
inline constexpr std::int64_t most_row_vectors = 8;
constexpr std::int64_t row_chains(std::int64_t vectors, std::int64_t depth) {
  const std::int64_t wanted = vectors >= 5 ? 1 : vectors >= 3 ? 2 : vectors == 2 ? 4 : 8;
  return depth >= wanted ? wanted : std::int64_t{1} << (std::bit_width(static_cast<std::uint64_t>(depth)) - 1);
}

/// Two neighbours of half the width are stored as one, so that what reads the result by whole vectors finds it in one piece.
template <class V> [[gnu::always_inline]] inline void store_pair(V low, V high, scalar_of<V>* to) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 32) {
    const auto both = _mm512_inserti64x4(_mm512_castsi256_si512(std::bit_cast<__m256i>(low)), std::bit_cast<__m256i>(high), 1);
    if constexpr (std::is_same_v<scalar_of<V>, float>) _mm512_storeu_ps(to, _mm512_castsi512_ps(both));
    else _mm512_storeu_pd(to, _mm512_castsi512_pd(both));
    return;
  }
#endif
  lane_traits<V>::store(low, to);
  lane_traits<V>::store(high, to + width_of<V>);
}

/// `Vectors` vectors of y = x . B, the last of them at `last`; it may overlap the one before.
template <class V, std::int64_t Vectors, std::int64_t K>
[[gnu::always_inline]] inline void row_panel(const scalar_of<V>* x, const scalar_of<V>* b, std::int64_t b_row, scalar_of<V>* y, std::int64_t last) {
  using lanes = lane_traits<V>;
  using T = scalar_of<V>;
  using group = repeated_group<V>;
  constexpr std::int64_t chains = row_chains(Vectors, K), step = std::max(chains, group::count);
  const auto place = [last](std::int64_t v) { return v == Vectors - 1 ? last : v * width_of<V>; };
  plain_array<plain_array<V, Vectors>, chains> sums;
  for_each_below<chains>([&](auto c) __attribute__((always_inline)) { for_each_below<Vectors>([&](auto v) __attribute__((always_inline)) { sums[c][v] = V(T(0)); }); });
  const auto add = [&](auto c, V element, const T* row) __attribute__((always_inline)) {
    for_each_below<Vectors>([&](auto v) __attribute__((always_inline)) { sums[c % chains][v] = lanes::multiply_add(element, lanes::load(row + place(v)), sums[c % chains][v]); });
  };
  const auto steps = [&](std::int64_t p) __attribute__((always_inline)) {
    for_each_below<step / group::count>([&](auto g) __attribute__((always_inline)) {
      const group elements(x + p + g * group::count);
      for_each_below<group::count>([&](auto i) __attribute__((always_inline)) {
        constexpr std::int64_t c = g * group::count + i;
        add(std::integral_constant<std::int64_t, c>{}, elements.template get<i>(), b + (p + c) * b_row);
      });
    });
  };
  constexpr std::int64_t whole = K / step * step;
  if constexpr (K * Vectors <= 64) for_each_below<whole / step>([&](auto s) __attribute__((always_inline)) { steps(s * step); });
  else for (std::int64_t p = 0; p < whole; p += step) steps(p);
  for_each_below<K - whole>([&](auto i) __attribute__((always_inline)) { add(i, V(x[whole + i]), b + (whole + i) * b_row); });

  for_each_below<std::bit_width(static_cast<std::uint64_t>(chains)) - 1>([&](auto round) __attribute__((always_inline)) {
    constexpr std::int64_t half = chains >> (round + 1);
    for_each_below<half>([&](auto c) __attribute__((always_inline)) { for_each_below<Vectors>([&](auto v) __attribute__((always_inline)) { sums[c][v] += sums[c + half][v]; }); });
  });
  const bool pairs = last == (Vectors - 1) * width_of<V>;
  for_each_below<Vectors / 2>([&](auto pair) __attribute__((always_inline)) {
    constexpr std::int64_t v = 2 * pair;
    if (v + 2 < Vectors || pairs) return store_pair(sums[0][v], sums[0][v + 1], y + v * width_of<V>);
    lanes::store(sums[0][v], y + v * width_of<V>);
    lanes::store(sums[0][v + 1], y + last);
  });
  if constexpr (Vectors % 2 == 1) lanes::store(sums[0][Vectors - 1], y + last);
}

/// y = x . B for N contiguous elements of x . B and contiguous rows of B, B having K of them.
template <class T, std::int64_t K, std::int64_t N> [[gnu::always_inline]] inline void row_times_matrix(const T* x, const T* b, std::int64_t b_row, T* y) {
  using V = row_lanes<T, N>;
  constexpr std::int64_t width = width_of<V>, vectors = (N + width - 1) / width, panels = (vectors + most_row_vectors - 1) / most_row_vectors;
  constexpr std::int64_t most = (vectors + panels - 1) / panels, rest = vectors - (panels - 1) * most;
  for (std::int64_t p = 0; p < panels - 1; ++p) row_panel<V, most, K>(x, b + p * most * width, b_row, y + p * most * width, (most - 1) * width);
  constexpr std::int64_t start = (panels - 1) * most * width;
  row_panel<V, rest, K>(x, b + start, b_row, y + start, N - width - start);
}

/// All lanes of a batch, halves folded onto each other.
template <class V> [[gnu::always_inline]] inline scalar_of<V> sum_of_lanes(V x) {
  using T = scalar_of<V>;
  constexpr std::int64_t n = width_of<V>;
#ifdef TAPELESS_HAS_SHUFFLES
  using register_type = typename V::register_type;
  typedef T lanes __attribute__((vector_size(sizeof(register_type))));
  auto sum = std::bit_cast<lanes>(static_cast<register_type>(x));
  for_each_below<std::bit_width(static_cast<std::uint64_t>(n)) - 1>([&](auto level) __attribute__((always_inline)) {
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      sum += __builtin_shufflevector(sum, sum, static_cast<int>((static_cast<std::int64_t>(I) + (n >> (level + 1))) % n)...);
    }(std::make_index_sequence<static_cast<std::size_t>(n)>{});
  });
  return sum[0];
#else
  alignas(64) plain_array<T, n> lanes;
  lane_traits<V>::store(x, lanes);
  for (std::int64_t half = n / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
#endif
}

/// x . y of K contiguous elements each.
template <class T, std::int64_t K> [[gnu::always_inline]] inline T dot_contiguous(const T* x, const T* y) {
  using V = row_lanes<T, K>;
  if constexpr (std::is_arithmetic_v<V>) {
    T sum = 0;
    for_each_below<K>([&](auto i) __attribute__((always_inline)) { sum = lane_traits<T>::multiply_add(x[i], y[i], sum); });
    return sum;
  } else {
    constexpr std::int64_t width = width_of<V>, vectors = K / width, chains = row_chains(1, vectors);
    plain_array<V, chains> sums;
    for_each_below<chains>([&](auto c) __attribute__((always_inline)) { sums[c] = V(T(0)); });
    const auto add = [&](auto c, std::int64_t at) __attribute__((always_inline)) { sums[c] = lane_traits<V>::multiply_add(lane_traits<V>::load(x + at), lane_traits<V>::load(y + at), sums[c]); };
    constexpr std::int64_t whole = vectors / chains * chains;
    for (std::int64_t v = 0; v < whole; v += chains) for_each_below<chains>([&](auto c) __attribute__((always_inline)) { add(c, (v + c) * width); });
    for_each_below<vectors - whole>([&](auto c) __attribute__((always_inline)) { add(c, (whole + c) * width); });
    for_each_below<std::bit_width(static_cast<std::uint64_t>(chains)) - 1>([&](auto round) __attribute__((always_inline)) {
      constexpr std::int64_t half = chains >> (round + 1);
      for_each_below<half>([&](auto c) __attribute__((always_inline)) { sums[c] += sums[c + half]; });
    });
    T sum = sum_of_lanes(sums[0]);
    for_each_below<K - vectors * width>([&](auto i) __attribute__((always_inline)) { sum = lane_traits<T>::multiply_add(x[vectors * width + i], y[vectors * width + i], sum); });
    return sum;
  }
}

/// y = x . B for contiguous columns of B.
template <class T, std::int64_t K, std::int64_t N> [[gnu::always_inline]] inline void row_times_columns(const T* x, const T* b, std::int64_t b_column, T* y) {
  using V = row_lanes<T, K>;
  constexpr std::int64_t together = 8, whole = N / together * together;
  const auto tile = [&](std::int64_t j, auto columns) __attribute__((always_inline)) {
    if constexpr (std::is_arithmetic_v<V>) for_each_below<columns>([&](auto i) __attribute__((always_inline)) { y[j + i] = dot_contiguous<T, K>(x, b + (j + i) * b_column); });
    else dot_tile<V, 1, static_cast<int>(columns)>(K, {x, K, 1}, {b + j * b_column, 1, b_column}, {y + j, N, 1});
  };
  for (std::int64_t j = 0; j < whole; j += together) tile(j, std::integral_constant<std::int64_t, together>{});
  if constexpr (N > whole) tile(whole, std::integral_constant<std::int64_t, N - whole>{});
}

/// Products with one row or one column of result, where the strides allow; whether they do.
template <class T, std::int64_t M, std::int64_t N, std::int64_t K>
[[gnu::always_inline]] inline bool multiply_row(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c) {
  static_assert(std::is_floating_point_v<T> && (M == 1 || N == 1));
  if constexpr (M != 1) {
    return c.row_stride == 1 && multiply_row<T, 1, M, K>(b.transposed(), a.transposed(), c.transposed());
  } else {
    if (K > 1 && a.column_stride != 1) return false;
    if constexpr (N == 1) {
      if (b.row_stride == 1) return c.data[0] = dot_contiguous<T, K>(a.data, b.data), true;
    }
    if (b.column_stride == 1) row_times_matrix<T, K, N>(a.data, b.data, b.row_stride, c.data);
    else if (b.row_stride == 1) row_times_columns<T, K, N>(a.data, b.data, b.column_stride, c.data);
    else return false;
    return true;
  }
}

}  // namespace tapeless::wide::detail
