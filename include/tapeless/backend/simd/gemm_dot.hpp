#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tapeless/backend/simd/gemm_pack.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// Rows x Columns elements of C = A . B for contiguous rows of A and columns of B, of depth >= width_of<V>.
template <class V, int Rows, int Columns>
[[gnu::always_inline]] inline void dot_tile(std::int64_t depth, matrix_view<const scalar_of<V>> a, matrix_view<const scalar_of<V>> b,
              matrix_view<scalar_of<V>> c) {
  using lanes = lane_traits<V>;
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>;
  // Eight sums at a time hide the latency of adding.
  constexpr int count = std::max(1, 8 / (Rows * Columns));
  constexpr std::int64_t padded = (Rows * Columns + width - 1) / width * width;
  const V zero(T(0));
  plain_array<const T*, Columns> column;
#pragma GCC unroll 8
  for (int j = 0; j < Columns; ++j) column[j] = b.data + j * b.column_stride;
  plain_array<plain_array<V, padded>, count> sums;
#pragma GCC unroll 8
  for (int chain = 0; chain < count; ++chain)
#pragma GCC unroll 16
    for (std::int64_t s = 0; s < padded; ++s) sums[chain][s] = zero;

  const auto step = [&](std::int64_t p, V* into, const auto& keep) __attribute__((always_inline)) {
    if constexpr (Rows == 1) {
      const V row = keep(lanes::load(a.data + p));
#pragma GCC unroll 8
      for (int j = 0; j < Columns; ++j) into[j] = lanes::multiply_add(row, keep(lanes::load(column[j] + p)), into[j]);
    } else {
      plain_array<V, Columns> x;
#pragma GCC unroll 8
      for (int j = 0; j < Columns; ++j) x[j] = keep(lanes::load(column[j] + p));
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) {
        const V row = keep(lanes::load(a.data + i * a.row_stride + p));
#pragma GCC unroll 8
        for (int j = 0; j < Columns; ++j) into[i * Columns + j] = lanes::multiply_add(row, x[j], into[i * Columns + j]);
      }
    }
  };
  const auto all = [](V x) { return x; };
  std::int64_t p = 0;
  for (const std::int64_t end = depth - depth % (count * width); p < end; p += count * width)
#pragma GCC unroll 8
    for (int chain = 0; chain < count; ++chain) step(p + chain * width, sums[chain], all);
  if constexpr (count > 1)
    for (; p + width <= depth; p += width) step(p, sums[0], all);
  if (p < depth) {
    const auto seen = lanes_before<V>(p + width - depth);
    step(depth - width, sums[0], [&](V x) { return xsimd::select(seen, zero, x); });
  }
#pragma GCC unroll 8
  for (int half = count / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int chain = 0; chain < half; ++chain)
#pragma GCC unroll 16
      for (int s = 0; s < Rows * Columns; ++s) sums[chain][s] += sums[chain + half][s];

  if constexpr (Rows == 1 && Columns % width == 0)
    if (c.column_stride == 1) {
#pragma GCC unroll 8
      for (std::int64_t s = 0; s < padded; s += width) lanes::store(xsimd::haddp(sums[0] + s), c.data + s);
      return;
    }
  std::array<T, static_cast<std::size_t>(padded)> results;
#pragma GCC unroll 8
  for (std::int64_t s = 0; s < padded; s += width) lanes::store(xsimd::haddp(sums[0] + s), results.data() + s);
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < Columns; ++j) *c.at(i, j) = results[static_cast<std::size_t>(i * Columns + j)];
}

