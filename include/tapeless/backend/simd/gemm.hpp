#pragma once

#include <algorithm>
#include <cstdint>
#include <tapeless/backend/simd/gemm_block.hpp>
#include <tapeless/backend/simd/gemm_dot.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::wide {

/// What is known of a matrix at compile time: column_stride == 1, row_stride == 1, or nothing.
enum class matrix_layout { any, row_major, column_major };

namespace detail {

/// Whether contiguous rows of B are best read where they stand: not so where B is too large to stay in cache and is
/// read often enough to repay a copy. The wider a panel, the better its strided reads keep up.
template <class V> constexpr bool prefers_direct(std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t panel = max_tile_columns<V>(many_rows), panel_bytes = panel * std::int64_t{sizeof(V)};
  return n * k * static_cast<std::int64_t>(sizeof(scalar_of<V>)) <= 8192 * panel_bytes ||
         row_blocks<V>(m, n).count <= 2 * panel;
}

// With fewer rows than this, dot products with the columns of B are faster than packing them.
inline constexpr std::int64_t packing_rows = 5;

// Products that are unrolled into their caller.
template <class M, class N, class K> inline constexpr bool is_small = false;

template <std::int64_t M, std::int64_t N, std::int64_t K>
inline constexpr bool is_small<extent<M>, extent<N>, extent<K>> = (M * N * K <= 4096);

constexpr matrix_layout transposed(matrix_layout layout) {
  if (layout == matrix_layout::any) return layout;
  return layout == matrix_layout::row_major ? matrix_layout::column_major : matrix_layout::row_major;
}

/// The product by its definition: for integers, and for what is too small or too strangely laid out for the rest.
template <class T> void multiply_plain(std::int64_t m, std::int64_t n, std::int64_t k, const operands<T>& of) {
  using word = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) *of.c.at(i, j) = T(0);
    for (std::int64_t p = 0; p < k; ++p) {
      const word x = static_cast<word>(*of.a.at(i, p));
      for (std::int64_t j = 0; j < n; ++j)
        *of.c.at(i, j) = static_cast<T>(static_cast<word>(*of.c.at(i, j)) + x * static_cast<word>(*of.b.at(p, j)));
    }
  }
}

/// A few rows times contiguous columns of B.
template <class T>
void multiply_dot(std::int64_t m, std::int64_t n, std::int64_t k, const operands<T>& of, T* workspace) {
  for (std::int64_t i = 0; i < m; ++i) {
    const T* row = of.a.at(i, 0);
    if (of.a.column_stride != 1) {
      for (std::int64_t p = 0; p < k; ++p) workspace[p] = *of.a.at(i, p);
      row = workspace;
    }
    dot_columns<xsimd::batch<T>>(n, k, row, of.b.data, of.b.column_stride, of.c.at(i, 0));
  }
}

/// Tiles of the widest vectors that fit a row of C.
template <class V, matrix_layout B, class M, class N, class K>
[[gnu::always_inline]] inline void multiply_tiled(M m, N n, K k, const operands<scalar_of<V>>& of,
                                                  scalar_of<V>* workspace) {
  if constexpr (!std::is_arithmetic_v<V> && extent_range<N>::may_be_below(width_of<V>))
    if (n < width_of<V>) return multiply_tiled<half_width_t<V>, B>(m, n, k, of, workspace);

  if constexpr (extent_range<N>::may_reach(width_of<V>)) {
    if constexpr (B != matrix_layout::column_major || extent_range<N>::may_be_below(2))
      if (B == matrix_layout::row_major || of.b.column_stride == 1 || n == 1) {
        if constexpr (is_small<M, N, K>)
          return multiply_inlined<V>(m, n, k, of);
        else if (prefers_direct<V>(m, n, k))
          return multiply_direct<V>(m, n, k, of);
      }
    if constexpr (extent_range<M>::may_be_below(packing_rows))
      if (m < packing_rows) return multiply_plain(m, n, k, of);
    if constexpr (extent_range<M>::may_reach(packing_rows)) multiply_packed<V>(m, n, k, of, workspace);
  }
}

template <matrix_layout A, matrix_layout B, class T, class M, class N, class K>
[[gnu::always_inline]] inline void multiply(M m, N n, K k, const operands<T>& of, T* workspace) {
  if constexpr (!std::is_floating_point_v<T>) {
    multiply_plain<T>(m, n, k, of);
  } else {
    if (m <= 0 || n <= 0) return;
    if (k <= 0) return multiply_plain<T>(m, n, 0, of);
    // A single column is a contiguous row of the transposed product.
    if constexpr (extent_range<N>::may_be_below(2) && extent_range<M>::may_reach(2))
      if (m > 1 && n == 1 && of.c.row_stride == 1)
        return multiply<transposed(B), transposed(A), T>(
            extent<1>(), m, k, {of.b.transposed(), of.a.transposed(), of.c.transposed()}, workspace);
    if constexpr (B != matrix_layout::row_major && extent_range<M>::may_be_below(packing_rows))
      if (m < packing_rows && of.b.row_stride == 1 && (n == 1 || of.b.column_stride != 1))
        return multiply_dot<T>(m, n, k, of, workspace);
    multiply_tiled<xsimd::batch<T>, B>(m, n, k, of, workspace);
  }
}

template <matrix_layout A, matrix_layout B, class T, class M, class N, class K>
void multiply_outlined(M m, N n, K k, const operands<T>& of, T* workspace) {
  multiply<A, B>(m, n, k, of, workspace);
}

}  // namespace detail

/// How many elements of workspace `gemm` wants for these extents, whatever the strides.
template <class T> constexpr std::int64_t gemm_workspace(std::int64_t m, std::int64_t n, std::int64_t k) {
  if constexpr (std::is_floating_point_v<T>) {
    if (m <= 0 || n <= 0 || k <= 0) return 0;
    if (m < detail::packing_rows || n == 1) return k;
    const detail::blocking<xsimd::batch<T>> block(n, k);
    return block.depth * block.columns;
  } else {
    return 0;
  }
}

/// C = A . B with A of m x k, B of k x n and C of m x n elements. C has column_stride 1 and overlaps neither A nor B.
///   limits     k == 0 gives zeros; nan and infinity spread as IEEE 754 says; integers wrap around
///   order      the order of the sums depends on extents and strides only
///   workspace  gemm_workspace<T>(m, n, k) elements, best aligned to 64 bytes
template <class T>
[[gnu::always_inline]] inline void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix_view<const T> a,
                                        matrix_view<const T> b, matrix_view<T> c, T* workspace) noexcept {
  detail::multiply_outlined<matrix_layout::any, matrix_layout::any, T>(m, n, k, {a, b, c}, workspace);
}

/// The same for extents, and layouts as far as told, that are known at compile time. Small products with contiguous
/// rows of B use no workspace and become straight code in the caller.
template <class T, std::int64_t M, std::int64_t N, std::int64_t K, matrix_layout A = matrix_layout::any,
          matrix_layout B = matrix_layout::any>
[[gnu::always_inline]] inline void gemm_static(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c,
                                               T* workspace) noexcept {
  using namespace detail;
  if constexpr (is_small<extent<M>, extent<N>, extent<K>>)
    multiply<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c}, workspace);
  else
    multiply_outlined<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c}, workspace);
}

}  // namespace tapeless::wide
