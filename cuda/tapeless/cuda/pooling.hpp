#pragma once
#include <tapeless/cuda/convolution.hpp>
#include <tapeless/ops/pooling.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// How windows of a pooling lie along one axis of the images.
struct pooled_axis {
  int stride, before, window, extent, positions;
  divisor by_stride;

  struct range {
    int begin, end;
  };
  /// The part of a window that lies inside.
  TAPELESS_HOST_DEVICE range part_of(int position) const {
    const int first = position * stride - before, last = first + window;
    return {first > 0 ? first : 0, last < extent ? last : extent};
  }
  /// The windows that see a place.
  TAPELESS_HOST_DEVICE range windows_of(int place) const {
    const int last = static_cast<int>(by_stride.small_quotient(place + before)) + 1, from = place + before - window;
    return {from < 0 ? 0 : static_cast<int>(by_stride.small_quotient(from)) + 1, last < positions ? last : positions};
  }
};

/// Ops on the windows of images, a thread for each element of the result: also those which spread over places, since a place
/// knows the windows that see it. Sums run in the order of the windows.
///   x         what windows are of (max_pool, average_pool, and where max_pool_spread and _take look for the greatest)
///   given     max_pool_spread, average_pool_spread: an element for each window; max_pool_take: what is taken from
template <class Op, class T> struct pooling_kernel {
  struct arguments {
    images<T> out;
    images<const T> x, given;
    pooled_axis down, across;
    std::int64_t count;
    divisor channels, rows, columns;  ///< of the result
  };
  static constexpr int most_threads = item_threads, least_blocks = 2;  // with fewer registers than that leaves, it would keep some in memory
  static constexpr const char* name = Op::name;
  static constexpr bool spreads = std::is_base_of_v<unpool, Op> && !std::is_same_v<Op, max_pool_take_op>;
  static grid shape(const arguments& a) { return grid_of_items(a.count); }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    each_item(block, a.count, [&](std::int64_t item) {
      std::int64_t n = item;
      const int j = static_cast<int>(a.columns.divide(n)), i = static_cast<int>(a.rows.divide(n));
      const std::int64_t c = a.channels.divide(n);
      if constexpr (spreads) a.out(n, c, i, j) = sum_of_windows(a, n, c, i, j);
      else a.out(n, c, i, j) = of_window(a, n, c, i, j);
    });
  }

 private:
  struct spot {
    int row, column;
  };
  static TAPELESS_HOST_DEVICE spot greatest(const arguments& a, std::int64_t n, std::int64_t c, pooled_axis::range rows, pooled_axis::range columns) {
    spot place{rows.begin, columns.begin};
    T best = a.x(n, c, place.row, place.column);
    for (int k = rows.begin; k < rows.end; ++k)
      for (int l = columns.begin; l < columns.end; ++l)
        if (const T e = a.x(n, c, k, l); max_pool_op::better(e, best)) best = e, place = {k, l};
    return place;
  }
  static TAPELESS_HOST_DEVICE T of_window(const arguments& a, std::int64_t n, std::int64_t c, int i, int j) {
    const auto rows = a.down.part_of(i), columns = a.across.part_of(j);
    if constexpr (std::is_same_v<Op, average_pool_op>) {
      T sum{};
      for (int k = rows.begin; k < rows.end; ++k)
        for (int l = columns.begin; l < columns.end; ++l) sum += a.x(n, c, k, l);
      return sum / static_cast<T>((rows.end - rows.begin) * (columns.end - columns.begin));
    } else {
      const spot at = greatest(a, n, c, rows, columns);
      if constexpr (std::is_same_v<Op, max_pool_take_op>) return a.given(n, c, at.row, at.column);
      else return a.x(n, c, at.row, at.column);
    }
  }
  static TAPELESS_HOST_DEVICE T sum_of_windows(const arguments& a, std::int64_t n, std::int64_t c, int row, int column) {
    const auto down = a.down.windows_of(row), across = a.across.windows_of(column);
    T sum{};
    for (int i = down.begin; i < down.end; ++i)
      for (int j = across.begin; j < across.end; ++j) {
        const auto rows = a.down.part_of(i), columns = a.across.part_of(j);
        if constexpr (std::is_same_v<Op, average_pool_spread_op>) {
          sum += a.given(n, c, i, j) / static_cast<T>((rows.end - rows.begin) * (columns.end - columns.begin));
        } else {
          const spot at = greatest(a, n, c, rows, columns);
          if (at.row == row && at.column == column) sum += a.given(n, c, i, j);
        }
      }
    return sum;
  }
};

template <class Op> struct pooling_launches : without_scratch {
  template <class T, class... In, class Queue> static void issue(Queue& queue, const attributes& op, void* const* tensors, const std::int64_t* numbers, std::byte*) {
    constexpr std::size_t operands = sizeof...(In);
    using kernel = pooling_kernel<Op, T>;
    const auto t = read_tensors<operands + 1>(numbers);
    typename kernel::arguments a{};
    const auto& out = t[operands];
    a.out = images_of<T>(tensors[operands], out);
    a.given = images_of<const T>(tensors[0], t[0]);
    a.x = images_of<const T>(tensors[operands - 1], t[operands - 1]);
    // Images are the operand that windows are of; where the op spreads only, the result.
    const auto& of = kernel::spreads ? out : t[operands - 1];
    const auto& windows = kernel::spreads ? t[0] : out;
    const auto window = pool::window_of(op);
    const auto axis_of = [&](std::int64_t packed, std::int64_t extent, int axis) {
      const auto w = window_axis::unpacked(packed);
      const auto number = [](std::int64_t n) { return static_cast<int>(n); };  // images have fewer rows and columns than an int counts
      return pooled_axis{number(w.stride), number(w.before), number(extent), number(of.extent(axis)), number(windows.extent(axis)), divisor(w.stride, divisor::least_large)};
    };
    a.down = axis_of(op.a, window.rows, 2), a.across = axis_of(op.b, window.columns, 3);
    a.count = out.size();
    a.channels = divisor(out.extent(1), a.count), a.rows = divisor(out.extent(2), a.count), a.columns = divisor(out.extent(3), a.count);
    launch_on<kernel>(queue, a);
  }
};
template <> struct op_launches<max_pool_op> : pooling_launches<max_pool_op> {};
template <> struct op_launches<max_pool_spread_op> : pooling_launches<max_pool_spread_op> {};
template <> struct op_launches<max_pool_take_op> : pooling_launches<max_pool_take_op> {};
template <> struct op_launches<average_pool_op> : pooling_launches<average_pool_op> {};
template <> struct op_launches<average_pool_spread_op> : pooling_launches<average_pool_spread_op> {};

}  // namespace tapeless::device
