#pragma once
#include <tapeless/core/math.hpp>
#include <tapeless/ops/convolution.hpp>
#include <tapeless/ops/pooling.hpp>
#include <tapeless/thrust/places.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

template <class T> TAPELESS_HOST_DEVICE T& at(const tensor_view<T>& t, std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) {
  return t.data[i * t.strides[0] + j * t.strides[1] + k * t.strides[2] + l * t.strides[3]];
}

/// The positions [first, last) of windows, along one axis, that have element i of the image at window element k: there is
/// one or none.
TAPELESS_HOST_DEVICE constexpr std::int64_t position_with(const window_axis& w, std::int64_t i, std::int64_t k, std::int64_t positions) {
  const std::int64_t from_first = i + w.before - k * w.dilation;
  if (from_first < 0 || from_first % w.stride != 0 || from_first / w.stride >= positions) return -1;
  return from_first / w.stride;
}

/// The operands of a convolution and its adjoints: images x, kernels w, result y.
template <class X, class W, class Y> struct convolution_tensors {
  tensor_view<X> x;
  tensor_view<W> w;
  tensor_view<Y> y;
  window_axis down, across;
  std::int64_t groups;
};

template <class T> struct convolution_item : convolution_tensors<const T, const T, T> {
  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(this->y, item);
    const std::int64_t channels = this->w.extents[1], first = p.axis[1] / (this->w.extents[0] / this->groups) * channels;
    const std::int64_t top = p.axis[2] * this->down.stride - this->down.before, left = p.axis[3] * this->across.stride - this->across.before;
    T sum{};
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t k = 0; k < this->w.extents[2]; ++k)
        for (std::int64_t l = 0; l < this->w.extents[3]; ++l) {
          const std::int64_t row = top + k * this->down.dilation, column = left + l * this->across.dilation;
          const bool inside = row >= 0 && row < this->x.extents[2] && column >= 0 && column < this->x.extents[3];
          sum += (inside ? at(this->x, p.axis[0], first + c, row, column) : T{}) * at(this->w, p.axis[1], c, k, l);
        }
    at(this->y, p) = sum;
  }
};
template <class T> struct convolution_by_images_item : convolution_tensors<T, const T, const T> {
  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(this->x, item);
    const std::int64_t channels = this->w.extents[1], per_group = this->w.extents[0] / this->groups;
    const std::int64_t group = p.axis[1] / channels, c = p.axis[1] - group * channels;
    T sum{};
    for (std::int64_t o = group * per_group; o < (group + 1) * per_group; ++o)
      for (std::int64_t k = 0; k < this->w.extents[2]; ++k)
        for (std::int64_t l = 0; l < this->w.extents[3]; ++l) {
          const std::int64_t i = position_with(this->down, p.axis[2], k, this->y.extents[2]), j = position_with(this->across, p.axis[3], l, this->y.extents[3]);
          if (i >= 0 && j >= 0) sum += at(this->w, o, c, k, l) * at(this->y, p.axis[0], o, i, j);
        }
    at(this->x, p) = sum;
  }
};
template <class T> struct convolution_by_kernels_item : convolution_tensors<const T, T, const T> {
  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(this->w, item);
    const std::int64_t channel = p.axis[0] / (this->w.extents[0] / this->groups) * this->w.extents[1] + p.axis[1];
    T sum{};
    for (std::int64_t n = 0; n < this->y.extents[0]; ++n) {
      T of_image{};  // short sums lose less
      for (std::int64_t i = 0; i < this->y.extents[2]; ++i)
        for (std::int64_t j = 0; j < this->y.extents[3]; ++j) {
          const std::int64_t row = i * this->down.stride - this->down.before + p.axis[2] * this->down.dilation;
          const std::int64_t column = j * this->across.stride - this->across.before + p.axis[3] * this->across.dilation;
          const bool inside = row >= 0 && row < this->x.extents[2] && column >= 0 && column < this->x.extents[3];
          of_image += (inside ? at(this->x, n, channel, row, column) : T{}) * at(this->y, n, p.axis[0], i, j);
        }
      sum += of_image;
    }
    at(this->w, p) = sum;
  }
};
template <> struct op_items<conv2d_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& y, const tensor_view<const T>& x, const tensor_view<const T>& w) {
    on.each(y.size(), y.size() * w.size(), convolution_item<T>{{x, w, y, window_axis::unpacked(a.a), window_axis::unpacked(a.b), a.c}});
  }
};
template <> struct op_items<conv2d_by_images_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& x, const tensor_view<const T>& y, const tensor_view<const T>& w) {
    on.each(x.size(), x.size() * w.size(), convolution_by_images_item<T>{{x, w, y, window_axis::unpacked(a.a), window_axis::unpacked(a.b), a.c}});
  }
};
template <> struct op_items<conv2d_by_kernels_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& w, const tensor_view<const T>& x, const tensor_view<const T>& y) {
    on.each(w.size(), w.size() * y.size(), convolution_by_kernels_item<T>{{x, w, y, window_axis::unpacked(a.a), window_axis::unpacked(a.b), a.c}});
  }
};

/// A pool's windows, of which only the part inside the image counts.
struct pool_windows {
  window_axis down, across;
  std::int64_t rows, columns;

