#pragma once
#include <tapeless/backend/simd/convolution_quick.hpp>
#include <tapeless/backend/windowed.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Direct convolution: no matrix of patches is made. Images are copied once into planes in which the padding is there and,
/// where the stride is not 1, rows and columns that are a stride apart are neighbours. In such a plane every tap of a kernel
/// is a constant offset, and a register holds neighbouring positions, also across the ends of rows: what is computed there
/// is thrown away. `Op` is conv2d or one of its adjoints.
template <class Op> struct convolution_kernel;

namespace detail {

/// Where each tap of the kernel stands in the phases of an image.
inline void find_taps(const convolution_extents& e, std::int64_t* offsets) {
  const auto plane = e.down.phase() * e.across.phase();
  for (std::int64_t k = 0; k < e.down.window; ++k)
    for (std::int64_t l = 0; l < e.across.window; ++l) {
      const auto i = k * e.down.moves.dilation, j = l * e.across.moves.dilation, s = e.down.moves.stride, t = e.across.moves.stride;
      *offsets++ = (i % s * t + j % t) * plane + i / s * e.across.phase() + j / t;
    }
}

/// Where each tap stands in a kernel.
template <class T> void find_weights(const convolution_extents& e, const tensor_view<T>& w, std::int64_t* offsets) {
  for (std::int64_t k = 0; k < e.down.window; ++k)
    for (std::int64_t l = 0; l < e.across.window; ++l) *offsets++ = k * w.strides[2] + l * w.strides[3];
}

}  // namespace detail

template <> struct convolution_kernel<conv2d_op> {
  template <class T> static void run(const attributes& a, void* workspace, tensor_view<T> y, tensor_view<const T> x, tensor_view<const T> w, gemm_share share = {}) noexcept {
    const convolution_extents e(a, x.extents, w.extents, y.extents);
    if (takes_winograd<T>(e, false)) {
      const auto &d = e.down, &r = e.across;
      return detail::run_winograd<T>(winograd_of<T>(e, false), share, workspace, e.images, e.groups, {d.extent, r.extent, d.moves.before, r.moves.before}, x, w.data, {e.kernels * w.strides[0], w.strides[0], w.strides[1], w.strides[2], w.strides[3]}, y);
    }
    workspace_parts parts(static_cast<std::byte*>(workspace));
    auto* const taps = parts.take<std::int64_t>(e.taps());
    auto* const places = parts.take<std::int64_t>(e.taps());
    T* const weights = parts.take<T>((e.kernels + 7) / 8 * 8 * e.channels * e.taps());
    T* const planes = parts.take<T>(e.channels * e.image_plane() + read_beyond<T>);
    const detail::phases_of phases(e);
    detail::find_taps(e, taps);
    detail::find_weights(e, w, places);
    std::fill_n(planes + e.channels * e.image_plane(), read_beyond<T>, T{});
    detail::correlation<T> job{planes, e.image_plane(), e.channels, taps, e.taps(), weights, e.kernels, e.across.phase(), e.down.positions, e.across.positions,
                               nullptr, y.strides[1], y.strides[2], y.strides[3]};
    for (std::int64_t g = 0; g < e.groups; ++g) {
      detail::pack_weights_for(job, w.data + g * e.kernels * w.strides[0], w.strides[0], w.strides[1], places, weights);
      for (std::int64_t n = 0; n < e.images; ++n) {
        for (std::int64_t c = 0; c < e.channels; ++c)
          phases.fill(x.data + n * x.strides[0] + (g * e.channels + c) * x.strides[1], x.strides[2], x.strides[3], planes + c * e.image_plane());
        job.y = y.data + n * y.strides[0] + g * e.kernels * y.strides[1];
        detail::correlate_rows(job, share);
      }
    }
  }
};

