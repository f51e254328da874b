#pragma once
#include <tapeless/backend/simd/convolution_extents.hpp>
#include <tapeless/backend/simd/convolution_lanes.hpp>
#include <tapeless/backend/tensor_view.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// Copies rows and columns of an image into phases: element (i, j) to row (i + before) / stride of phase (i + before) % stride.
struct phases_of {
  struct axis {
    std::int64_t extent, before, stride, count;  ///< rows of the image; zeros before them; rows of each phase
  };
  axis down, across;

  explicit phases_of(const convolution_extents& e)
      : down{e.down.extent, e.down.moves.before, e.down.moves.stride, e.down.phase()}, across{e.across.extent, e.across.moves.before, e.across.moves.stride, e.across.phase()} {}
  phases_of(axis of_down, axis of_across) : down(of_down), across(of_across) {}

  template <class T> void fill(const T* x, std::int64_t row_stride, std::int64_t column_stride, T* to) const {
    for (std::int64_t p = 0; p < down.stride; ++p)
      for (std::int64_t q = 0; q < across.stride; ++q)
        for (std::int64_t i = 0; i < down.count; ++i, to += across.count) {
          const auto row = i * down.stride + p - down.before;
          if (row < 0 || row >= down.extent) std::fill_n(to, across.count, T{});
          else copy_row(x + row * row_stride, column_stride, across.extent, q - across.before, across.stride, to, across.count);
        }
  }
};

struct image_edges {
  std::int64_t height, width, above, left;
};
struct kernel_strides {
  std::int64_t group, kernel, channel, down, across;
};

/// All images and groups of a convolution by Winograd's form, or a share of each result.
template <class T>
void run_winograd(const winograd<T>& form, gemm_share share, void* workspace, std::int64_t images, std::int64_t groups, const image_edges& edges, const tensor_view<const T>& x, const T* w, const kernel_strides& s, const tensor_view<T>& y) {
  workspace_parts parts(static_cast<std::byte*>(workspace));
  T* const weights = parts.take<T>(form.weights_size());
  T* const planes = parts.take<T>(form.planes_size());
  T* const tiles = parts.take<T>(form.tiles_size());
  T* const results = parts.take<T>(form.results_size());
  const phases_of phases({edges.height, edges.above, 2, form.down() + 1}, {edges.width, edges.left, 2, form.pitch()});
  std::fill_n(planes + form.channels * 4 * form.plane(), winograd<T>::W, T{});
  for (std::int64_t g = 0; g < groups; ++g) {
    form.transform_weights(w + g * s.group, s.kernel, s.channel, s.down, s.across, weights);
    for (std::int64_t n = 0; n < images; ++n) {
      for (std::int64_t c = 0; c < form.channels; ++c)
        phases.fill(x.data + n * x.strides[0] + (g * form.channels + c) * x.strides[1], x.strides[2], x.strides[3], planes + c * 4 * form.plane());
      form.run(share, weights, planes, tiles, results, y.data + n * y.strides[0] + g * form.kernels * y.strides[1], y.strides[1], y.strides[2], y.strides[3]);
    }
  }
}

template <class T> void run_winograd_by_kernels(const convolution_extents& e, void* workspace, const tensor_view<T>& w, const tensor_view<const T>& x, const tensor_view<const T>& y) {
  const winograd_by_kernels<T> by(winograd_of<T>(e, false), e.images);
  const auto& form = by.form;
  workspace_parts parts(static_cast<std::byte*>(workspace));
  T* const planes = parts.take<T>(by.plane_size());
  T* const of_x = parts.take<T>(by.products * by.image_step());
  T* const of_y = parts.take<T>(by.products * by.result_step());
  T* const sums = parts.take<T>(by.products * by.sum_step());
  T* const scratch = parts.take<T>(by.product_workspace());
  const phases_of phases_of_x({e.down.extent, e.down.moves.before, 2, form.down() + 1}, {e.across.extent, e.across.moves.before, 2, form.pitch()});
  const phases_of phases_of_y({e.down.positions, 0, 2, form.down() + 1}, {e.across.positions, 0, 2, form.pitch()});
  const auto fill = [&](const phases_of& phases, const tensor_view<const T>& t, std::int64_t n, std::int64_t first, std::int64_t count) {
    for (std::int64_t c = 0; c < count; ++c) phases.fill(t.data + n * t.strides[0] + (first + c) * t.strides[1], t.strides[2], t.strides[3], planes + c * 4 * form.plane());
    std::fill_n(planes + count * 4 * form.plane(), 2 * by.W, T{});
  };
  for (std::int64_t g = 0; g < e.groups; ++g)
    for (std::int64_t first = 0; first < e.images; first += by.images) {
      const auto count = std::min(by.images, e.images - first);
      for (std::int64_t n = 0; n < count; ++n) {
        fill(phases_of_x, x, first + n, g * e.channels, e.channels);
        form.transform_image(planes, 0, by.registers(), of_x + n * by.length_of_one(), by.length(), by.image_step());
        fill(phases_of_y, y, first + n, g * e.kernels, e.kernels);
        by.transform_results(planes, of_y + n * by.length_of_one());
      }
      by.multiply(of_x, of_y, count, sums, scratch);
      by.transform_back(sums, w.data + g * e.kernels * w.strides[0], w.strides[0], w.strides[1], w.strides[2], w.strides[3], first > 0);
    }
}

}  // namespace tapeless::wide::detail
