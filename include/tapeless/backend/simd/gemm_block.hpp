#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tapeless/backend/simd/gemm_pack.hpp>
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

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
    // Machines with vectors of 64 bytes have at least a megabyte of it.
    constexpr std::int64_t bytes = (sizeof(V) == 64 ? 512 : 256) * 1024;
    depth = ceil_div(k, ceil_div(k, 384));
    const std::int64_t panels = std::max<std::int64_t>(2, bytes / size / (depth * panel));
    columns = std::min(panels * panel, ceil_div(n, width_of<V>) * width_of<V>);
  }
};

/// Whether the last columns, if they fill no more than half a vector, are better done by vectors of half the width.
template <class V> constexpr bool has_half_tail(std::int64_t m, std::int64_t n) {
  return sizeof(V) == 64 && m >= 4 && n > width_of<V> && n % width_of<V> > 0 && n % width_of<V> * 2 <= width_of<V>;
}

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

/// What a caller wants besides the product: to be told of blocks of C that have got their final values, and a share of the
/// work only. One type for all callables: the loops are compiled once.
struct request {
  gemm_share share{};
  const void* callable = nullptr;
  void (*call)(const void*, std::int64_t, std::int64_t, std::int64_t, std::int64_t) = nullptr;

  template <class Finished> request(const Finished& finished, gemm_share part) : share(part), callable(&finished) {
    if constexpr (!std::is_same_v<Finished, nothing_finished>)
      call = [](const void* it, std::int64_t i0, std::int64_t i1, std::int64_t j0, std::int64_t j1) {
        (*static_cast<const Finished*>(it))(i0, i1, j0, j1);
      };
  }
};

/// A product's operands; a function that is not inlined takes them by reference, in place of many words on the stack.
template <class T> struct operands {
  matrix_view<const T> a, b;
  matrix_view<T> c;
  const request* extra = nullptr;
  bool is_transposed = false;

  constexpr operands transposed() const { return {b.transposed(), a.transposed(), c.transposed(), extra, !is_transposed}; }
  constexpr gemm_share share() const { return extra ? extra->share : gemm_share(); }
  constexpr bool listens() const { return extra && extra->call; }
  void finished(std::int64_t i0, std::int64_t i1, std::int64_t j0, std::int64_t j1) const {
    if (is_transposed) extra->call(extra->callable, j0, j1, i0, i1);
    else extra->call(extra->callable, i0, i1, j0, j1);
  }
};

/// Row blocks and vectors of columns of C. Vectors are taken by whole panels, the last of which may be longer by one: a
/// vector that overlaps the one before it stays in the same range.
struct tile_range {
  std::int64_t first_block, end_block, first, end;

  /// The end of a range that begins with vector `v` and has `step` vectors, a multiple of the `most` of a panel.
  static constexpr std::int64_t cut(std::int64_t v, std::int64_t step, std::int64_t most, std::int64_t end) {
    if (end - v <= step) return end;
    return end - v - step > 1 ? v + step : step > most ? v + step - most : end;
  }
};

/// A thread's share of C: some of its panels or, where they do not suffice, some of its row blocks. The tiles are those
/// of the whole, so that each element is computed in the same way whatever the number of shares.
[[gnu::noinline]] inline tile_range share_of(tile_range range, std::int64_t most, gemm_share share, bool packs) {
  const std::int64_t vectors = range.end, blocks = range.end_block;
  const std::int64_t panels = std::max<std::int64_t>(1, (vectors + most - 2) / most);
  const auto rounds = [&](std::int64_t units) { return ceil_div(units, share.count); };
  // By rows, each thread packs B for itself, which costs about as much as sixteen rows of C.
  const std::int64_t by_panels = rounds(panels) * blocks * most;
  const std::int64_t by_blocks = (rounds(blocks) + (packs ? 2 : 0)) * vectors;
  if (by_panels <= by_blocks) {
    range.first = share.begin(panels) * most;
    if (share.end(panels) < panels) range.end = share.end(panels) * most;
  } else {
    range.first_block = share.begin(blocks);
    range.end_block = share.end(blocks);
  }
  return range;
}

// From so many bytes on, a block of C is worth telling of: it is still in the first-level cache.
inline constexpr std::int64_t told_bytes = 8192;

/// How tiles are reached: as code in the caller, by a call, or by a call for a C with contiguous columns.
enum class sweep_mode { inlined, called, transposed };

/// One tile; `site` lacks its place in C, of which `c` is the corner and `c_last` the offset of the last vector.
template <class V, class RowsOf, sweep_mode Mode, class M, class N, class Depth>
[[gnu::always_inline]] inline void run_tile(std::int64_t rows, std::int64_t columns, Depth depth,
                                            tile_site<scalar_of<V>>& site, matrix_view<scalar_of<V>> c) {
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
    site.c = values;
    site.c_row = columns * width;
    table::run(rows, columns, depth, site);
    for (std::int64_t v = 0; v < columns; ++v)
      store_columns<V>(rows, values + v * width, columns * width, c.at(0, v == columns - 1 ? last : v * width),
                       c.column_stride);
  }
}

