#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tapeless/core/abi.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Element (i, j) of a matrix stands at data[i * row_stride + j * column_stride].
template <class T> struct matrix_view {
  T* data;
  std::int64_t row_stride;
  std::int64_t column_stride;

  constexpr T* at(std::int64_t i, std::int64_t j) const { return data + i * row_stride + j * column_stride; }
  constexpr matrix_view from(std::int64_t i, std::int64_t j) const { return {at(i, j), row_stride, column_stride}; }
  constexpr matrix_view transposed() const { return {data, column_stride, row_stride}; }
};

/// Which of `count` shares of a product to compute, for threads: all shares together give the same bits as one.
struct gemm_share {
  std::int64_t index = 0, count = 1;

  constexpr std::int64_t begin(std::int64_t units) const { return units * index / count; }
  constexpr std::int64_t end(std::int64_t units) const { return units * (index + 1) / count; }
};

/// What a product tells of its progress: nothing.
struct nothing_finished {
  constexpr void operator()(std::int64_t, std::int64_t, std::int64_t, std::int64_t) const {}
};

namespace detail {

// A tile's vectors are batches or, where C has fewer columns than the narrowest batch has lanes, bare scalars.
template <class V> struct lane_traits {
  using scalar = typename V::value_type;
  static constexpr std::int64_t width = V::size;
  static V load(const scalar* from) { return V::load_unaligned(from); }
  static void store(V value, scalar* to) { value.store_unaligned(to); }
  static V multiply_add(V x, V y, V z) {
#if XSIMD_WITH_AVX512F
    // Before xsimd 9, 512 bits lack a fused form, and only g++ fuses the two operations unasked.
    if constexpr (sizeof(V) == 64 && std::is_same_v<scalar, float>) return V(_mm512_fmadd_ps(x, y, z));
    if constexpr (sizeof(V) == 64 && std::is_same_v<scalar, double>) return V(_mm512_fmadd_pd(x, y, z));
#endif
    return xsimd::fma(x, y, z);
  }
};

template <class V>
requires std::is_arithmetic_v<V>
struct lane_traits<V> {
  using scalar = V;
  static constexpr std::int64_t width = 1;
  static V load(const V* from) { return *from; }
  static void store(V value, V* to) { *to = value; }
  static V multiply_add(V x, V y, V z) { return x * y + z; }
};

template <class V> using scalar_of = typename lane_traits<V>::scalar;

template <class V> inline constexpr std::int64_t width_of = lane_traits<V>::width;

template <class T, std::int64_t Size> using plain_array = T[static_cast<std::size_t>(Size)];

/// The batch of half as many lanes or, below the narrowest, the scalar.
template <class V> struct half_width {
  using sized = xsimd::make_sized_batch_t<scalar_of<V>, static_cast<std::size_t>(width_of<V> / 2)>;
  using type = std::conditional_t<std::is_void_v<sized>, scalar_of<V>, sized>;
};

template <class V> using half_width_t = typename half_width<V>::type;

template <class T>
inline constexpr auto lane_numbers = [] {
  std::array<T, xsimd::batch<T>::size> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<T>(i);
  return numbers;
}();

/// The mask of the lanes below `end`.
template <class V> auto lanes_before(std::int64_t end) {
  using T = scalar_of<V>;
  return lane_traits<V>::load(lane_numbers<T>.data()) < V(static_cast<T>(end));
}

template <class V> inline constexpr bool is_full_width = std::is_same_v<V, xsimd::batch<scalar_of<V>>>;

template <class V>
inline constexpr bool has_32_registers = sizeof(V) == 64 || std::is_base_of_v<xsimd::neon64, xsimd::default_arch>;

// The accumulators of a tile leave registers for one row of B and one broadcast element of A. With a single row most
// of the time goes into reading B, which likes long rows.
template <class V> constexpr int max_tile_columns(std::int64_t m) {
  if (std::is_arithmetic_v<V>) return 3;
  if (!is_full_width<V>) return 2;
  return m == 1 ? 8 : m == 2 || has_32_registers<V> ? 4 : 2;
}

template <class V> constexpr int max_tile_rows(int columns) {
  if (std::is_arithmetic_v<V>) return 4;
  if (columns > 4) return 1;
  if (columns > 2) return !has_32_registers<V> ? 2 : columns == 4 ? 6 : 8;
  return columns == 2 && !has_32_registers<V> ? 6 : 8;
}

/// Where a tile of C = A . B stands, or of C = from + scale * A . B. The last vector of a row has an offset of its own: it
/// may overlap the one before.
template <class T> struct tile_site {
  const T* a;
  std::int64_t a_row, a_step;
  const T* b;
  std::int64_t b_step, b_last;
  T* c;
  std::int64_t c_row, c_last;
  const T* from = nullptr;
  std::int64_t from_row = 0;
  T scale = 1;
};

// With few accumulators the latency of one multiply-add would be the bound: several partial sums hide it.
constexpr int chains(int accumulators) { return accumulators >= 8 ? 1 : accumulators >= 3 ? 2 : 4; }

/// Rows x Columns vectors of C, kept in registers over `depth` products (a number, or a constant to unroll by).
template <class V, int Rows, int Columns, class Depth>
[[gnu::always_inline]] inline void tile(Depth depth, tile_site<scalar_of<V>> site) {
  using lanes = lane_traits<V>;
  using T = scalar_of<V>;
  constexpr int count = chains(Rows * Columns);
  const auto column = [](int j, std::int64_t last) { return j == Columns - 1 ? last : j * width_of<V>; };

  using block = plain_array<plain_array<V, Columns>, Rows>;
  plain_array<block, count> sums;
#pragma GCC unroll 8
  for (int chain = 0; chain < count; ++chain)
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < Columns; ++j) sums[chain][i][j] = V(T(0));

