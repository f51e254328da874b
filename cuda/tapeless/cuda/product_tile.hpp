#pragma once
#include <tapeless/core/math.hpp>
#include <tapeless/cuda/strided.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// How threads are dealt out to the elements of an operand's tile: neighbours along the result's axis or along the depth, each
/// one element or a group of neighbours, 16 bytes where they are stored as they are computed with.
enum class tile_order : std::uint8_t { along_side, along_depth, groups_along_side, groups_along_depth };

/// A sum of products over a depth, for each row and column of a result: what matrix products and convolutions are. `Source`
/// says what the operands are:
///
///   converts                       whether operands are stored as another type
///   value, width                   the type of elements; how many a group has
///   rows, columns, depth, batches  extents
///   order_a, order_b               how tiles of the operands are loaded
///   place at(batch)                where the operands of one of a batch begin
///   a(place, row, k), b(place, k, column), put(place, row, column, x)    elements, inside the extents
///   group_a(...), group_b(...)     a group from there on, where the order has groups
///
/// A block has a tile of Side x Side results; the depth goes through shared memory by steps, and each thread keeps its part of
/// the results in registers. Sums run in the order of the depth; it may be cut into slices, whose sums are added in their order.
/// Both are functions of the extents only, so that all cards give the same bits.
template <class Source, int Side> struct tile_kernel {
  using T = typename Source::value;
  static constexpr int threads = 256, depth = Side == 64 ? 16 : 8, part = Side / 16, pad = 4;
  static constexpr int loads = Side * depth / threads, width = Source::width, line = Side + pad;
  static_assert(Side % 64 == 0 && loads == 4);

  struct arguments {
    Source source;
    std::int64_t slices, slice_depth;  ///< a multiple of the step
    T* partial;                        ///< (slices, batches, rows, columns), where there are several
  };
  static constexpr int most_threads = threads;
  static constexpr int least_blocks = Side == 64 && Source::converts ? 3 : 0;  // else a register is spilled
  static constexpr const char* name = Source::name;
  static TAPELESS_HOST_DEVICE std::uint32_t tiles(std::int64_t n) { return static_cast<std::uint32_t>((n + Side - 1) / Side); }
  static grid shape(const arguments& a) {
    return {std::int64_t{1} * tiles(a.source.rows) * tiles(a.source.columns) * a.slices * a.source.batches, threads, 2 * depth * line * static_cast<std::int64_t>(sizeof(T))};
  }

  static constexpr bool ahead = Side == 64;  ///< whether the next step is loaded while one is multiplied: large tiles have no registers for it
  static constexpr std::size_t at_once = part, loaded_at_once = loads;  // bounds of arrays
  struct results {
    T x[at_once][at_once];
  };
  struct loaded {
    T a[loaded_at_once], b[loaded_at_once];
  };
  struct work {
    typename Source::place place;
    std::int64_t row, column, begin, end;  ///< of the tile, and of the depth
  };

  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    const Source& s = a.source;
    const std::uint32_t row_tiles = tiles(s.rows), column_tiles = tiles(s.columns), slices = static_cast<std::uint32_t>(a.slices);
    std::uint32_t rest = static_cast<std::uint32_t>(block.index);  // a card divides 32 bits without a call
    work w;
    w.row = static_cast<std::int64_t>(rest % row_tiles) * Side, rest /= row_tiles;
    w.column = static_cast<std::int64_t>(rest % column_tiles) * Side, rest /= column_tiles;
    const std::int64_t slice = rest % slices, batch = rest / slices;
    w.begin = slice * a.slice_depth, w.end = w.begin + a.slice_depth;
    if (w.end > s.depth) w.end = s.depth;
    w.place = s.at(batch);

    T* const tile_a = reinterpret_cast<T*>(block.shared);
    T* const tile_b = tile_a + depth * line;
    typename Block::template per_thread<results> sums(block);
    typename Block::template per_thread<loaded> next(block);
    block.each([&](int thread) {
      for (int i = 0; i < part; ++i)
        for (int j = 0; j < part; ++j) sums[thread].x[i][j] = T{};
      if (ahead) load(next[thread], s, w, w.begin, thread);
    });
    for (std::int64_t k = w.begin; k < w.end; k += depth) {
      block.barrier();
      block.each([&](int thread) {
        if (!ahead) load(next[thread], s, w, k, thread);
        keep(tile_a, s.order_a, next[thread].a, thread);
        keep(tile_b, s.order_b, next[thread].b, thread);
      });
      block.barrier();
      block.each([&](int thread) {
        if (ahead && k + depth < w.end) load(next[thread], s, w, k + depth, thread);  // on its way while this step is multiplied
        multiply(sums[thread], tile_a, tile_b, thread);
      });
    }
    block.each([&](int thread) {
      for (int i = 0; i < part; ++i)
        for (int j = 0; j < part; ++j) {
          const std::int64_t row = w.row + place_of(i, thread / 16), column = w.column + place_of(j, thread % 16);
          if (row >= s.rows || column >= s.columns) continue;
          if (a.slices == 1) s.put(w.place, row, column, sums[thread].x[i][j]);
          else a.partial[((slice * s.batches + batch) * s.rows + row) * s.columns + column] = sums[thread].x[i][j];
        }
    });
  }

 private:
  /// The place in a tile of a thread's i-th row or column: four neighbours, then four behind those of all threads.
  static constexpr TAPELESS_HOST_DEVICE int place_of(int i, int thread) { return i / 4 * 64 + thread * 4 + i % 4; }

  /// Place along the side and the depth of a thread's i-th load.
  struct tile_place {
    int side, k;
  };
  static TAPELESS_HOST_DEVICE tile_place loaded_by(tile_order order, int thread, int i) {
    const int element = thread + i * threads, group = thread + i / width * threads;
    switch (order) {
      case tile_order::along_side: return {element % Side, element / Side};
      case tile_order::along_depth: return {element / depth, element % depth};
      case tile_order::groups_along_side: return {group % (Side / width) * width, group / (Side / width)};
      default: return {group / (depth / width), group % (depth / width) * width};
    }
  }
  static TAPELESS_HOST_DEVICE void load(loaded& to, const Source& s, const work& w, std::int64_t k, int thread) {
    load_operand(to.a, s.order_a, thread, w.row, k, s.rows, w.end, [&](std::int64_t row, std::int64_t at) { return s.a(w.place, row, at); },
                 [&](std::int64_t row, std::int64_t at) { return s.group_a(w.place, row, at); });
    load_operand(to.b, s.order_b, thread, w.column, k, s.columns, w.end, [&](std::int64_t column, std::int64_t at) { return s.b(w.place, at, column); },
                 [&](std::int64_t column, std::int64_t at) { return s.group_b(w.place, at, column); });
  }
  template <class One, class Group>
  static TAPELESS_HOST_DEVICE void load_operand(T (&to)[loaded_at_once], tile_order order, int thread, std::int64_t first, std::int64_t k, std::int64_t sides, std::int64_t end, One one, Group group) {
    if (order >= tile_order::groups_along_side) {
      for (int i = 0; i < loads; i += width) {
        const tile_place p = loaded_by(order, thread, i);
        neighbours<T, width> g{};
        const std::int64_t side = first + p.side, at = k + p.k;
        if (side < sides && at < end) g = group(side, at);
        for (int j = 0; j < width; ++j) to[i + j] = g.value[j];
      }
    } else {
      for (int i = 0; i < loads; ++i) {
        const tile_place p = loaded_by(order, thread, i);
        const std::int64_t side = first + p.side, at = k + p.k;
        to[i] = side < sides && at < end ? one(side, at) : T{};
      }
    }
  }
  static TAPELESS_HOST_DEVICE void keep(T* tile, tile_order order, const T (&x)[loaded_at_once], int thread) {
    if (order < tile_order::groups_along_side) {
      for (int i = 0; i < loads; ++i) {
        const tile_place p = loaded_by(order, thread, i);
        tile[p.k * line + p.side] = x[i];
      }
    } else {
      const bool side = order == tile_order::groups_along_side;
      for (int i = 0; i < loads; i += width) {
        const tile_place p = loaded_by(order, thread, i);
        for (int j = 0; j < width; ++j) tile[(side ? p.k : p.k + j) * line + (side ? p.side + j : p.side)] = x[i + j];
      }
    }
  }
  static TAPELESS_HOST_DEVICE void multiply(results& sums, const T* tile_a, const T* tile_b, int thread) {
    for (int k = 0; k < depth; ++k) {
      T a[at_once], b[at_once];
      for (int i = 0; i < part; ++i) a[i] = tile_a[k * line + place_of(i, thread / 16)], b[i] = tile_b[k * line + place_of(i, thread % 16)];
      for (int i = 0; i < part; ++i)
        for (int j = 0; j < part; ++j) sums.x[i][j] = math::add(sums.x[i][j], math::multiply(a[i], b[j]));
    }
  }
};