/// The slice of the depth from `slice` on, for a range of C. B is packed, or read where it stands.
template <class V, sweep_mode Mode, class M, class N, class Depth>
[[gnu::always_inline]] inline void sweep(M m, N n, Depth depth, const row_blocks<V>& blocks, const tile_range& range,
                                         std::int64_t slice, const operands<scalar_of<V>>& of,
                                         const scalar_of<V>* packed, bool add, bool last_slice) {
  using T = scalar_of<V>;
  constexpr std::int64_t width = width_of<V>;
  const auto [first_block, end_block, first, end] = range;
  const std::int64_t most = max_tile_columns<V>(m);
  const bool has_tail = has_half_tail<V>(m, n) && end * width > n;
  const std::int64_t whole = has_tail ? end - 1 : end;
  std::int64_t told = blocks.begin(first_block);
  for (std::int64_t block = first_block; block < end_block; ++block) {
    const std::int64_t i = blocks.begin(block), rows = blocks.begin(block + 1) - i;
    const auto site_of = [&](std::int64_t v, std::int64_t columns, std::int64_t lanes, std::int64_t last) {
      const std::int64_t j = v * width;
      tile_site<T> site{of.a.at(i, slice), of.a.row_stride, of.a.column_stride, of.b.data + j, of.b.row_stride, last, nullptr, 0, last, add};
      if (packed) {
        site.b = packed + (j - first * width) * depth;
        site.b_step = columns * lanes;
        site.b_last = (columns - 1) * lanes;
      }
      return site;
    };
    const bool brings_rows = packed && of.a.column_stride != 1 && block + 1 < end_block;
    for (std::int64_t v = first; v < whole; v += most) {
      const std::int64_t columns = std::min(whole - v, most);
      if (brings_rows) prefetch_rows(depth, of.a.from(i + rows + rows / 2, slice), v - first, columns, whole - first);
      if (add)
        for (std::int64_t row = i; row < i + rows; ++row)
          for (std::int64_t j = 0; j < columns; ++j) __builtin_prefetch(of.c.at(row, (v + j) * width), 1);
      auto site = site_of(v, columns, width, vector_start<V>(v + columns - 1, n) - v * width);
      run_tile<V, V, Mode, M, N>(rows, columns, depth, site, of.c.from(i, v * width));
    }
    if constexpr (sizeof(V) == 64)
      if (has_tail) {
        using half = half_width_t<V>;
        auto site = site_of(whole, 1, width_of<half>, n - width_of<half> - whole * width);
        if (packed) site.b_last = 0;
        run_tile<half, V, Mode, M, N>(rows, 1, depth, site, of.c.from(i, whole * width));
      }
    if (!last_slice || !of.listens()) continue;
    const std::int64_t j0 = first * width, j1 = std::min<std::int64_t>(n, end * width);
    constexpr std::int64_t worth = told_bytes / std::int64_t{sizeof(T)};
    if (block + 1 == end_block || (i + rows - told) * (j1 - j0) >= worth) {
      of.finished(told, i + rows, j0, j1);
      told = i + rows;
    }
  }
}

/// C = A . B for contiguous rows of B, read where they stand.
template <class V, sweep_mode Mode = sweep_mode::called, class M, class N>
void multiply_direct(M m, N n, std::int64_t k, const operands<scalar_of<V>>& of) {
  const row_blocks<V> blocks(m, n);
  const std::int64_t most = max_tile_columns<V>(m);
  tile_range all{0, blocks.count, 0, ceil_div(n, width_of<V>)};
  if (of.extra) all = share_of(all, most, of.extra->share, false);
  // Few columns at a time where someone waits for the rows.
  const std::int64_t step = of.listens() ? std::max(most, told_bytes / std::int64_t{sizeof(V)} / most * most) : all.end;
  for (std::int64_t v = all.first, end; v < all.end; v = end) {
    end = tile_range::cut(v, step, most, all.end);
    sweep<V, Mode>(m, n, k, blocks, {all.first_block, all.end_block, v, end}, 0, of, nullptr, false, true);
  }
}

/// The same for known extents, as straight code in the caller.
template <class V, class M, class N, class K>
[[gnu::always_inline]] inline void multiply_inlined(M m, N n, K k, const operands<scalar_of<V>>& of) {
  const row_blocks<V> blocks(m, n);
  const tile_range all{0, blocks.count, 0, ceil_div(n, width_of<V>)};
  sweep<V, sweep_mode::inlined>(m, n, k, blocks, all, 0, of, nullptr, false, true);
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
      sweep<V, sweep_mode::called>(m, n, depth, blocks, part, p, of, workspace, p > 0, p + depth == k);
    }
  }
}

}  // namespace tapeless::wide::detail