  const T* a = site.a;
  const T* b = site.b;
  const auto step = [&](block& into) {
    plain_array<V, Columns> row;
#pragma GCC unroll 8
    for (int j = 0; j < Columns; ++j) row[j] = lanes::load(b + column(j, site.b_last));
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const V x(a[i * site.a_row]);
#pragma GCC unroll 8
      for (int j = 0; j < Columns; ++j) into[i][j] = lanes::multiply_add(x, row[j], into[i][j]);
    }
    a += site.a_step;
    b += site.b_step;
  };
  std::int64_t p = 0;
  for (; p + count <= depth; p += count)
#pragma GCC unroll 8
    for (int chain = 0; chain < count; ++chain) step(sums[chain]);
  if constexpr (count > 1)
    for (; p < depth; ++p) step(sums[0]);

#pragma GCC unroll 8
  for (int half = count / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int chain = 0; chain < half; ++chain)
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < Columns; ++j) sums[chain][i][j] += sums[chain + half][i][j];

  if (site.from == nullptr) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < Columns; ++j) lanes::store(sums[0][i][j], site.c + i * site.c_row + column(j, site.c_last));
    return;
  }
  // To lanes shared with the vector before, their sum has been added already.
  const std::int64_t shared = site.from == site.c ? (Columns - 1) * width_of<V> - site.c_last : 0;
  const V scale(site.scale);
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < Columns; ++j) {
      const V old = lanes::load(site.from + i * site.from_row + column(j, site.c_last));
      V sum = lanes::multiply_add(scale, sums[0][i][j], old);
      if constexpr (!std::is_arithmetic_v<V>)
        if (j == Columns - 1 && shared > 0) sum = xsimd::select(lanes_before<V>(shared), old, sum);
      lanes::store(sum, site.c + i * site.c_row + column(j, site.c_last));
    }
}

/// `tile` as a function of its own, shared by all shapes.
template <class V, int Rows, int Columns>
[[gnu::noinline]] void tile_function(std::int64_t depth, const tile_site<scalar_of<V>>& site) {
  tile<V, Rows, Columns>(depth, site);
}

}  // namespace detail
}  // namespace tapeless::wide
