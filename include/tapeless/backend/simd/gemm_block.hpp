#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/gemm_pack.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <utility>

namespace tapeless::wide::detail {

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

// Enough rows for tiles of the usual form.
inline constexpr std::int64_t many_rows = 8;

/// How B is cut: a packed block of `depth` rows and `columns` columns stays in the second-level cache.
template <class V> struct blocking {
  std::int64_t depth, columns;

  constexpr blocking(std::int64_t n, std::int64_t k) {
    constexpr std::int64_t size = sizeof(scalar_of<V>), panel = max_tile_columns<V>(many_rows) * width_of<V>;
    depth = ceil_div(k, ceil_div(k, 1536 / size));
    const std::int64_t panels = std::max<std::int64_t>(1, 256 * 1024 / size / (depth * panel));
    columns = std::min(panels * panel, ceil_div(n, width_of<V>) * width_of<V>);
  }
};

/// Whether a product can need this tile; where extents are known the others need not be compiled.
template <class V, class M, class N> constexpr bool tile_occurs(std::int64_t rows, std::int64_t columns) {
  std::int64_t most = max_tile_columns<V>(1);
  if constexpr (extent_range<M>::known) most = max_tile_columns<V>(M::value);
  if (columns > most || rows > max_tile_rows<V>(static_cast<int>(columns))) return false;
  if constexpr (extent_range<M>::known && extent_range<N>::known) {
    const std::int64_t vectors = ceil_div(N::value, width_of<V>);
    if (columns != vectors % most && (columns != most || vectors < most)) return false;
    const row_blocks<V> blocks(M::value, N::value);
    return rows == blocks.base || (blocks.longer > 0 && rows == blocks.base + 1);
  }
  return extent_range<M>::may_reach(rows);
}

template <class V, class M, class N> struct tile_table {
  static constexpr int rows = 8, columns = 8;
  using function = void (*)(std::int64_t, const tile_site<scalar_of<V>>&);

  template <int Tile> static constexpr function entry() {
    constexpr int height = Tile / columns + 1, breadth = Tile % columns + 1;
    if constexpr (tile_occurs<V, M, N>(height, breadth))
      return &tile_function<V, height, breadth>;
    else
      return nullptr;
  }
  static constexpr auto functions = []<int... Tile>(std::integer_sequence<int, Tile...>) {
    return std::array<function, sizeof...(Tile)>{entry<Tile>()...};
  }
  (std::make_integer_sequence<int, rows * columns>());

  static void run(std::int64_t height, std::int64_t breadth, std::int64_t depth, const tile_site<scalar_of<V>>& site) {
    functions[static_cast<std::size_t>((height - 1) * columns + breadth - 1)](depth, site);
  }

  /// The same without a call.
  template <class Depth>
  [[gnu::always_inline]] static void run_inlined(std::int64_t height, std::int64_t breadth, Depth depth,
                                                 const tile_site<scalar_of<V>>& site) {
    run_one_of(height, breadth, depth, site, std::make_integer_sequence<int, rows * columns>());
  }

 private:
  template <class Depth, int... Tile>
  [[gnu::always_inline]] static void run_one_of(std::int64_t height, std::int64_t breadth, Depth depth,
                                                const tile_site<scalar_of<V>>& site,
                                                std::integer_sequence<int, Tile...>) {
    (run_if<Tile>(height, breadth, depth, site), ...);
  }

  template <int Tile, class Depth>
  [[gnu::always_inline]] static void run_if(std::int64_t height, std::int64_t breadth, Depth depth,
                                            const tile_site<scalar_of<V>>& site) {
    constexpr int h = Tile / columns + 1, b = Tile % columns + 1;
    if constexpr (tile_occurs<V, M, N>(h, b))
      if (height == h && breadth == b) tile<V, h, b>(depth, site);
  }
};

/// A product's operands; a function that is not inlined takes them by reference, in place of nine words on the stack.
template <class T> struct operands {
  matrix_view<const T> a, b;
  matrix_view<T> c;
};

/// One depth-slice of all rows of C in the columns of vectors [first, end). B is packed, or read where it stands.
template <class V, bool Inlined, class M, class N, class Depth>
[[gnu::always_inline]] inline void sweep(M m, N n, Depth depth, std::int64_t first, std::int64_t end,
                                         const operands<scalar_of<V>>& of, const scalar_of<V>* packed, bool add) {
  constexpr std::int64_t width = width_of<V>;
  const std::int64_t most = max_tile_columns<V>(m);
  const row_blocks<V> blocks(m, n);
  for (std::int64_t block = 0; block < blocks.count; ++block) {
    const std::int64_t i = blocks.begin(block), rows = blocks.begin(block + 1) - i;
    for (std::int64_t v = first; v < end; v += most) {
      const std::int64_t columns = std::min(end - v, most), j = v * width;
      const std::int64_t last = vector_start<V>(v + columns - 1, n) - j;
      tile_site<scalar_of<V>> site{of.a.at(i, 0), of.a.row_stride,   of.a.column_stride, of.b.data + j, of.b.row_stride,
                                   last,          of.c.at(i, 0) + j, of.c.row_stride,    last,          add};
      if (packed) {
        site.b = packed + (j - first * width) * depth;
        site.b_step = columns * width;
        site.b_last = (columns - 1) * width;
      }
      if constexpr (Inlined)
        tile_table<V, M, N>::run_inlined(rows, columns, depth, site);
      else
        tile_table<V, M, N>::run(rows, columns, depth, site);
    }
  }
}

/// C = A . B for contiguous rows of B, read where they stand.
template <class V, class M, class N> void multiply_direct(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of) {
  sweep<V, false>(m, n, k, 0, ceil_div(n, width_of<V>), of, nullptr, false);
}

/// The same for known extents, as straight code in the caller.
template <class V, class M, class N, class K>
[[gnu::always_inline]] inline void multiply_inlined(M m, N n, K k, const operands<scalar_of<V>>& of) {
  sweep<V, true>(m, n, k, 0, ceil_div(n, width_of<V>), of, nullptr, false);
}

/// C = A . B by way of packed blocks of B.
template <class V, class M, class N>
void multiply_packed(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of, scalar_of<V>* workspace) {
  constexpr std::int64_t width = width_of<V>, most = max_tile_columns<V>(many_rows);
  const blocking<V> block(n, k);
  for (std::int64_t p = 0; p < k; p += block.depth) {
    const std::int64_t depth = std::min(k - p, block.depth);
    for (std::int64_t j = 0; j < n; j += block.columns) {
      const std::int64_t first = j / width, end = ceil_div(std::min<std::int64_t>(n, j + block.columns), width);
      for (std::int64_t v = first; v < end; ++v) {
        const std::int64_t panel = first + (v - first) / most * most, columns = std::min(end - panel, most);
        scalar_of<V>* const to = workspace + (panel - first) * width * depth + (v - panel) * width;
        pack_vector<V>(depth, of.b.from(p, vector_start<V>(v, n)), to, columns * width);
      }
      sweep<V, false>(m, n, depth, first, end, {of.a.from(0, p), of.b, of.c}, workspace, p > 0);
    }
  }
}

}  // namespace tapeless::wide::detail
