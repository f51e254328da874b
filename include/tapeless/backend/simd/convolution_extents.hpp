#pragma once
#include <tapeless/backend/simd/winograd_by_kernels.hpp>
#include <tapeless/ops/convolution.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// The extents of a convolution: images x (n, groups * channels, height, width), kernels w (groups * kernels, channels,
/// down.window, across.window), results y (n, groups * kernels, down.positions, across.positions).
struct convolution_extents {
  /// Along one axis.
  struct axis {
    window_axis moves;
    std::int64_t extent, window, positions;

    /// Rows that one phase of an image has: those that are a multiple of the stride away from each other.
    constexpr std::int64_t phase() const { return positions + moves.dilation * (window - 1) / moves.stride; }
    /// Rows that y must be kept away from the edge, for kernels to look back.
    constexpr std::int64_t back() const { return moves.dilation * (window - 1) / moves.stride; }
    /// Rows of y with so many zeros before and behind, as the gradient by images reads it.
    constexpr std::int64_t padded() const { return (extent - 1 + moves.before) / moves.stride + 1 + back(); }
  };

  std::int64_t images, groups, channels, kernels;
  axis down, across;

  using four = std::array<std::int64_t, max_rank>;
  constexpr convolution_extents(const attributes& a, const four& x, const four& w, const four& y)
      : images(x[0]), groups(a.c), channels(w[1]), kernels(w[0] / a.c), down{window_axis::unpacked(a.a), x[2], w[2], y[2]}, across{window_axis::unpacked(a.b), x[3], w[3], y[3]} {}

  constexpr std::int64_t taps() const { return down.window * across.window; }
  constexpr std::int64_t phases() const { return down.moves.stride * across.moves.stride; }
  /// Elements of an image's channel, all phases.
  constexpr std::int64_t image_plane() const { return phases() * down.phase() * across.phase(); }
  /// Elements of a result's plane where its rows are as far apart as those of the image.
  constexpr std::int64_t spread_plane() const { return (down.positions - 1) * across.phase() + across.positions; }
  constexpr std::int64_t padded_plane() const { return down.padded() * across.padded(); }
};

/// The parts of the workspace, each aligned for any register.
class workspace_parts {
 public:
  constexpr explicit workspace_parts(std::byte* start) : start_(start) {}
  template <class U> U* take(std::int64_t count) { return reinterpret_cast<U*>(start_ + skip<U>(count)); }
  /// As take, for counting only.
  template <class U> constexpr std::int64_t skip(std::int64_t count) {
    const auto at = used_;
    used_ += (count * static_cast<std::int64_t>(sizeof(U)) + 63) / 64 * 64;
    return at;
  }
  constexpr std::int64_t used() const { return used_; }

 private:
  std::byte* start_;
  std::int64_t used_ = 0;
};

/// Whether conv2d, or its gradient by images, is computed in Winograd's form.
template <class T> constexpr bool takes_winograd(const convolution_extents& e, bool by_images) {
  const auto fits = [&](const convolution_extents::axis& a) { return a.window == 3 && a.moves.stride == 1 && a.moves.dilation == 1 && (!by_images || a.moves.before <= 2); };
  if (!fits(e.down) || !fits(e.across)) return false;
  return by_images ? detail::winograd<T>::pays(e.kernels, e.channels, e.down.extent, e.across.extent) : detail::winograd<T>::pays(e.channels, e.kernels, e.down.positions, e.across.positions);
}
template <class T> constexpr detail::winograd<T> winograd_of(const convolution_extents& e, bool by_images) {
  if (by_images) return {e.kernels, e.channels, e.down.extent, e.across.extent};
  return {e.channels, e.kernels, e.down.positions, e.across.positions};
}

/// Images whose gradient by kernels is summed up in registers before it is written.
template <class T> constexpr std::int64_t images_at_once(const convolution_extents& e) {
  const auto bytes = static_cast<std::int64_t>(sizeof(T)) * (e.channels * e.image_plane() + e.kernels * e.spread_plane());
  return std::max<std::int64_t>(1, std::min<std::int64_t>(e.images, (1 << 18) / std::max<std::int64_t>(bytes, 1)));
}

/// How many elements behind the last plane a tile may read, to throw away what it makes of them.
template <class T> inline constexpr std::int64_t read_beyond = 2 * 64 / sizeof(T);

/// At most what the kernels below need.
template <class T> constexpr std::int64_t convolution_workspace(const convolution_extents& e) {
  constexpr std::int64_t lanes = 64 / sizeof(T), rows = 8;
  const auto rounded = [](std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; };
  const auto images = images_at_once<T>(e);
  workspace_parts forward(nullptr), by_images(nullptr), by_kernels(nullptr);
  forward.skip<std::int64_t>(e.taps());
  forward.skip<std::int64_t>(e.taps());
  forward.skip<T>(rounded(e.kernels, rows) * e.channels * e.taps());
  forward.skip<T>(e.channels * e.image_plane() + read_beyond<T>);
  by_images.skip<std::int64_t>(e.taps());
  by_images.skip<std::int64_t>(e.taps());
  by_images.skip<T>(rounded(e.channels, rows) * e.kernels * e.taps());
  by_images.skip<T>(e.kernels * e.padded_plane() + read_beyond<T>);
  by_kernels.skip<std::int64_t>(e.channels * e.taps());
  by_kernels.skip<std::int64_t>(e.channels * e.taps());
  by_kernels.skip<T>(images * (e.channels * e.image_plane() + 2 * lanes));
  by_kernels.skip<T>(images * e.kernels * rounded(e.spread_plane(), lanes));
  workspace_parts quick[2]{workspace_parts(nullptr), workspace_parts(nullptr)};
  for (int i = 0; i < 2; ++i) {
    if (!takes_winograd<T>(e, i == 1)) continue;
    const auto w = winograd_of<T>(e, i == 1);
    for (const auto size : {w.weights_size(), w.planes_size(), w.tiles_size(), w.results_size()}) quick[i].template skip<T>(size);
  }
  workspace_parts quick_by_kernels(nullptr);
  if (takes_winograd<T>(e, false)) {
    const detail::winograd_by_kernels<T> form(winograd_of<T>(e, false), e.images);
    for (const auto size : {form.plane_size(), form.products * form.image_step(), form.products * form.result_step(), form.products * form.sum_step(), form.product_workspace()}) quick_by_kernels.skip<T>(size);
  }
  return std::max({forward.used(), by_images.used(), by_kernels.used(), quick[0].used(), quick[1].used(), quick_by_kernels.used()});
}

}  // namespace tapeless::wide
