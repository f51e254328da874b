#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tapeless/backend/simd/gemm_block.hpp>
#include <tapeless/backend/simd/gemm_dot.hpp>
#include <tapeless/backend/simd/gemm_four.hpp>
#include <tapeless/backend/simd/gemm_row.hpp>
#include <tapeless/backend/simd/gemm_tail.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

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

template <class M, class N, class K> inline constexpr bool is_small = false;

template <std::int64_t M, std::int64_t N, std::int64_t K>
inline constexpr bool is_small<extent<M>, extent<N>, extent<K>> = is_small_product(M, N, K);

/// About how many lanes a row of n elements occupies; on most processors half a vector is the least that saves time.
template <class V> constexpr std::int64_t lanes_of_row(std::int64_t n) {
  constexpr std::int64_t half = std::max<std::int64_t>(1, width_of<V> / 2);
  if (n >= width_of<V>) return ceil_div(n, sizeof(V) == 64 ? half : width_of<V>) * (sizeof(V) == 64 ? half : width_of<V>);
  std::int64_t width = half;
  while (width > n) width /= 2;
  return width * std::int64_t{sizeof(scalar_of<V>)} < 16 ? n * half : ceil_div(n, width) * half;
}

// So many rows times contiguous columns of B may be dot products; longer rows than this are not copied for it.
inline constexpr std::int64_t most_dot_rows = 16, longest_dot_copy = 4096;

/// Whether a few rows times contiguous columns of B are faster as dot products, where rows have to be copied or not. They
/// reach about three quarters of the speed of tiles, and adding up the lanes takes time.
template <class V> constexpr bool prefers_dot(std::int64_t m, std::int64_t n, std::int64_t k, bool copies, std::int64_t rival) {
  constexpr std::int64_t width = width_of<V>;
  if (m > most_dot_rows || k < 2 * width || (copies && k > longest_dot_copy)) return false;
  return m * n * (k + 4 * width) * 4 / 3 + (copies ? m * k * width / 2 : 0) < rival;
}

/// Whether, where A is stored by columns, the transposed product of contiguous rows is faster, all told.
template <class V> constexpr bool prefers_transposed(std::int64_t m, std::int64_t n, std::int64_t k, bool packs) {
  constexpr std::int64_t width = width_of<V>;
  const std::int64_t here = m * lanes_of_row<V>(n) * k + (packs && n >= width ? width * k * n / 2 : 0);
  const std::int64_t there = n * lanes_of_row<V>(m) * k + m * n * width;
  return m >= width && n > 1 && there < here + (n <= width ? here / 16 : 0) && prefers_direct<V>(n, m, k);
}

constexpr matrix_layout transposed(matrix_layout layout) {
  if (layout == matrix_layout::any) return layout;
  return layout == matrix_layout::row_major ? matrix_layout::column_major : matrix_layout::row_major;
}

/// The product by its definition: for integers, and for what is too small or too strangely laid out for the rest.
template <class T> void multiply_plain(std::int64_t m, std::int64_t n, std::int64_t k, const operands<T>& of) {
  using word = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
  const std::int64_t end = of.share().end(m);
  for (std::int64_t i = of.share().begin(m); i < end; ++i) {
    const std::int64_t row = of.moves() ? 0 : i;
    for (std::int64_t j = 0; j < n; ++j) *of.c.at(row, j) = T(0);
    for (std::int64_t p = 0; p < k; ++p) {
      const word x = static_cast<word>(*of.a.at(i, p));
      for (std::int64_t j = 0; j < n; ++j)
        *of.c.at(row, j) = static_cast<T>(static_cast<word>(*of.c.at(row, j)) + x * static_cast<word>(*of.b.at(p, j)));
    }
    if (of.listens()) of.finished(i, i + 1, 0, n);
  }
}

/// A few rows times contiguous columns of B. Rows that are not contiguous are copied.
template <class T>
void multiply_dot(std::int64_t m, std::int64_t n, std::int64_t k, const operands<T>& of, T* workspace) {
  // Whole groups of eight columns, so that each column is summed in the same way whatever the number of shares.
  const std::int64_t groups = std::max<std::int64_t>(1, n / 8), first = of.share().begin(groups) * 8;
  const std::int64_t end = of.share().end(groups) == groups ? n : of.share().end(groups) * 8;
  if (of.share().begin(groups) == of.share().end(groups)) return;
  matrix_view<const T> rows = of.a;
  if (rows.column_stride != 1) {
    transpose_to(k, m, rows.transposed(), workspace);
    rows = {workspace, k, 1};
  }
  dot_columns<xsimd::batch<T>>(m, end - first, k, rows, of.b.from(0, first), of.c.from(0, first));
  if (of.listens()) of.finished(0, m, first, end);
}

