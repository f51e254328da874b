#pragma once

#include <algorithm>
#include <cstdint>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// Where vector `v` of a row of n elements begins. The last one ends with the row, if need be over its neighbour.
template <class V> constexpr std::int64_t vector_start(std::int64_t v, std::int64_t n) {
  return std::min(v * width_of<V>, n - width_of<V>);
}

/// Transposes a square of contiguous columns: put(i, row). 128-bit batches interleave alike everywhere.
template <class Q, class Put> [[gnu::always_inline]] inline void transpose_square(const scalar_of<Q>* from, std::int64_t from_column, const Put& put) {
  const auto column = [&](std::int64_t j) { return Q::load_unaligned(from + j * from_column); };
  if constexpr (Q::size == 2) {
    const Q x = column(0), y = column(1);
    put(0, xsimd::zip_lo(x, y));
    put(1, xsimd::zip_hi(x, y));
  } else {
    static_assert(Q::size == 4);
    const Q x = column(0), y = column(1), z = column(2), w = column(3);
    const Q xz_lo = xsimd::zip_lo(x, z), yw_lo = xsimd::zip_lo(y, w);
    const Q xz_hi = xsimd::zip_hi(x, z), yw_hi = xsimd::zip_hi(y, w);
    put(0, xsimd::zip_lo(xz_lo, yw_lo));
    put(1, xsimd::zip_hi(xz_lo, yw_lo));
    put(2, xsimd::zip_lo(xz_hi, yw_hi));
    put(3, xsimd::zip_hi(xz_hi, yw_hi));
  }
}
template <class Q>
void transpose_square(const scalar_of<Q>* from, std::int64_t from_column, scalar_of<Q>* to, std::int64_t to_row) {
  transpose_square<Q>(from, from_column, [&](std::int64_t i, Q row) { row.store_unaligned(to + i * to_row); });
}

/// The batch that `transpose_square` takes, or void.
template <class T> using square_of = xsimd::make_sized_batch_t<T, 16 / sizeof(T)>;

/// Copies `rows` rows of one vector each to as many contiguous places in each of width_of<V> columns.
template <class V>
void store_columns(std::int64_t rows, const scalar_of<V>* from, std::int64_t from_row, scalar_of<V>* to,
                   std::int64_t to_column) {
  using T = scalar_of<V>;
  using square = square_of<T>;
  if constexpr (!std::is_void_v<square> && width_of<V> % (16 / sizeof(T)) == 0) {
    constexpr std::int64_t side = square::size;
    if (rows >= side) {
      for (std::int64_t row = 0; row < rows; row += side) {
        const std::int64_t i = std::min(row, rows - side);
        for (std::int64_t j = 0; j < width_of<V>; j += side)
          transpose_square<square>(from + i * from_row + j, from_row, to + i + j * to_column, to_column);
      }
      return;
    }
  }
  for (std::int64_t j = 0; j < width_of<V>; ++j)
    for (std::int64_t i = 0; i < rows; ++i) to[i + j * to_column] = from[i * from_row + j];
}

/// As store_columns, for the columns from `first` on: to = old + scale * value, with places of `old` like those of `to`.
template <class V>
void update_columns(std::int64_t rows, std::int64_t first, const scalar_of<V>* from, std::int64_t from_row, scalar_of<V>* to,
                    std::int64_t to_column, const scalar_of<V>* old, std::int64_t old_column, scalar_of<V> scale) {
  using T = scalar_of<V>;
  using square = square_of<T>;
  std::int64_t i = 0;
  if constexpr (!std::is_void_v<square> && width_of<V> % (16 / sizeof(T)) == 0)
    for (constexpr std::int64_t side = square::size; i + side <= rows && first % side == 0; i += side)
      for (std::int64_t j = first; j < width_of<V>; j += side)
        transpose_square<square>(from + i * from_row + j, from_row, [&](std::int64_t column, square row) {
          const square before = square::load_unaligned(old + i + (j + column) * old_column);
          xsimd::fma(square(scale), row, before).store_unaligned(to + i + (j + column) * to_column);
        });
  for (; i < rows; ++i)
    for (std::int64_t j = first; j < width_of<V>; ++j) to[i + j * to_column] = old[i + j * old_column] + scale * from[i * from_row + j];
}

/// Copies width_of<V> neighbouring columns of B, `depth` elements each, to rows of one vector.
template <class V>
void pack_vector(std::int64_t depth, matrix_view<const scalar_of<V>> b, scalar_of<V>* to, std::int64_t to_row) {
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>;
  if (b.column_stride == 1) {
    for (std::int64_t p = 0; p < depth; ++p) lane_traits<V>::store(lane_traits<V>::load(b.at(p, 0)), to + p * to_row);
    return;
  }
  std::int64_t done = 0;
  using square = square_of<T>;
  if constexpr (!std::is_void_v<square> && width % (16 / sizeof(T)) == 0)
    if (b.row_stride == 1)
      for (constexpr std::int64_t side = square::size; done + side <= depth; done += side)
        for (std::int64_t j = 0; j < width; j += side)
          transpose_square<square>(b.at(done, j), b.column_stride, to + done * to_row + j, to_row);
  for (; done < depth; ++done)
    for (std::int64_t j = 0; j < width; ++j) to[done * to_row + j] = *b.at(done, j);
}

/// Brings the part [begin, begin + count) of `all` of the next rows of A, which stand apart in depth, into the second-level
/// cache.
template <class T>
[[gnu::always_inline]] inline void prefetch_rows(std::int64_t depth, matrix_view<const T> a, std::int64_t begin,
                                                 std::int64_t count, std::int64_t all) {
  const std::int64_t end = depth * (begin + count) / all;
  for (std::int64_t p = depth * begin / all; p < end; ++p) __builtin_prefetch(a.at(0, p), 0, 2);
}

}  // namespace tapeless::wide::detail
