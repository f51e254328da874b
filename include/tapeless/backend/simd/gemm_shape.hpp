#pragma once

#include <algorithm>
#include <cstdint>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

// An extent is an int64 or, where it is known to the compiler, an integral_constant.
template <std::int64_t Value> using extent = std::integral_constant<std::int64_t, Value>;

template <class E> struct extent_range {
  static constexpr bool known = false;
  static constexpr bool may_be_below(std::int64_t) { return true; }
  static constexpr bool may_reach(std::int64_t) { return true; }
};

template <std::int64_t Value> struct extent_range<extent<Value>> {
  static constexpr bool known = true;
  static constexpr bool may_be_below(std::int64_t bound) { return Value < bound; }
  static constexpr bool may_reach(std::int64_t bound) { return Value >= bound; }
};

constexpr std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

/// How the rows of C are cut: into blocks that differ by one row at most, so that no block is a mere remainder.
template <class V> struct row_blocks {
  std::int64_t count, base, longer;

  constexpr row_blocks(std::int64_t m, std::int64_t n) {
    const std::int64_t vectors = std::min<std::int64_t>(ceil_div(n, width_of<V>), max_tile_columns<V>(m));
    const std::int64_t most = max_tile_rows<V>(static_cast<int>(vectors));
    count = m <= most ? 1 : ceil_div(m, most);
    base = count == 1 ? m : m / count;
    longer = m - count * base;
  }
  constexpr std::int64_t begin(std::int64_t block) const { return block * base + std::min(block, longer); }
};

// Beyond this depth, sums may come in slices. Of so few rows, none is finished before the others.
inline constexpr std::int64_t most_depth_at_once = 384, most_rows_at_once = 16;

// Enough rows for tiles of the usual form.
inline constexpr std::int64_t many_rows = 8;

/// How B is cut: a packed block of `depth` rows and `columns` columns stays in the second-level cache.
template <class V> struct blocking {
  std::int64_t depth, columns;

  constexpr blocking(std::int64_t n, std::int64_t k) {
    constexpr std::int64_t size = sizeof(scalar_of<V>), panel = max_tile_columns<V>(many_rows) * width_of<V>;
    // Machines with vectors of 64 bytes have at least a megabyte of it.
    constexpr std::int64_t bytes = (sizeof(V) == 64 ? 512 : 256) * 1024;
    depth = ceil_div(k, ceil_div(k, most_depth_at_once));
    const std::int64_t panels = std::max<std::int64_t>(2, bytes / size / (depth * panel));
    columns = std::min(panels * panel, ceil_div(n, width_of<V>) * width_of<V>);
  }
};

/// Whether the last columns, if they fill no more than half a vector, are better done by vectors of half the width.
template <class V> constexpr bool has_half_tail(std::int64_t m, std::int64_t n) {
  return sizeof(V) == 64 && m >= 4 && n > width_of<V> && n % width_of<V> > 0 && n % width_of<V> * 2 <= width_of<V>;
}

// From so many bytes on, a block of C is worth telling of: it is still in the first-level cache.
inline constexpr std::int64_t told_bytes = 8192;

// Products that are unrolled into their caller.
constexpr bool is_small_product(std::int64_t m, std::int64_t n, std::int64_t k) { return m * n * k <= 262144; }

}  // namespace detail

/// How many rows of a product are unfinished at a time, at most, where nobody but `finished` sees them; see `gemm`.
template <class T> constexpr std::int64_t gemm_block_rows(std::int64_t m, std::int64_t n, std::int64_t k) {
  if (!std::is_floating_point_v<T> || m <= detail::most_rows_at_once || k > detail::most_depth_at_once || detail::is_small_product(m, n, k)) return m;
  constexpr std::int64_t told = detail::told_bytes / std::int64_t{sizeof(T)};
  return std::min(m, detail::ceil_div(told, std::min(n, told)) + 8);
}

}  // namespace tapeless::wide