  static pool_windows of(const attributes& a) {
    const auto w = pool::window_of(a);
    return {window_axis::unpacked(a.a), window_axis::unpacked(a.b), w.rows, w.columns};
  }
  struct part {
    std::int64_t top, bottom, left, right;
    TAPELESS_HOST_DEVICE std::int64_t size() const { return (bottom - top) * (right - left); }
  };
  template <class T> TAPELESS_HOST_DEVICE part at_position(const tensor_view<T>& x, std::int64_t i, std::int64_t j) const {
    const std::int64_t row = i * down.stride - down.before, column = j * across.stride - across.before;
    const std::int64_t bottom = row + rows, right = column + columns;
    return {row < 0 ? 0 : row, bottom > x.extents[2] ? x.extents[2] : bottom, column < 0 ? 0 : column, right > x.extents[3] ? x.extents[3] : right};
  }
  /// Calls visit(i, j) for each position whose window has the element (row, column), in their order.
  template <class T, class F> TAPELESS_HOST_DEVICE void each_with(const tensor_view<T>& y, std::int64_t row, std::int64_t column, F visit) const {
    const std::int64_t down_from = row + down.before - rows + 1, across_from = column + across.before - columns + 1;
    const std::int64_t i0 = down_from <= 0 ? 0 : (down_from + down.stride - 1) / down.stride, j0 = across_from <= 0 ? 0 : (across_from + across.stride - 1) / across.stride;
    for (std::int64_t i = i0; i < y.extents[2] && i * down.stride <= row + down.before; ++i)
      for (std::int64_t j = j0; j < y.extents[3] && j * across.stride <= column + across.before; ++j) visit(i, j);
  }
  /// The offset in an image of the first greatest element of a window.
  template <class T> TAPELESS_HOST_DEVICE place greatest(const tensor_view<const T>& x, std::int64_t n, std::int64_t c, std::int64_t i, std::int64_t j) const {
    const part w = at_position(x, i, j);
    place best{{n, c, w.top, w.left}};
    T most = thrust_detail::at(x, best);
    for (std::int64_t k = w.top; k < w.bottom; ++k)
      for (std::int64_t l = w.left; l < w.right; ++l)
        if (const T e = thrust_detail::at(x, n, c, k, l); max_pool_op::better(e, most)) most = e, best.axis[2] = k, best.axis[3] = l;
    return best;
  }
};

/// Each position takes the element of `from` that stands where its window of x is greatest.
template <class T> struct max_pool_item {
  pool_windows windows;
  tensor_view<T> y;
  tensor_view<const T> from, x;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(y, item);
    at(y, p) = at(from, windows.greatest(x, p.axis[0], p.axis[1], p.axis[2], p.axis[3]));
  }
};
template <class T> struct max_pool_spread_item {
  pool_windows windows;
  tensor_view<T> u;
  tensor_view<const T> y, x;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(u, item);
    T sum{};
    windows.each_with(y, p.axis[2], p.axis[3], [&](std::int64_t i, std::int64_t j) {
      const auto best = windows.greatest(x, p.axis[0], p.axis[1], i, j);
      if (best.axis[2] == p.axis[2] && best.axis[3] == p.axis[3]) sum += at(y, p.axis[0], p.axis[1], i, j);
    });
    at(u, p) = sum;
  }
};
template <class T> struct average_pool_item {
  pool_windows windows;
  tensor_view<T> y;
  tensor_view<const T> x;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(y, item);
    const auto part = windows.at_position(x, p.axis[2], p.axis[3]);
    T sum{};
    for (std::int64_t k = part.top; k < part.bottom; ++k)
      for (std::int64_t l = part.left; l < part.right; ++l) sum += at(x, p.axis[0], p.axis[1], k, l);
    at(y, p) = sum / static_cast<T>(part.size());
  }
};
template <class T> struct average_pool_spread_item {
  pool_windows windows;
  tensor_view<T> x;
  tensor_view<const T> y;

  TAPELESS_HOST_DEVICE void operator()(std::int64_t item) const {
    const auto p = place::of(x, item);
    T sum{};
    windows.each_with(y, p.axis[2], p.axis[3], [&](std::int64_t i, std::int64_t j) {
      sum += at(y, p.axis[0], p.axis[1], i, j) / static_cast<T>(windows.at_position(x, i, j).size());
    });
    at(x, p) = sum;
  }
};
template <> struct op_items<max_pool_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& y, const tensor_view<const T>& x) { on.each(y.size(), x.size(), max_pool_item<T>{pool_windows::of(a), y, x, x}); }
};
template <> struct op_items<max_pool_take_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& y, const tensor_view<const T>& u, const tensor_view<const T>& x) { on.each(y.size(), x.size(), max_pool_item<T>{pool_windows::of(a), y, u, x}); }
};
template <> struct op_items<max_pool_spread_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& u, const tensor_view<const T>& y, const tensor_view<const T>& x) { on.each(u.size(), x.size(), max_pool_spread_item<T>{pool_windows::of(a), u, y, x}); }
};
template <> struct op_items<average_pool_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& y, const tensor_view<const T>& x) { on.each(y.size(), x.size(), average_pool_item<T>{pool_windows::of(a), y, x}); }
};
template <> struct op_items<average_pool_spread_op> {
  template <class System, class T> static void run(const System& on, const attributes& a, const tensor_view<T>& x, const tensor_view<const T>& y) { on.each(x.size(), x.size(), average_pool_spread_item<T>{pool_windows::of(a), x, y}); }
};

}  // namespace tapeless::thrust_detail