/// Adds up the slices of a sum, in their order, and puts the result where it belongs.
template <class Source> struct finish_slices_kernel {
  using T = typename Source::value;
  struct arguments {
    Source source;
    std::int64_t slices;
    const T* partial;
    divisor columns, rows;
    std::int64_t count() const { return source.batches * source.rows * source.columns; }
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = Source::name;
  static grid shape(const arguments& a) { return grid_of_items(a.count()); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    const std::int64_t count = a.source.batches * a.source.rows * a.source.columns;
    each_item(block, count, [&](std::int64_t i) {
      T sum = a.partial[i];
      for (std::int64_t s = 1; s < a.slices; ++s) sum = math::add(sum, a.partial[s * count + i]);
      std::int64_t rest = i;
      const std::int64_t column = a.columns.divide(rest), row = a.rows.divide(rest);
      a.source.put(a.source.at(rest), row, column, sum);
    });
  }
};

/// How a sum of products is cut into blocks: as many as keep a large card busy.
struct tiling {
  int side = 64;
  std::int64_t slices = 1, slice_depth = 0;

  tiling(std::int64_t rows, std::int64_t columns, std::int64_t depth, std::int64_t batches, bool is_float) {
    constexpr std::int64_t enough_blocks = 264, least_depth = 256, most_partial = 1 << 24;
    const auto tiles = [&](std::int64_t n) { return (rows + n - 1) / n * ((columns + n - 1) / n) * batches; };
    if (is_float && tiles(128) >= enough_blocks) side = 128;
    const std::int64_t results = std::max<std::int64_t>(rows * columns * batches, 1), blocks = std::max<std::int64_t>(tiles(side), 1);
    const auto wanted = std::max<std::int64_t>(1, std::min({enough_blocks / blocks, depth / least_depth, most_partial / results}));
    slice_depth = ((depth + wanted - 1) / wanted + 15) / 16 * 16;
    slices = depth == 0 ? 1 : (depth + slice_depth - 1) / slice_depth;
  }
};

template <class Source> std::int64_t tile_scratch_bytes(const Source& s) {
  const tiling t(s.rows, s.columns, s.depth, s.batches, std::is_same_v<typename Source::value, float>);
  return t.slices == 1 ? 0 : t.slices * s.rows * s.columns * s.batches * static_cast<std::int64_t>(sizeof(typename Source::value));
}
template <class Source, class Queue> void launch_tiles(Queue& queue, const Source& s, std::byte* scratch) {
  using T = typename Source::value;
  const tiling t(s.rows, s.columns, s.depth, s.batches, std::is_same_v<T, float>);
  T* const partial = reinterpret_cast<T*>(scratch);
  if constexpr (std::is_same_v<T, float>)
    if (t.side == 128) launch_on<tile_kernel<Source, 128>>(queue, {s, t.slices, t.slice_depth, partial});
  if (t.side == 64) launch_on<tile_kernel<Source, 64>>(queue, {s, t.slices, t.slice_depth, partial});
  const std::int64_t count = s.rows * s.columns * s.batches;
  if (t.slices > 1) launch_on<finish_slices_kernel<Source>>(queue, {s, t.slices, partial, divisor(s.columns, count), divisor(s.rows, count)});
}

}  // namespace tapeless::device
