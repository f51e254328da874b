#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/gemm_pack.hpp>
#include <tapeless/backend/simd/gemm_request.hpp>
#include <tapeless/backend/simd/gemm_table.hpp>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// How tiles are reached: as code in the caller, by a call, or by a call for a C with contiguous columns.
enum class sweep_mode { inlined, called, transposed };

/// One tile; `site` lacks its place in C, of which `c` is the corner and `c_last` the offset of the last vector. `from_column`:
/// from one column to the next of what C is an update of.
template <class V, class RowsOf, sweep_mode Mode, class M, class N, class Depth>
[[gnu::always_inline]] inline void run_tile(std::int64_t rows, std::int64_t columns, Depth depth,
                                            tile_site<scalar_of<V>>& site, matrix_view<scalar_of<V>> c, [[maybe_unused]] std::int64_t from_column) {
  using table = tile_table<V, M, N, RowsOf>;
  site.c = c.data;
  site.c_row = c.row_stride;
  if constexpr (Mode == sweep_mode::inlined) {
    table::run_inlined(rows, columns, depth, site);
  } else if constexpr (Mode == sweep_mode::called) {
    table::run(rows, columns, depth, site);
  } else {
    constexpr std::int64_t width = width_of<V>, most_vectors = 32;
    plain_array<scalar_of<V>, most_vectors * width> values;
    const std::int64_t last = std::exchange(site.c_last, (columns - 1) * width);
    const scalar_of<V>* const from = std::exchange(site.from, nullptr);
    site.c = values;
    site.c_row = columns * width;
    table::run(rows, columns, depth, site);
    for (std::int64_t v = 0; v < columns; ++v) {
      const std::int64_t at = v == columns - 1 ? last : v * width, done = from == c.data ? v * width - at : 0;
      const scalar_of<V>* const part = values + v * width;
      if (from) update_columns<V>(rows, done, part, columns * width, c.at(0, at), c.column_stride, from + at * from_column, from_column, site.scale);
      else store_columns<V>(rows, part, columns * width, c.at(0, at), c.column_stride);
    }
  }
}

/// The slice of the depth from `slice` on, for a range of C. B is packed, or read where it stands. `first_slice`: what C holds
/// does not count.
template <class V, sweep_mode Mode, class M, class N, class Depth>
[[gnu::always_inline]] inline void sweep(M m, N n, Depth depth, const row_blocks<V>& blocks, const tile_range& range,
                                         std::int64_t slice, const operands<scalar_of<V>>& of,
                                         const scalar_of<V>* packed, bool first_slice, bool last_slice) {
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>;
  const std::int64_t first = range.first, end = range.end;
  const std::int64_t most = max_tile_columns<V>(m);
  const bool has_tail = has_half_tail<V>(m, n) && end * width > n;
  const std::int64_t whole = has_tail ? end - 1 : end;
  std::int64_t told = blocks.begin(range.first_block);
  const gemm_update<T>* const update = of.update;
  const matrix_view<T> c = update ? update->c : of.c;
  const matrix_view<const T> from = update && first_slice ? update->from : matrix_view<const T>{first_slice ? nullptr : c.data, c.row_stride, c.column_stride};
  for (std::int64_t block = range.first_block; block < range.end_block; ++block) {
    const std::int64_t i = blocks.begin(block), rows = blocks.begin(block + 1) - i;
    const auto site_of = [&](std::int64_t v, std::int64_t columns, std::int64_t lanes, std::int64_t last) {
      const std::int64_t j = v * width;
      tile_site<T> site{of.a.at(i, slice), of.a.row_stride, of.a.column_stride, of.b.data + j, of.b.row_stride, last, nullptr, 0, last};
      if (from.data) site.from = from.at(i, j), site.from_row = from.row_stride, site.scale = update ? update->scale : T(1);
      if (packed) {
        site.b = packed + (j - first * width) * depth;
        site.b_step = columns * lanes;
        site.b_last = (columns - 1) * lanes;
      }
      return site;
    };
    const std::int64_t corner = of.moves() && !update ? i - told : i;
    const bool brings_rows = packed && of.a.column_stride != 1 && block + 1 < range.end_block;
    for (std::int64_t v = first; v < whole; v += most) {
      const std::int64_t columns = std::min(whole - v, most);
      if (brings_rows) prefetch_rows(depth, of.a.from(i + rows + rows / 2, slice), v - first, columns, whole - first);
      if (from.data)
        for (std::int64_t row = i; row < i + rows; ++row)
          for (std::int64_t j = 0; j < columns && from.column_stride == 1; ++j) __builtin_prefetch(from.at(row, (v + j) * width), 1);
      auto site = site_of(v, columns, width, vector_start<V>(v + columns - 1, n) - v * width);
      run_tile<V, V, Mode, M, N>(rows, columns, depth, site, c.from(corner, v * width), from.column_stride);
    }
    if constexpr (sizeof(V) == 64)
      if (has_tail) {
        using half = half_width_t<V>;
        auto site = site_of(whole, 1, width_of<half>, n - width_of<half> - whole * width);
        if (packed) site.b_last = 0;
        run_tile<half, V, Mode, M, N>(rows, 1, depth, site, c.from(corner, whole * width), from.column_stride);
      }
    if (!last_slice || !of.listens() || update) continue;
    const std::int64_t j0 = first * width, j1 = std::min<std::int64_t>(n, end * width);
    constexpr std::int64_t worth = told_bytes / std::int64_t{sizeof(T)};
    const bool is_full = of.moves() && i + rows - told + 8 > gemm_block_rows<T>(m, n, depth);  // not the rows of the next block
    if (block + 1 == range.end_block || is_full || (i + rows - told) * (j1 - j0) >= worth) {
      of.finished(told, i + rows, j0, j1);
      told = i + rows;
    }
  }
}

