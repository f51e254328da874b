#pragma once
#include <tapeless/core/math.hpp>
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/ops/gather.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// Rows added up at their indices, without atomics. A block has a tile of the result in shared memory: it reads all indices
/// (of its slice of them), keeps those of its rows in their order, and each thread adds to elements that are its own. That
/// reads the indices once for each tile of the result.
template <class T, class Index> struct scatter_kernel {
  static constexpr int threads = 256, tile_elements = 2048, most_tile_rows = 254;
  static constexpr std::uint8_t elsewhere = 255;
  struct arguments {
    T* out;                      ///< (slices, rows, columns): the result's elements, or a slice's share of them
    const T* x;
    const Index* indices;
    std::int64_t rows, columns;  ///< of the result: a row has so many elements
    std::int64_t count;          ///< of indices
    std::int64_t slices, slice_count;  ///< so many indices each
    bool direct;                 ///< one slice, written to where `result` says
    int tile_columns, tile_rows;
    strided<2> leading;          ///< of x and the indices
    strided<1> row;              ///< of x
    std::int64_t result_stride;
    strided<1> result_row;

    std::int64_t row_tiles, column_tiles;
  };
  static constexpr int most_threads = threads;
  static constexpr const char* name = "scatter_add";
  static grid shape(const arguments& a) { return {a.row_tiles * a.column_tiles * a.slices, threads, threads + tile_elements * static_cast<std::int64_t>(sizeof(T))}; }

  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    T* const sums = reinterpret_cast<T*>(block.shared + threads);
    auto* const found = reinterpret_cast<std::uint8_t*>(block.shared);
    std::uint32_t rest = static_cast<std::uint32_t>(block.index);  // a card divides 32 bits without a call
    const auto row_tiles = static_cast<std::uint32_t>(a.row_tiles), column_tiles = static_cast<std::uint32_t>(a.column_tiles);
    const std::int64_t row_tile = rest % row_tiles;
    rest /= row_tiles;
    const std::int64_t column_tile = rest % column_tiles, slice = rest / column_tiles;
    const std::int64_t first_row = row_tile * a.tile_rows, first_column = column_tile * a.tile_columns;
    const int tile_columns = a.tile_columns, groups = threads / tile_columns;  // threads of one column: rows are dealt out to them
    const std::int64_t end_row = first_row + a.tile_rows < a.rows ? first_row + a.tile_rows : a.rows;
    const std::int64_t begin = slice * a.slice_count, end = begin + a.slice_count < a.count ? begin + a.slice_count : a.count;
    block.each([&](int thread) {
      for (int i = thread; i < tile_elements; i += threads) sums[i] = T{};
    });
    for (std::int64_t chunk = begin; chunk < end; chunk += threads) {
      block.barrier();
      block.each([&](int thread) {
        found[thread] = elsewhere;
        if (chunk + thread >= end) return;
        std::int64_t at[2];
        a.leading.offsets(chunk + thread, at);
        const auto index = static_cast<std::int64_t>(a.indices[at[1]]);
        if (index >= first_row && index < end_row) found[thread] = static_cast<std::uint8_t>(index - first_row);
      });
      block.barrier();
      block.each([&](int thread) {
        const int own = thread % tile_columns, group = thread / tile_columns;
        const std::int64_t column = first_column + own;
        if (column >= a.columns || group >= groups) return;
        const std::int64_t in_row = a.row.offset(column);
        for (int word = 0; word < threads / 8; ++word) {
          if (reinterpret_cast<const std::uint64_t*>(found)[word] == ~std::uint64_t{0}) continue;
          for (int i = word * 8; i < word * 8 + 8; ++i) {
            const int row = found[i];
            if (row == elsewhere || row % groups != group) continue;
            std::int64_t at[2];
            a.leading.offsets(chunk + i, at);
            T& sum = sums[row * tile_columns + own];
            sum = math::add(sum, a.x[at[0] + in_row]);
          }
        }
      });
    }
    block.barrier();
    block.each([&](int thread) {
      const int own = thread % tile_columns;
      const std::int64_t column = first_column + own;
      if (column >= a.columns || thread / tile_columns >= groups) return;
      for (std::int64_t row = first_row + thread / tile_columns; row < end_row; row += groups) {
        const T sum = sums[(row - first_row) * tile_columns + own];
        if (a.direct) a.out[row * a.result_stride + a.result_row.offset(column)] = sum;
        else a.out[(slice * a.rows + row) * a.columns + column] = sum;
      }
    });
  }
};

