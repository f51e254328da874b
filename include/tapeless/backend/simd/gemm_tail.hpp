#pragma once

#include <cstdint>
#include <tapeless/backend/simd/gemm_dot.hpp>
#include <tapeless/backend/simd/gemm_dot_block.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

// Of fewer rows the last columns are not worth a product of their own.
inline constexpr std::int64_t least_tail_rows = 16;

/// How the last columns of a product, that do not fill a vector, are computed where B is read as it stands: among the others;
/// with rows of C for lanes, where A is stored by columns; as dot products, where it is stored by rows.
enum class tail_form { among_others, transposed, dots };

/// Whether dot products are quicker than narrow tiles: adding up the lanes of 16 takes as long as a depth of 250 more.
template <class V> constexpr bool prefers_dot_tail(std::int64_t n, std::int64_t k) {
  return k >= 2 * width_of<V> && n % width_of<V> * (k + 250) < 10 * k + 128;
}

template <class V> tail_form tail_form_of(std::int64_t m, std::int64_t n, std::int64_t k, const operands<scalar_of<V>>& of) {
  if (!has_half_tail<V>(m, n) || m < least_tail_rows || (of.moves() && !of.update)) return tail_form::among_others;
  if (of.a.row_stride == 1 && of.a.column_stride != 1) return m >= 2 * width_of<V> ? tail_form::transposed : tail_form::among_others;
  return of.a.column_stride == 1 && !of.update && prefers_dot_tail<V>(n, k) ? tail_form::dots : tail_form::among_others;
}

/// How much workspace they need.
template <class V> constexpr std::int64_t tail_workspace(std::int64_t m, std::int64_t n, std::int64_t k) {
  return has_half_tail<V>(m, n) && prefers_dot_tail<V>(n, k) ? n % width_of<V> * k : 0;
}

/// A share of Columns columns of C by blocks of rows. The last block may overlap the one before, which may be another thread's.
template <class V, int Rows, int Columns> void multiply_dot_tail(std::int64_t m, std::int64_t depth, const operands<scalar_of<V>>& of) {
  const std::int64_t blocks = ceil_div(m, Rows), first = of.share().begin(blocks), end = of.share().end(blocks);
  if (first == end) return;
  for (std::int64_t block = first; block < end; ++block) {
    const std::int64_t i = block * Rows, shared = std::max<std::int64_t>(0, i + Rows - m);
    plain_array<scalar_of<V>, Rows * Columns> results;
    dot_block<V, Rows, Columns>(depth, of.a.from(i - shared, 0), of.b, {results, Columns, 1}, false);
    for (std::int64_t row = shared; row < Rows; ++row)
      for (std::int64_t j = 0; j < Columns; ++j) *of.c.at(i - shared + row, j) = results[row * Columns + j];
  }
  if (of.listens()) of.finished(first * Rows, std::min(m, end * Rows), 0, Columns);
}

template <class V, class M, class N>
[[gnu::noinline]] void multiply_tail(tail_form form, M m, N n, std::int64_t k, const operands<scalar_of<V>>& of, scalar_of<V>* workspace) {
  const auto columns = [&] {
    if constexpr (extent_range<N>::known) return extent<N::value % width_of<V>>();
    else return n % width_of<V>;
  }();
  const std::int64_t first = n - columns;
  operands<scalar_of<V>> tail = of;
  tail.b = of.b.from(0, first);
  tail.c = of.c.from(0, first);
  tail.first_column = first;
  if (form == tail_form::dots) {
    transpose_to(k, columns, tail.b, workspace);
    tail.b = {workspace, 1, k};
    if (columns == 1) return multiply_dot_tail<V, 16, 1>(m, k, tail);
    if (columns == 2) return multiply_dot_tail<V, 8, 2>(m, k, tail);
    return multiply_dot_blocks<V>(m, columns, k, tail);
  }
  tail = tail.transposed();
  gemm_update<scalar_of<V>> update;
  if (of.update) {
    update = {of.update->c.from(0, first).transposed(), of.update->from.from(0, first).transposed(), of.update->scale};
    tail.update = &update;
  }
  multiply_direct<V, sweep_mode::transposed>(columns, m, k, tail);
}

}  // namespace tapeless::wide::detail
