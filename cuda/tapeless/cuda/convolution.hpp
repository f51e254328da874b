#pragma once
#include <tapeless/core/error.hpp>
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/cuda/product_tile.hpp>
#include <tapeless/ops/convolution.hpp>

#include <string>

namespace tapeless::inline TAPELESS_ABI::device {

/// A tensor of four axes in a kernel's arguments.
template <class T> struct images {
  T* data;
  std::int64_t strides[4], extents[4];

  TAPELESS_HOST_DEVICE T& operator()(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) const {
    return data[i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3]];
  }
};
template <class T> images<T> images_of(void* storage, const tensor_numbers& t) {
  images<T> x{static_cast<T*>(storage) + t.offset, {}, {}};
  for (int i = 0; i < 4; ++i) x.strides[i] = t.stride(i), x.extents[i] = t.extent(i);
  return x;
}

/// Which of the three tensors of a convolution is computed from the other two.
enum class convolved : std::uint8_t { result, images, kernels };

/// A convolution as a sum of products over a depth; groups are its batch. Elements of what is never made, the matrix of all
/// windows, are taken from where they stand in the images.
///   result    (kernels) x (positions),                  depth: channels and places in a kernel
///   images    (channels) x (places in images),          depth: kernels and places in a kernel
///   kernels   (kernels) x (channels, places in them),   depth: positions
template <class T, convolved What> struct convolution_source {
  using value = T;
  static constexpr const char* name = What == convolved::result ? "conv2d" : What == convolved::images ? "conv2d_by_images" : "conv2d_by_kernels";
  static constexpr tile_order order_a = What == convolved::images ? tile_order::along_side : tile_order::along_depth;
  static constexpr tile_order order_b = What == convolved::kernels ? tile_order::along_depth : tile_order::along_side;
  static constexpr int width = static_cast<int>(16 / sizeof(T));
  static constexpr bool converts = false;
  struct place {
    std::int64_t kernel, channel;  ///< the first of the group
  };
  struct axis {
    std::int64_t stride, before, dilation;
    divisor by_stride;
  };

  images<T> x, w, y;
  std::int64_t rows, columns, depth, batches, kernels;  ///< of a group
  axis down, across;
  divisor kernel_rows, kernel_columns, image_rows, image_columns, result_rows, result_columns;

  TAPELESS_HOST_DEVICE place at(std::int64_t group) const { return {group * kernels, group * w.extents[1]}; }

  TAPELESS_HOST_DEVICE T a(const place& p, std::int64_t row, std::int64_t k) const {
    if constexpr (What == convolved::kernels) {
      const auto j = result_columns.small_divide(k), i = result_rows.small_divide(k);
      return y(k, p.kernel + row, i, j);
    } else {
      const auto l = kernel_columns.small_divide(k), m = kernel_rows.small_divide(k);
      if constexpr (What == convolved::result) return w(p.kernel + row, k, m, l);
      else return w(p.kernel + k, row, m, l);
    }
  }
  TAPELESS_HOST_DEVICE T b(const place& p, std::int64_t k, std::int64_t column) const {
    if constexpr (What == convolved::result) {
      const auto l = kernel_columns.small_divide(k), m = kernel_rows.small_divide(k);
      const auto j = result_columns.small_divide(column), i = result_rows.small_divide(column);
      return seen(column, p.channel + k, i, j, m, l);
    } else if constexpr (What == convolved::kernels) {
      const auto j = result_columns.small_divide(k), i = result_rows.small_divide(k);
      const auto l = kernel_columns.small_divide(column), m = kernel_rows.small_divide(column);
      return seen(k, p.channel + column, i, j, m, l);
    } else {
      const auto l = kernel_columns.small_divide(k), m = kernel_rows.small_divide(k);
      const auto j = image_columns.small_divide(column), i = image_rows.small_divide(column);
      const auto row = i + down.before - m * down.dilation, at = j + across.before - l * across.dilation;
      if (row < 0 || at < 0) return T{};
      const auto position = down.by_stride.small_quotient(row), across_position = across.by_stride.small_quotient(at);
      const bool hit = position * down.stride == row && across_position * across.stride == at && position < y.extents[2] && across_position < y.extents[3];
      return hit ? y(column, p.kernel + k, position, across_position) : T{};
    }
  }
  TAPELESS_HOST_DEVICE neighbours<T, width> group_a(const place&, std::int64_t, std::int64_t) const { return {}; }
  TAPELESS_HOST_DEVICE neighbours<T, width> group_b(const place&, std::int64_t, std::int64_t) const { return {}; }

  TAPELESS_HOST_DEVICE void put(const place& p, std::int64_t row, std::int64_t column, T sum) const {
    if constexpr (What == convolved::result) {
      const auto j = result_columns.small_divide(column), i = result_rows.small_divide(column);
      y(column, p.kernel + row, i, j) = sum;
    } else if constexpr (What == convolved::images) {
      const auto j = image_columns.small_divide(column), i = image_rows.small_divide(column);
      x(column, p.channel + row, i, j) = sum;
    } else {
      const auto l = kernel_columns.small_divide(column), m = kernel_rows.small_divide(column);
      w(p.kernel + row, column, m, l) = sum;
    }
  }

 private:
  /// The element of image n that place (m, l) of a kernel at position (i, j) sees; 0 in the padding.
  TAPELESS_HOST_DEVICE T seen(std::int64_t n, std::int64_t channel, std::int64_t i, std::int64_t j, std::int64_t m, std::int64_t l) const {
    const auto row = i * down.stride - down.before + m * down.dilation, column = j * across.stride - across.before + l * across.dilation;
    const bool inside = row >= 0 && row < x.extents[2] && column >= 0 && column < x.extents[3];
    return inside ? x(n, channel, row, column) : T{};
  }
};

