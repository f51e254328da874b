#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/gemm_shape.hpp>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// Whether a product can need this tile; where extents are known the others need not be compiled. Tiles of vectors that
/// are narrower than those of the product's `Rows` blocks are for its half tail.
template <class V, class Rows, class M, class N> constexpr bool tile_occurs(std::int64_t rows, std::int64_t columns) {
  constexpr bool is_tail = !std::is_same_v<V, Rows>;
  if (is_tail && columns > 1) return false;
  std::int64_t most = max_tile_columns<V>(1);
  if constexpr (extent_range<M>::known) most = max_tile_columns<V>(M::value);
  if (columns > most || rows > max_tile_rows<V>(static_cast<int>(columns))) return false;
  if constexpr (extent_range<M>::known && extent_range<N>::known) {
    if (is_tail && !has_half_tail<Rows>(M::value, N::value)) return false;
    const std::int64_t vectors = ceil_div(N::value, width_of<V>) - (has_half_tail<V>(M::value, N::value) ? 1 : 0);
    if (!is_tail && columns != vectors % most && (columns != most || vectors < most)) return false;
    const row_blocks<Rows> blocks(M::value, N::value);
    return rows == blocks.base || (blocks.longer > 0 && rows == blocks.base + 1);
  }
  return extent_range<M>::may_reach(rows);
}

template <class V, class M, class N, class RowsOf = V> struct tile_table {
  static constexpr int rows = 8, columns = 8;
  using function = void (*)(std::int64_t, const tile_site<scalar_of<V>>&);

  template <int Tile> static constexpr function entry() {
    constexpr int height = Tile / columns + 1, breadth = Tile % columns + 1;
    if constexpr (tile_occurs<V, RowsOf, M, N>(height, breadth))
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
    if constexpr (tile_occurs<V, RowsOf, M, N>(h, b))
      if (height == h && breadth == b) tile<V, h, b>(depth, site);
  }
};

}  // namespace tapeless::wide::detail
