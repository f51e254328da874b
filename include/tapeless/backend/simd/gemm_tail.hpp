#pragma once

#include <cstdint>
#include <tapeless/backend/simd/gemm_dot.hpp>
#include <tapeless/backend/simd/gemm_dot_block.hpp>

namespace tapeless::wide::detail {

// Of so few rows and such a depth, the last columns are not worth a product of their own.
inline constexpr std::int64_t least_tail_rows = 32, least_dot_tail_depth = 256;

/// How the last columns of a product, that do not fill a vector, are computed where B is read as it stands: among the others;
/// with rows of C for lanes, where A is stored by columns; as dot products, where it is stored by rows.
enum class tail_form { among_others, transposed, dots };

template <class V> tail_form tail_form_of(std::int64_t m, std::int64_t n, std::int64_t k, const operands<scalar_of<V>>& of) {
  if (!has_half_tail<V>(m, n) || m < least_tail_rows || (of.moves() && !of.update)) return tail_form::among_others;
  if (of.a.row_stride == 1 && of.a.column_stride != 1) return tail_form::transposed;
  return of.a.column_stride == 1 && k >= least_dot_tail_depth && !of.update ? tail_form::dots : tail_form::among_others;
}

/// How much workspace they need.
template <class V> constexpr std::int64_t tail_workspace(std::int64_t m, std::int64_t n, std::int64_t k) {
  return has_half_tail<V>(m, n) && k >= least_dot_tail_depth ? n % width_of<V> * k : 0;
}

template <class V, class M, class N>
void multiply_tail(tail_form form, M m, N n, std::int64_t k, const operands<scalar_of<V>>& of, scalar_of<V>* workspace) {
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