/// Images of a stride s are s * s images in turn, each the result of a convolution of stride 1 with some of the taps.
template <> struct convolution_kernel<conv2d_by_images_op> {
  template <class T> static void run(const attributes& a, void* workspace, tensor_view<T> x, tensor_view<const T> y, tensor_view<const T> w, gemm_share share = {}) noexcept {
    const convolution_extents e(a, x.extents, w.extents, y.extents);
    if (takes_winograd<T>(e, true)) {  // kernels are turned over, and zeros are needed where the images had none
      const auto &d = e.down, &r = e.across;
      return detail::run_winograd<T>(winograd_of<T>(e, true), share, workspace, e.images, e.groups, {d.positions, r.positions, 2 - d.moves.before, 2 - r.moves.before}, y,
                                     w.data + 2 * (w.strides[2] + w.strides[3]), {e.kernels * w.strides[0], w.strides[1], w.strides[0], -w.strides[2], -w.strides[3]}, x);
    }
    workspace_parts parts(static_cast<std::byte*>(workspace));
    auto* const taps = parts.take<std::int64_t>(e.taps());
    auto* const places = parts.take<std::int64_t>(e.taps());
    T* const weights = parts.take<T>((e.channels + 7) / 8 * 8 * e.kernels * e.taps());
    T* const planes = parts.take<T>(e.kernels * e.padded_plane() + read_beyond<T>);
    std::fill_n(planes + e.kernels * e.padded_plane(), read_beyond<T>, T{});
    const auto height = e.down.padded(), width = e.across.padded();
    std::int64_t filled = -1;
    for (std::int64_t g = 0; g < e.groups; ++g)
      for (std::int64_t p = 0; p < e.down.moves.stride; ++p)
        for (std::int64_t q = 0; q < e.across.moves.stride; ++q) {
          const span down(e.down, p), across(e.across, q);
          if (down.count <= 0 || across.count <= 0) continue;
          std::int64_t count = 0;
          for (std::int64_t k = 0; k < e.down.window; ++k)
            for (std::int64_t l = 0; l < e.across.window; ++l) {
              const auto i = k * e.down.moves.dilation, j = l * e.across.moves.dilation;
              if (i % e.down.moves.stride != p || j % e.across.moves.stride != q) continue;
              places[count] = k * w.strides[2] + l * w.strides[3];
              taps[count++] = (down.first + e.down.back() - i / e.down.moves.stride) * width + across.first + e.across.back() - j / e.across.moves.stride;
            }
          detail::correlation<T> job{planes, e.padded_plane(), e.kernels, taps, count, weights, e.channels, width, down.count, across.count,
                                     nullptr, x.strides[1], x.strides[2] * e.down.moves.stride, x.strides[3] * e.across.moves.stride};
          detail::pack_weights_for(job, w.data + g * e.kernels * w.strides[0], w.strides[1], w.strides[0], places, weights);
          for (std::int64_t n = 0; n < e.images; ++n) {
            if (filled != g * e.images + n) {
              fill(y, e, g, n, planes, height, width);
              filled = g * e.images + n;
            }
            const auto row = down.first * e.down.moves.stride + p - e.down.moves.before, column = across.first * e.across.moves.stride + q - e.across.moves.before;
            job.y = x.data + n * x.strides[0] + g * e.channels * x.strides[1] + row * x.strides[2] + column * x.strides[3];
            detail::correlate_rows(job, share);
          }
        }
  }

 private:
  /// Rows i with (i + before) % stride == phase, counted by (i + before) / stride.
  struct span {
    std::int64_t first, count;
    span(const convolution_extents::axis& a, std::int64_t phase) {
      const auto s = a.moves.stride, b = a.moves.before, last = a.extent - 1 + b - phase;
      first = std::max<std::int64_t>((b - phase + s - 1) / s, 0);
      count = last < 0 ? 0 : last / s - first + 1;
    }
  };
  template <class T> static void fill(const tensor_view<const T>& y, const convolution_extents& e, std::int64_t g, std::int64_t n, T* to, std::int64_t height, std::int64_t width) {
    for (std::int64_t o = 0; o < e.kernels; ++o) {
      const T* const plane = y.data + n * y.strides[0] + (g * e.kernels + o) * y.strides[1];
      for (std::int64_t i = -e.down.back(); i < height - e.down.back(); ++i, to += width) {
        if (i < 0 || i >= e.down.positions) std::fill_n(to, width, T{});
        else detail::copy_row(plane + i * y.strides[2], y.strides[3], e.across.positions, -e.across.back(), 1, to, width);
      }
    }
  }
};