/// C = A . B for contiguous rows of B, read where they stand; or only the first `vectors` of its columns.
template <class V, sweep_mode Mode = sweep_mode::called, class M, class N>
void multiply_direct(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of, std::int64_t vectors) {
  const row_blocks<V> blocks(m, n);
  const std::int64_t most = max_tile_columns<V>(m);
  tile_range all{0, blocks.count, 0, vectors};
  if (of.extra) all = share_of(all, most, of.extra->share, false);
  // Few columns at a time where someone waits for the rows.
  const std::int64_t step = of.listens() && !of.update ? std::max(most, told_bytes / std::int64_t{sizeof(V)} / most * most) : all.end;
  for (std::int64_t v = all.first, end; v < all.end; v = end) {
    end = tile_range::cut(v, step, most, all.end);
    sweep<V, Mode>(m, n, k, blocks, {all.first_block, all.end_block, v, end}, 0, of, nullptr, true, true);
  }
}

template <class V, sweep_mode Mode = sweep_mode::called, class M, class N>
void multiply_direct(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of) {
  multiply_direct<V, Mode>(m, n, k, of, ceil_div(n, width_of<V>));
}

/// The same for known extents, as straight code in the caller.
template <class V, class M, class N, class K>
[[gnu::always_inline]] inline void multiply_inlined(M m, N n, K k, const operands<scalar_of<V>>& of) {
  const row_blocks<V> blocks(m, n);
  const tile_range all{0, blocks.count, 0, ceil_div(n, width_of<V>)};
  sweep<V, sweep_mode::inlined>(m, n, k, blocks, all, 0, of, nullptr, true, true);
}

/// C = A . B by way of packed blocks of B.
template <class V, class M, class N>
void multiply_packed(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of, scalar_of<V>* workspace) {
  constexpr std::int64_t width = width_of<V>, most = max_tile_columns<V>(many_rows);
  const blocking<V> block(n, k);
  const row_blocks<V> blocks(m, n);
  tile_range all{0, blocks.count, 0, ceil_div(n, width)};
  if (of.extra) all = share_of(all, most, of.extra->share, true);
  for (std::int64_t p = 0; p < k; p += block.depth) {
    const std::int64_t depth = std::min(k - p, block.depth);
    tile_range part = all;
    for (; part.first < all.end; part.first = part.end) {
      part.end = tile_range::cut(part.first, block.columns / width, most, all.end);
      const bool has_tail = has_half_tail<V>(m, n) && part.end * width > n;
      const std::int64_t whole = has_tail ? part.end - 1 : part.end;
      for (std::int64_t v = part.first; v < whole; ++v) {
        const std::int64_t panel = part.first + (v - part.first) / most * most, columns = std::min(whole - panel, most);
        scalar_of<V>* const to = workspace + (panel - part.first) * width * depth + (v - panel) * width;
        pack_vector<V>(depth, of.b.from(p, vector_start<V>(v, n)), to, columns * width);
      }
      if constexpr (sizeof(V) == 64) {
        using half = half_width_t<V>;
        scalar_of<V>* const to = workspace + (whole - part.first) * width * depth;
        if (has_tail) pack_vector<half>(depth, of.b.from(p, n - width_of<half>), to, width_of<half>);
      }
      sweep<V, sweep_mode::called>(m, n, depth, blocks, part, p, of, workspace, p == 0, p + depth == k);
    }
  }
}

}  // namespace tapeless::wide::detail