/// Adds up what slices of a sum have left, in their order.
template <class T> struct add_slices_kernel {
  struct arguments {
    T* out;
    const T* parts;  ///< (slices, elements)
    std::int64_t slices;
    strided<1> walk;
  };
  static constexpr int most_threads = item_threads;
  static constexpr const char* name = "add_slices";
  static grid shape(const arguments& a) { return grid_of_items(a.walk.size); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.walk.size, [&](std::int64_t i) {
      T sum = a.parts[i];
      for (std::int64_t s = 1; s < a.slices; ++s) sum = math::add(sum, a.parts[s * a.walk.size + i]);
      a.out[a.walk.offset(i)] = sum;
    });
  }
};

template <> struct op_launches<scatter_add_op> {
  template <class T, class, class Index> static std::int64_t scratch_bytes(const attributes&, const std::int64_t* numbers) {
    const auto [x, indices, out] = read_tensors<3>(numbers);
    const auto n = slices_of(out, indices.size());
    return n == 1 ? 0 : n * out.size() * static_cast<std::int64_t>(sizeof(T));
  }
  template <class T, class, class Index, class Queue> static void issue(Queue& queue, const attributes&, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    using kernel = scatter_kernel<T, Index>;
    const auto [x, indices, out] = read_tensors<3>(numbers);
    if (out.size() == 0) return;
    T* const result = address<T>(tensors[2], out);
    const auto row = out.axes(1, out.rank);
    const auto slices = slices_of(out, indices.size());
    typename kernel::arguments a{};
    a.out = slices == 1 ? result : reinterpret_cast<T*>(scratch);
    a.x = address<const T>(tensors[0], x), a.indices = address<const Index>(tensors[1], indices);
    a.rows = out.extent(0), a.columns = row.size(), a.count = indices.size(), a.slices = slices, a.direct = slices == 1;
    a.tile_columns = tile_columns(a.columns);
    a.tile_rows = std::min(kernel::tile_elements / a.tile_columns, kernel::most_tile_rows);
    a.row_tiles = (a.rows + a.tile_rows - 1) / a.tile_rows, a.column_tiles = (a.columns + a.tile_columns - 1) / a.tile_columns;
    a.slice_count = (a.count + slices - 1) / slices;
    a.leading = walk_over<2>({x.axes(0, indices.rank), indices});
    a.row = walk_over<1>({x.axes(indices.rank, x.rank)});
    a.result_stride = out.stride(0), a.result_row = walk_over<1>({row});
    launch_on<kernel>(queue, a);
    if (slices > 1) launch_on<add_slices_kernel<T>>(queue, {result, a.out, slices, walk_over<1>({out})});
  }

 private:
  static int tile_columns(std::int64_t columns) {
    int n = 1;
    while (n < columns && n < 64) n *= 2;
    return n;
  }
  /// Many indices for few tiles: each block sums a slice of them. A function of the extents only.
  static std::int64_t slices_of(const tensor_numbers& out, std::int64_t count) {
    constexpr std::int64_t least_indices = 2048, enough_blocks = 512, most_partial = 1 << 22;
    const auto elements = std::max<std::int64_t>(out.size(), 1);
    const auto tiles = (elements + 2047) / 2048;
    return std::max<std::int64_t>(1, std::min({count / least_indices, enough_blocks / tiles, most_partial / elements}));
  }
};

}  // namespace tapeless::device
