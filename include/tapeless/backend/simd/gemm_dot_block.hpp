#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <tapeless/backend/simd/gemm_block.hpp>
#include <tapeless/backend/simd/gemm_lanes.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// x, which the compiler may not load again where it is used: g++ makes an operand in memory of each use.
template <class V> [[gnu::always_inline]] inline V in_register(V x) {
#if defined(__x86_64__)
  if constexpr (!std::is_arithmetic_v<V>) asm("" : "+v"(x.data));
#endif
  return x;
}

/// Rows x Columns elements of C for contiguous rows of A and columns of B, added to what is there if `add`.
template <class V, int Rows, int Columns>
[[gnu::noinline]] void dot_block(std::int64_t depth, matrix_view<const scalar_of<V>> a, matrix_view<const scalar_of<V>> b, matrix_view<scalar_of<V>> c, bool add) {
  using lanes = lane_traits<V>;
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>;
  plain_array<V, Rows * Columns> sums;
#pragma GCC unroll 32
  for (auto& s : sums) s = V(T(0));
  const auto step = [&](std::int64_t p, const auto& keep) __attribute__((always_inline)) {
    if constexpr (Columns == 1) {
      const V column = in_register(keep(lanes::load(b.data + p)));
#pragma GCC unroll 16
      for (int i = 0; i < Rows; ++i) sums[i] = lanes::multiply_add(column, keep(lanes::load(a.data + i * a.row_stride + p)), sums[i]);
      return;
    }
    plain_array<V, Rows> row;
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) row[i] = in_register(keep(lanes::load(a.data + i * a.row_stride + p)));
#pragma GCC unroll 8
    for (int j = 0; j < Columns; ++j) {
      const V column = in_register(keep(lanes::load(b.data + j * b.column_stride + p)));
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) sums[i * Columns + j] = lanes::multiply_add(row[i], column, sums[i * Columns + j]);
    }
  };
  std::int64_t p = 0;
  for (; p + width <= depth; p += width) step(p, [](V x) { return x; });
  if (p < depth) {
    const auto seen = lanes_before<V>(p + width - depth);
    const V zero(T(0));
    step(depth - width, [&](V x) { return xsimd::select(seen, zero, x); });
  }
  constexpr std::int64_t padded = (Rows * Columns + width - 1) / width * width;
  alignas(64) plain_array<T, padded> results;
  add_lanes<Rows * Columns>(sums, results);
  if (!add && c.column_stride == 1) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) std::memcpy(c.at(i, 0), results + i * Columns, Columns * sizeof(T));
    return;
  }
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Columns; ++j) *c.at(i, j) = (add ? *c.at(i, j) : T(0)) + results[i * Columns + j];
}

/// Lines of at most Most, in groups that differ by one at most: the shares of a count that is not a multiple.
template <int Most> struct even_groups {
  std::int64_t count, base, longer;

  constexpr explicit even_groups(std::int64_t lines) : count(ceil_div(lines, Most)), base(count > 0 ? lines / count : 0), longer(lines - count * base) {}
  constexpr std::int64_t begin(std::int64_t group) const { return group * base + std::min(group, longer); }
};

/// Whether these sums are quicker than tiles, for which B has to be packed. Adding up the lanes of a block takes as long as
/// so many more elements of the depth; packing an element of B, as long as so many products in lanes.
template <class V> constexpr bool prefers_dot_blocks(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes_of_n) {
  constexpr std::int64_t adding = 8 * width_of<V>, packing = 9;
  return sizeof(V) >= 32 && k >= 4 * width_of<V> && m * n * (k + adding) < m * lanes_of_n * k + packing * k * n;
}

inline constexpr int most_dot_block_rows = 4;
template <class V> inline constexpr int most_dot_block_columns = has_32_registers<V> ? 6 : 2;

template <class V> using dot_block_function = void (*)(std::int64_t, matrix_view<const scalar_of<V>>, matrix_view<const scalar_of<V>>, matrix_view<scalar_of<V>>, bool);

template <class V> inline constexpr auto dot_blocks = []<int... Tile>(std::integer_sequence<int, Tile...>) {
  return std::array<dot_block_function<V>, sizeof...(Tile)>{&dot_block<V, Tile / most_dot_block_columns<V> + 1, Tile % most_dot_block_columns<V> + 1>...};
}(std::make_integer_sequence<int, most_dot_block_rows * most_dot_block_columns<V>>());

// Lines of the depth that stay in the first-level cache.
inline constexpr std::int64_t most_dot_depth = 1024;

/// A share of C = A . B for contiguous rows of A and contiguous columns of B, of depth >= width_of<V>: nothing is copied.
template <class V> void multiply_dot_blocks(std::int64_t m, std::int64_t n, std::int64_t depth, const operands<scalar_of<V>>& of) {
  const even_groups<most_dot_block_rows> rows(m);
  const even_groups<most_dot_block_columns<V>> columns(n);
  const auto share = of.share();
  const bool by_rows = ceil_div(rows.count, share.count) * columns.count <= ceil_div(columns.count, share.count) * rows.count;
  const std::int64_t first_row = by_rows ? share.begin(rows.count) : 0, end_row = by_rows ? share.end(rows.count) : rows.count;
  const std::int64_t first_column = by_rows ? 0 : share.begin(columns.count), end_column = by_rows ? columns.count : share.end(columns.count);
  if (first_row == end_row || first_column == end_column) return;
  const std::int64_t slices = ceil_div(depth, most_dot_depth);
  for (std::int64_t slice = 0; slice < slices; ++slice) {
    // Slices begin where registers do; the last may overlap the one before, which is masked out.
    const std::int64_t at = depth * slice / slices / width_of<V> * width_of<V>;
    const std::int64_t end = slice + 1 == slices ? depth : depth * (slice + 1) / slices / width_of<V> * width_of<V>;
    for (std::int64_t t = first_column; t < end_column; ++t)
      for (std::int64_t s = first_row; s < end_row; ++s) {
        const std::int64_t i = rows.begin(s), j = columns.begin(t), height = rows.begin(s + 1) - i, breadth = columns.begin(t + 1) - j;
        dot_blocks<V>[static_cast<std::size_t>((height - 1) * most_dot_block_columns<V> + breadth - 1)](end - at, of.a.from(i, at), of.b.from(at, j), of.c.from(i, j), slice > 0);
      }
  }
  if (of.listens()) of.finished(rows.begin(first_row), rows.begin(end_row), columns.begin(first_column), columns.begin(end_column));
}

}  // namespace tapeless::wide::detail
