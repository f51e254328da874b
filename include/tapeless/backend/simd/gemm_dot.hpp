#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::wide::detail {

/// c[j] = a . (column j of B), where a and each column are contiguous, of depth >= width_of<V>.
template <class V>
void dot_vectors(std::int64_t n, std::int64_t depth, const scalar_of<V>* a, const scalar_of<V>* b,
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

/// The same for any depth.
template <class V>
void dot_columns(std::int64_t n, std::int64_t depth, const scalar_of<V>* a, const scalar_of<V>* b,
                 std::int64_t b_column, scalar_of<V>* c) {
  if constexpr (std::is_arithmetic_v<V>) {
    for (std::int64_t j = 0; j < n; ++j) {
      V sum = 0;
      for (std::int64_t p = 0; p < depth; ++p) sum += a[p] * b[j * b_column + p];
      c[j] = sum;
    }
  } else {
    // Wider batches gain nothing, loads being the bound, and xsimd 8 adds pairs wrongly in 512 bits.
    if (sizeof(V) <= 32 && depth >= width_of<V>) {
      if constexpr (sizeof(V) <= 32) dot_vectors<V>(n, depth, a, b, b_column, c);
    } else {
      dot_columns<half_width_t<V>>(n, depth, a, b, b_column, c);
    }
  }
}

}  // namespace tapeless::wide::detail