template <convolved What> struct convolution_launches {
  /// Where x, w and y stand among the tensors.
  static constexpr std::size_t of_x = What == convolved::images ? 2 : 0;
  static constexpr std::size_t of_w = What == convolved::kernels ? 2 : 1;
  static constexpr std::size_t of_y = What == convolved::result ? 2 : What == convolved::images ? 0 : 1;

  template <class T> static auto source_of(const attributes& a, void* const* tensors, const std::int64_t* numbers) {
    const auto t = read_tensors<3>(numbers);
    convolution_source<T, What> s{};
    const auto images_at = [&](std::size_t i) { return images_of<T>(tensors == nullptr ? nullptr : tensors[i], t[i]); };
    s.x = images_at(of_x), s.w = images_at(of_w), s.y = images_at(of_y);
    const auto &x = t[of_x], &w = t[of_w], &y = t[of_y];
    s.batches = a.c;
    const std::int64_t places = w.extent(2) * w.extent(3), kernels = w.extent(0) / a.c, positions = y.extent(0) * y.extent(2) * y.extent(3);
    s.rows = What == convolved::images ? w.extent(1) : kernels;
    s.columns = What == convolved::result ? positions : What == convolved::images ? x.extent(0) * x.extent(2) * x.extent(3) : w.extent(1) * places;
    s.depth = What == convolved::result ? w.extent(1) * places : What == convolved::images ? kernels * places : positions;
    s.kernels = kernels;
    if (std::max(s.columns, s.depth) >= divisor::least_large) raise(error("convolution on a device: positions of all images together: expected less than 2^31, found " + std::to_string(std::max(s.columns, s.depth))));
    const auto axis_of = [](std::int64_t packed) {
      const auto axis = window_axis::unpacked(packed);
      return typename convolution_source<T, What>::axis{axis.stride, axis.before, axis.dilation, divisor(axis.stride, divisor::least_large)};
    };
    s.down = axis_of(a.a), s.across = axis_of(a.b);
    s.kernel_rows = divisor(w.extent(2), divisor::least_large), s.kernel_columns = divisor(w.extent(3), divisor::least_large);
    s.image_rows = divisor(x.extent(2), divisor::least_large), s.image_columns = divisor(x.extent(3), divisor::least_large);
    s.result_rows = divisor(y.extent(2), divisor::least_large), s.result_columns = divisor(y.extent(3), divisor::least_large);
    return s;
  }
  template <class T, class, class> static std::int64_t scratch_bytes(const attributes& a, const std::int64_t* numbers) { return tile_scratch_bytes(source_of<T>(a, nullptr, numbers)); }
  template <class T, class, class, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    launch_tiles(queue, source_of<T>(a, tensors, numbers), scratch);
  }
};
template <> struct op_launches<conv2d_op> : convolution_launches<convolved::result> {};
template <> struct op_launches<conv2d_by_images_op> : convolution_launches<convolved::images> {};
template <> struct op_launches<conv2d_by_kernels_op> : convolution_launches<convolved::kernels> {};

}  // namespace tapeless::device
