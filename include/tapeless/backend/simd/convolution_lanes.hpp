#pragma once
#include <tapeless/backend/simd/convolution_tile.hpp>
#include <tapeless/backend/simd/gemm_pack.hpp>
#include <tapeless/backend/simd/gemm_shape.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// The other form of `correlate`: lanes are output channels, a tile is some neighbouring positions. It wastes none where rows
/// are short, but needs whole registers of channels.
template <class T> struct correlation_in_lanes {
  using V = xsimd::batch<T>;
  static constexpr std::int64_t W = width_of<V>, most_positions = 12;

  /// Positions of a tile for rows of so many: an even number, the last of which may be beyond the row.
  static constexpr std::int64_t positions_of(std::int64_t width) {
    const auto groups = ceil_div(width, most_positions);
    return (ceil_div(width, groups) + 1) / 2 * 2;
  }
  static constexpr bool pays(std::int64_t rows, std::int64_t height, std::int64_t width, std::int64_t pitch) {
    if (rows % W != 0 || rows == 0 || height < 1 || width < 1) return false;
    const auto n = positions_of(width), here = height * ceil_div(width, n) * n, there = ceil_div((height - 1) * pitch + width, W) * W;
    return here * 10 < there * 9;
  }

  /// Weights by register of rows, input channel and tap.
  static void pack_weights(const T* w, std::int64_t rows, std::int64_t row_stride, std::int64_t channels, std::int64_t channel_stride, const std::int64_t* places, std::int64_t count, T* to) {
    for (std::int64_t row = 0; row < rows; row += W)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t t = 0; t < count; ++t, to += W)
          for (std::int64_t r = 0; r < W; ++r) to[r] = w[(row + r) * row_stride + c * channel_stride + places[t]];
  }

  static void run(const correlation<T>& job) {
    const auto n = positions_of(job.width);
    alignas(64) T sums[static_cast<std::size_t>(most_positions * W)];
    const T* w = job.weights;
    for (std::int64_t row = 0; row < job.rows; row += W, w += W * job.channels * job.tap_count)
      for (std::int64_t i = 0; i < job.height; ++i)
        for (std::int64_t j = 0; j < job.width; j += n) {
          tile_of(n, job, w, i * job.pitch + j, sums);
          const auto real = std::min(n, job.width - j);
          T* const to = job.y + row * job.y_row + i * job.y_down + j * job.y_across;
          if (job.y_across == 1) store_columns<V>(real, sums, W, to, job.y_row);
          else for (std::int64_t r = 0; r < W; ++r) for (std::int64_t q = 0; q < real; ++q) to[r * job.y_row + q * job.y_across] = sums[q * W + r];
        }
  }

 private:
  template <int Positions> [[gnu::noinline]] static void tile(const correlation<T>& job, const T* w, std::int64_t position, T* sums) {
    using lanes = lane_traits<V>;
    plain_array<V, Positions> sum;
#pragma GCC unroll 16
    for (auto& s : sum) s = V(T(0));
    const T* plane = job.planes + position;
    const std::int64_t* const end = job.taps + job.tap_count;
    for (std::int64_t c = 0; c < job.channels; ++c, plane += job.plane)
      for (const std::int64_t* tap = job.taps; tap != end; ++tap, w += W) {
        const T* const x = plane + *tap;
        const V of_w = lanes::load(w);
#pragma GCC unroll 16
        for (int q = 0; q < Positions; ++q) sum[q] = lanes::multiply_add(V(x[q]), of_w, sum[q]);
      }
#pragma GCC unroll 16
    for (int q = 0; q < Positions; ++q) lanes::store(sum[q], sums + q * W);
  }
  static void tile_of(std::int64_t positions, const correlation<T>& job, const T* w, std::int64_t position, T* sums) {
    switch (positions) {
      case 2: return tile<2>(job, w, position, sums);
      case 4: return tile<4>(job, w, position, sums);
      case 6: return tile<6>(job, w, position, sums);
      case 8: return tile<8>(job, w, position, sums);
      case 10: return tile<10>(job, w, position, sums);
      default: return tile<12>(job, w, position, sums);
    }
  }
};

/// Packs weights for the form in which `correlate_rows` will compute `job`, with their places by tap.
template <class T>
void pack_weights_for(const correlation<T>& job, const T* w, std::int64_t row_stride, std::int64_t channel_stride, const std::int64_t* places, T* to) {
  if (correlation_in_lanes<T>::pays(job.rows, job.height, job.width, job.pitch)) correlation_in_lanes<T>::pack_weights(w, job.rows, row_stride, job.channels, channel_stride, places, job.tap_count, to);
  else pack_weights(w, job.rows, row_stride, job.channels, channel_stride, places, job.tap_count, to);
}

/// A share of the rows of the result.
template <class T> void correlate_rows(correlation<T> job, gemm_share share) {
  const bool in_lanes = correlation_in_lanes<T>::pays(job.rows, job.height, job.width, job.pitch);
  const auto first = share.begin(job.height), end = share.end(job.height);
  if (first == end) return;
  job.planes += first * job.pitch;
  job.y += first * job.y_down;
  job.height = end - first;
  if (in_lanes) correlation_in_lanes<T>::run(job);
  else correlate(job);
}

}  // namespace tapeless::wide::detail
