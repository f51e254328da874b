#pragma once
#include <tapeless/backend/simd/convolution_tile.hpp>

#include <cstddef>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// A convolution of stride 1 with kernels of 3x3 by Winograd's F(2x2, 3x3): for each 2x2 of the result, 16 products for each
/// channel and kernel in place of 36, between 4x4 of the image and the kernel, both transformed by sums. See Lavin & Gray 2016.
/// Registers hold neighbouring 2x2s, in planes in which every second row and column of the image are neighbours.
template <class T> struct winograd {
  static constexpr std::int64_t W = vec<T>::size, products = 16;

  std::int64_t channels, kernels, height, width;  ///< of the result

  constexpr std::int64_t down() const { return (height + 1) / 2; }
  constexpr std::int64_t across() const { return (width + 1) / 2; }
  constexpr std::int64_t pitch() const { return across() + 1; }
  constexpr std::int64_t positions() const { return (down() - 1) * pitch() + across(); }
  constexpr std::int64_t plane() const { return (down() + 1) * pitch(); }
  constexpr std::int64_t rounded() const { return (kernels + 7) / 8 * 8; }
  static constexpr std::int64_t block = most_registers<T> * W;

  // From one product to the next, a cache line more than a round number: lines of 16 that are written together would
  // otherwise drive each other out of the cache.
  static constexpr std::int64_t line = 64 / sizeof(T);
  constexpr std::int64_t weights_step() const { return rounded() * channels + line; }
  constexpr std::int64_t tiles_step(std::int64_t registers) const { return channels * registers * W + line; }
  constexpr std::int64_t results_step(std::int64_t registers) const { return rounded() * registers * W + line; }

  constexpr std::int64_t weights_size() const { return products * weights_step(); }
  constexpr std::int64_t planes_size() const { return channels * 4 * plane() + W; }
  constexpr std::int64_t tiles_size() const { return products * tiles_step(most_registers<T>); }
  constexpr std::int64_t results_size() const { return products * results_step(most_registers<T>); }

  /// Whether it is quicker than the direct sums: the transforms need channels and kernels to be worth their while, and the
  /// edges of small images cost more.
  static constexpr bool pays(std::int64_t channels, std::int64_t kernels, std::int64_t height, std::int64_t width) {
    if (channels < 16 || kernels < 16) return false;
    const winograd w{channels, kernels, height, width};
    return 20 * ((w.positions() + W - 1) / W) < 9 * (((height - 1) * (width + 2) + width + W - 1) / W);
  }

  /// `w`: kernel o and channel c begin at o * kernel_stride + c * channel_stride; strides may be negative.
  void transform_weights(const T* w, std::int64_t kernel_stride, std::int64_t channel_stride, std::int64_t down_stride, std::int64_t across_stride, T* to) const {
    each_block<T>(kernels, [&](std::int64_t first, int n) {
      for (std::int64_t c = 0; c < channels; ++c) {
        T whole[products][8] = {};
        for (int r = 0; r < n && first + r < kernels; ++r) {
          const T* const g = w + (first + r) * kernel_stride + c * channel_stride;
          T half[4][3];
          for (int l = 0; l < 3; ++l) {
            const T a = g[l * across_stride], b = g[down_stride + l * across_stride] / 2, d = g[2 * down_stride + l * across_stride], sum = (a + d) / 2;
            half[0][l] = a, half[1][l] = sum + b, half[2][l] = sum - b, half[3][l] = d;
          }
          for (int k = 0; k < 4; ++k) {
            const T *const h = half[k], sum = (h[0] + h[2]) / 2, b = h[1] / 2;
            whole[4 * k][r] = h[0], whole[4 * k + 1][r] = sum + b, whole[4 * k + 2][r] = sum - b, whole[4 * k + 3][r] = h[2];
          }
        }
        for (int k = 0; k < products; ++k) {
          if (n == 8) std::copy_n(whole[k], 8, to + k * weights_step() + c * 8);
          else std::copy_n(whole[k], n, to + k * weights_step() + c * n);
        }
      }
      to += n * channels;
    });
  }

  /// Positions [position, position + registers * W) of all channels, each to a line of `length`; `next`: to the next product.
  void transform_image(const T* planes, std::int64_t position, std::int64_t registers, T* tiles, std::int64_t length, std::int64_t next) const {
    for (std::int64_t c = 0; c < channels; ++c, planes += 4 * plane())
      for (std::int64_t v = 0; v < registers; ++v) {
        vec<T> rows[4][4];
#pragma GCC unroll 4
        for (int l = 0; l < 4; ++l) {
          vec<T> d[4];
#pragma GCC unroll 4
          for (int k = 0; k < 4; ++k) d[k] = vec<T>::load(planes + (k % 2 * 2 + l % 2) * plane() + k / 2 * pitch() + l / 2 + position + v * W);
          rows[0][l] = d[0] - d[2], rows[1][l] = d[1] + d[2], rows[2][l] = d[2] - d[1], rows[3][l] = d[1] - d[3];
        }
        T* const to = tiles + c * length + v * W;
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
          const auto& d = rows[k];
          (d[0] - d[2]).store(to + (4 * k) * next);
          (d[1] + d[2]).store(to + (4 * k + 1) * next);
          (d[2] - d[1]).store(to + (4 * k + 2) * next);
          (d[1] - d[3]).store(to + (4 * k + 3) * next);
        }
      }
  }

  /// Channel o of the same positions from the products: [product][kernel][registers].
  void transform_back(const T* results, std::int64_t o, std::int64_t position, std::int64_t registers, T* y, std::int64_t y_down, std::int64_t y_across) const {
    alignas(64) T out[2][2][static_cast<std::size_t>(block)];
    for (std::int64_t v = 0; v < registers; ++v) {
      vec<T> sums[2][4];
#pragma GCC unroll 4
      for (int l = 0; l < 4; ++l) {
        vec<T> m[4];
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) m[k] = vec<T>::load(results + (4 * k + l) * results_step(registers) + (o * registers + v) * W);
        sums[0][l] = m[0] + m[1] + m[2], sums[1][l] = m[1] - m[2] - m[3];
      }
#pragma GCC unroll 2
      for (int p = 0; p < 2; ++p) {
        const auto& s = sums[p];
        (s[0] + s[1] + s[2]).store(out[p][0] + v * W);
        (s[1] - s[2] - s[3]).store(out[p][1] + v * W);
      }
    }
    auto row = position / pitch(), column = position % pitch();
    for (std::int64_t t = 0, end = std::min(registers * W, positions() - position); t < end; ++row, column = 0) {
      const auto pairs = std::clamp<std::int64_t>(across() - column, 0, end - t), whole = std::min(pairs, std::max<std::int64_t>(width / 2 - column, 0));
      for (int p = 0; p < 2 && 2 * row + p < height; ++p) {
        const T *const even = out[p][0] + t, *const odd = out[p][1] + t;
        T* const to = y + (2 * row + p) * y_down + 2 * column * y_across;
        if (y_across == 1) {
          for (std::int64_t j = 0; j < whole; ++j) to[2 * j] = even[j], to[2 * j + 1] = odd[j];
        } else {
          for (std::int64_t j = 0; j < whole; ++j) to[2 * j * y_across] = even[j], to[(2 * j + 1) * y_across] = odd[j];
        }
        if (whole < pairs) to[2 * whole * y_across] = even[whole];
      }
      t += pitch() - column;
    }
  }

  /// `planes`: of each channel, four planes of rows and columns that are even or odd.
  void run(gemm_share share, const T* weights, const T* planes, T* tiles, T* results, T* y, std::int64_t y_kernel, std::int64_t y_down, std::int64_t y_across) const {
    static constexpr std::int64_t one_tap[]{0};
    const auto blocks = (positions() + block - 1) / block;
    for (std::int64_t position = share.begin(blocks) * block; position < std::min(positions(), share.end(blocks) * block); position += block) {
      const auto registers = std::min<std::int64_t>((positions() - position + W - 1) / W, most_registers<T>);
      transform_image(planes, position, registers, tiles, registers * W, tiles_step(registers));
      for (std::int64_t k = 0; k < products; ++k) {
        const correlation<T> job{tiles + k * tiles_step(registers), registers * W, channels, one_tap, 1, nullptr, kernels, 0, 0, 0, nullptr, 0, 0, 0};
        const T* w = weights + k * weights_step();
        each_block<T>(kernels, [&](std::int64_t first, int n) {
          T* const to = results + k * results_step(registers) + first * registers * W;
          with_rows<T>(n, [&](auto rows) { with_registers<T>(registers, [&](auto r) { correlate_tile<T, rows(), r()>(job, w, 0, to); }); });
          w += n * channels;
        });
      }
      for (std::int64_t o = 0; o < kernels; ++o) transform_back(results, o, position, registers, y + o * y_kernel, y_down, y_across);
    }
  }
};

}  // namespace tapeless::wide::detail