template <class V, class M, class N> inline constexpr bool may_have_half_tail = [] {
  if constexpr (extent_range<M>::known && extent_range<N>::known) return has_half_tail<V>(M::value, N::value);
  else return sizeof(V) == 64;
}();

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
        else if (prefers_direct<V>(m, n, k)) {
          if constexpr (may_have_half_tail<V, M, N>)
            if (const auto form = tail_form_of<V>(m, n, k, of); form != tail_form::among_others) {
              multiply_direct<V>(m, n, k, of, n / width_of<V>);
              return multiply_tail<V>(form, m, n, k, of, workspace);
            }
          return multiply_direct<V>(m, n, k, of);
        }
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
    const bool is_stored = !of.moves() && !of.update;  // else it is for tiles
    // A single column is a contiguous row of the transposed product.
    if constexpr (extent_range<N>::may_be_below(2) && extent_range<M>::may_reach(2))
      if (m > 1 && n == 1 && of.c.row_stride == 1 && is_stored)
        return multiply<transposed(B), transposed(A), T>(
            extent<1>(), m, k, of.transposed(), workspace);
    if constexpr (B != matrix_layout::row_major && extent_range<M>::may_be_below(packing_rows))
      if (m < packing_rows && of.b.row_stride == 1 && (n == 1 || of.b.column_stride != 1))
        return multiply_dot<T>(m, n, k, of, workspace);
    using V = xsimd::batch<T>;
    if constexpr (!is_small<M, N, K>) {
      const std::int64_t rival = m * lanes_of_row<V>(n) * k + (of.b.column_stride != 1 ? width_of<V> * k * n / 2 : 0);
      if (is_stored && of.a.column_stride == 1 && prefers_dot<V>(n, m, k, of.b.row_stride != 1, rival))
        return multiply_dot<T>(n, m, k, of.transposed(), workspace);
    }
    if constexpr (B != matrix_layout::row_major && A != matrix_layout::column_major && !is_small<M, N, K>)
      if (is_stored && of.a.column_stride == 1 && of.b.row_stride == 1 && of.b.column_stride != 1 && prefers_dot_blocks<V>(m, n, k, lanes_of_row<V>(n)))
        return multiply_dot_blocks<V>(m, n, k, of);
    if constexpr (A != matrix_layout::row_major && !is_small<M, N, K>)
      if (is_stored && of.a.row_stride == 1 && of.a.column_stride != 1 && of.c.column_stride == 1 &&
          prefers_transposed<V>(m, n, k, of.b.column_stride != 1))
        return multiply_direct<V, sweep_mode::transposed>(n, m, k, of.transposed());
    multiply_tiled<V, B>(m, n, k, of, workspace);
  }
}

template <class T, class Finished> const gemm_update<T>* update_of([[maybe_unused]] const Finished& finished) {
  if constexpr (requires { finished.update; }) return &finished.update;
  else return nullptr;
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
    const std::int64_t copied = (n <= detail::most_dot_rows && k <= detail::longest_dot_copy) || n == 1 ? n * k : 0;
    if (m < detail::packing_rows) return std::max(m * k, copied);
    if (n == 1) return copied;
    const detail::blocking<xsimd::batch<T>> block(n, k);
    return std::max({block.depth * block.columns, copied, detail::tail_workspace<xsimd::batch<T>>(m, n, k)});
  } else {
    return 0;
  }
}

/// C = A . B with A of m x k, B of k x n and C of m x n elements. C has column_stride 1 and overlaps neither A nor B.
///   limits     k == 0 gives zeros; nan and infinity spread as IEEE 754 says; integers wrap around
///   order      the order of the sums depends on extents and strides only, not on `share`
///   workspace  gemm_workspace<T>(m, n, k) elements, best aligned to 64 bytes, for each share its own
///   finished   finished(i0, i1, j0, j1) is called, in the thread of the call, as soon as rows [i0, i1) of columns
///              [j0, j1) of C have their final values and are, unless the whole is larger than a cache, still in it.
///              The blocks are disjoint and make up the share; it may overwrite its block of C, and nothing else of C.
///              If finished.moves, C has room for gemm_block_rows rows only: each block stands at its first row. What is
///              told of finished.update, a gemm_update, is done in registers where that can be, in place of calls.
///   share      computes a part of C only: the calls for index 0 ... count - 1, in any order or at once, make up the whole
template <class T, class Finished = nothing_finished>
[[gnu::always_inline]] inline void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix_view<const T> a,
                                        matrix_view<const T> b, matrix_view<T> c, T* workspace,
                                        const Finished& finished = {}, gemm_share share = {}) noexcept {
  const detail::request extra(finished, share);
  const bool is_plain = std::is_same_v<Finished, nothing_finished> && share.count == 1;
  detail::multiply_outlined<matrix_layout::any, matrix_layout::any, T>(
      m, n, k, {a, b, c, is_plain ? nullptr : &extra, false, detail::update_of<T>(finished)}, workspace);
}

/// The same for extents, and layouts as far as told, that are known at compile time. Small products become straight code
/// in the caller, with one call of `finished` for all of C, and leave all to share 0; those with contiguous rows of B use
/// no workspace.
template <class T, std::int64_t M, std::int64_t N, std::int64_t K, matrix_layout A = matrix_layout::any,
          matrix_layout B = matrix_layout::any, class Finished = nothing_finished>
[[gnu::always_inline]] inline void gemm_static(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c,
                                               T* workspace, const Finished& finished = {},
                                               gemm_share share = {}) noexcept {
  using namespace detail;
  if constexpr (is_small<extent<M>, extent<N>, extent<K>>) {
    if (share.index != 0) return;
    if constexpr ((M == 1 || N == 1) && M > 0 && N > 0 && K > 0 && std::is_floating_point_v<T>) {
      if (!multiply_row<T, M, N, K>(a, b, c)) multiply_outlined<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c}, workspace);
    } else if constexpr (is_fours<T, M, N, K>) {
      if (!multiply_fours<T, M>(a, b, c)) multiply_outlined<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c}, workspace);
    } else {
      multiply<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c}, workspace);
    }
    if constexpr (M > 0 && N > 0) finished(0, M, 0, N);
  } else {
    const request extra(finished, share);
    const bool is_plain = std::is_same_v<Finished, nothing_finished> && share.count == 1;
    multiply_outlined<A, B, T>(extent<M>(), extent<N>(), extent<K>(), {a, b, c, is_plain ? nullptr : &extra, false, update_of<T>(finished)}, workspace);
  }
}

}  // namespace tapeless::wide