template <> struct convolution_kernel<conv2d_by_kernels_op> {
  /// A share is some of each group's kernels; of Winograd's form, all or nothing.
  template <class T> static void run(const attributes& a, void* workspace, tensor_view<T> w, tensor_view<const T> x, tensor_view<const T> y, gemm_share share = {}) noexcept {
    const convolution_extents e(a, x.extents, w.extents, y.extents);
    if (takes_winograd<T>(e, false) && e.images > 0) {
      if (share.index == 0) detail::run_winograd_by_kernels<T>(e, workspace, w, x, y);
      return;
    }
    const auto first_kernel = share.begin(e.kernels), end_kernel = share.end(e.kernels);
    if (first_kernel == end_kernel) return;
    constexpr std::int64_t lanes = vec<T>::size;
    const auto batch = images_at_once<T>(e), x_size = e.channels * e.image_plane() + lanes, y_plane = (e.spread_plane() + lanes - 1) / lanes * lanes, y_size = e.kernels * y_plane;
    workspace_parts parts(static_cast<std::byte*>(workspace));
    auto* const places = parts.take<std::int64_t>(e.channels * e.taps());
    auto* const targets = parts.take<std::int64_t>(e.channels * e.taps());
    T* const of_x = parts.take<T>(batch * x_size);
    T* const of_y = parts.take<T>(batch * y_size);
    const detail::phases_of phases(e);
    detail::find_taps(e, places);
    detail::find_weights(e, w, targets);
    for (std::int64_t i = e.taps(); i < e.channels * e.taps(); ++i) {
      places[i] = places[i - e.taps()] + e.image_plane();
      targets[i] = targets[i - e.taps()] + w.strides[1];
    }
    if (e.images == 0 && share.index == 0) tapeless::detail::clear(w);
    for (std::int64_t g = 0; g < e.groups; ++g)
      for (std::int64_t first = 0; first < e.images; first += batch) {
        const auto count = std::min(batch, e.images - first);
        for (std::int64_t n = 0; n < count; ++n) {
          T* to = of_x + n * x_size;
          for (std::int64_t c = 0; c < e.channels; ++c, to += e.image_plane())
            phases.fill(x.data + (first + n) * x.strides[0] + (g * e.channels + c) * x.strides[1], x.strides[2], x.strides[3], to);
          std::fill_n(to, lanes, T{});
          to = of_y + n * y_size;
          for (std::int64_t o = first_kernel; o < end_kernel; ++o) {
            const T* const plane = y.data + (first + n) * y.strides[0] + (g * e.kernels + o) * y.strides[1];
            T* const end = to + y_plane;
            for (std::int64_t i = 0; i < e.down.positions; ++i, to += e.across.phase())
              detail::copy_row(plane + i * y.strides[2], y.strides[3], e.across.positions, 0, 1, to, std::min<std::int64_t>(e.across.phase(), end - to));
            if (to < end) std::fill(to, end, T{});
            to = end;
          }
        }
        const detail::correlation_of_planes<T> job{of_x, x_size, places, e.channels * e.taps(), of_y, y_size, y_plane, end_kernel - first_kernel, count,
                                                   w.data + (g * e.kernels + first_kernel) * w.strides[0], w.strides[0], targets, first > 0};
        detail::correlate(job);
      }
  }
};

}  // namespace tapeless::wide