/// c[j] = a . (column j of B), where a and each column are contiguous, of depth >= width_of<V>.
template <class V>
void dot_row(std::int64_t n, std::int64_t depth, const scalar_of<V>* a, const scalar_of<V>* b,
                 std::int64_t b_column, scalar_of<V>* c) {
  using lanes = lane_traits<V>;
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>, some = 8;
  static_assert(some % width == 0);
  const std::int64_t whole = depth / width * width;

  for (std::int64_t j = 0; j < n; j += some) {
    plain_array<const T*, some> column;
    plain_array<V, some> sums;
#pragma GCC unroll 8
    for (std::int64_t t = 0; t < some; ++t) {
      column[t] = b + std::min(j + t, n - 1) * b_column;
      sums[t] = V(T(0));
    }
    for (std::int64_t p = 0; p < whole; p += width) {
      const V x = lanes::load(a + p);
#pragma GCC unroll 8
      for (std::int64_t t = 0; t < some; ++t) sums[t] = lanes::multiply_add(x, lanes::load(column[t] + p), sums[t]);
    }
    if (whole < depth) {
      const std::int64_t p = depth - width;
      const auto seen = lanes_before<V>(whole - p);
      const V zero(T(0));
      const V x = xsimd::select(seen, zero, lanes::load(a + p));
#pragma GCC unroll 8
      for (std::int64_t t = 0; t < some; ++t)
        sums[t] = lanes::multiply_add(x, xsimd::select(seen, zero, lanes::load(column[t] + p)), sums[t]);
    }
    std::array<T, some> results;
    T* const to = j + some <= n ? c + j : results.data();
#pragma GCC unroll 8
    for (std::int64_t t = 0; t < some; t += width) lanes::store(xsimd::haddp(sums + t), to + t);
    if (j + some > n) std::copy_n(results.data(), n - j, c + j);
  }
}

/// Calls f(first, constant size) for groups of lines, of Most lines and then of half as many until none is left.
template <int Most, class F> void by_groups(std::int64_t count, const F& f, std::int64_t first = 0) {
  for (; first + Most <= count; first += Most) f(first, std::integral_constant<int, Most>());
  if constexpr (Most > 1) by_groups<Most / 2>(count, f, first);
}

/// C = A . B for few contiguous rows of A and any number of contiguous columns of B, which are read once.
template <class V>
void dot_columns(std::int64_t m, std::int64_t n, std::int64_t depth, matrix_view<const scalar_of<V>> a,
                 matrix_view<const scalar_of<V>> b, matrix_view<scalar_of<V>> c) {
  if constexpr (std::is_arithmetic_v<V>) {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        V sum = 0;
        for (std::int64_t p = 0; p < depth; ++p) sum += *a.at(i, p) * *b.at(p, j);
        *c.at(i, j) = sum;
      }
  } else if constexpr (sizeof(V) > 32) {
    // Wider batches gain little, loads being the bound, and xsimd 8 adds pairs wrongly in 512 bits.
    dot_columns<half_width_t<V>>(m, n, depth, a, b, c);
  } else if (depth < width_of<V>) {
    dot_columns<half_width_t<V>>(m, n, depth, a, b, c);
  } else {
    if (m == 1 && n >= 8 && c.column_stride == 1)
      return dot_row<V>(n, depth, a.data, b.data, b.column_stride, c.data);
    by_groups<4>(n, [&](std::int64_t j, auto columns) {
      by_groups<4>(m, [&](std::int64_t i, auto rows) {
        dot_tile<V, rows, columns>(depth, a.from(i, 0), b.from(0, j), c.from(i, j));
      });
    });
  }
}

/// Rows of B as contiguous columns: to[j * depth + p] = b(p, j).
template <class T> void transpose_to(std::int64_t depth, std::int64_t n, matrix_view<const T> b, T* to) {
  std::int64_t p = 0;
  using square = square_of<T>;
  if constexpr (!std::is_void_v<square>)
    if (constexpr std::int64_t side = square::size; b.column_stride == 1 && n >= side)
      for (; p + side <= depth; p += side)
        for (std::int64_t j = 0; j < n; j += side) {
          const std::int64_t first = std::min(j, n - side);
          transpose_square<square>(b.at(p, first), b.row_stride, to + first * depth + p, depth);
        }
  for (; p < depth; ++p)
    for (std::int64_t j = 0; j < n; ++j) to[j * depth + p] = *b.at(p, j);
}

}  // namespace tapeless::wide::detail
