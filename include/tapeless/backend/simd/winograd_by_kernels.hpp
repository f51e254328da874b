#pragma once
#include <tapeless/backend/simd/gemm.hpp>
#include <tapeless/backend/simd/winograd.hpp>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// The gradient by kernels of what `winograd` computes: the transposes of its transforms, and between them 16 matrix
/// products, summed over the positions of several images at once.
template <class T> struct winograd_by_kernels {
  static constexpr std::int64_t W = vec<T>::size, products = 16, line = 64 / sizeof(T);

  winograd<T> form;
  std::int64_t images;  ///< at once

  winograd_by_kernels() = default;
  constexpr winograd_by_kernels(const winograd<T>& f, std::int64_t all) : form(f), images(0) {
    const auto bytes = static_cast<std::int64_t>(sizeof(T)) * products * (form.channels + form.kernels) * length_of_one();
    images = std::max<std::int64_t>(1, std::min<std::int64_t>(all, (1 << 21) / bytes));
  }

  constexpr std::int64_t registers() const { return (form.positions() + W - 1) / W; }
  constexpr std::int64_t length_of_one() const { return registers() * W; }
  constexpr std::int64_t length() const { return images * length_of_one() + line; }  // no power of two
  constexpr std::int64_t plane_size() const { return std::max(form.channels, form.kernels) * 4 * form.plane() + 2 * W; }
  constexpr std::int64_t image_step() const { return form.channels * length() + line; }
  constexpr std::int64_t result_step() const { return form.kernels * length() + line; }
  constexpr std::int64_t sum_step() const { return form.kernels * form.channels; }
  constexpr std::int64_t product_workspace() const { return gemm_workspace<T>(form.kernels, form.channels, images * length_of_one()); }

  /// Of the gradient by y, whose planes are as those of an image: each 2x2 to 4x4.
  void transform_results(const T* planes, T* to_first) const {
    const auto real = mask<sizeof(T)>::first(static_cast<int>(form.positions() - (registers() - 1) * W));  // of the last register
    for (std::int64_t o = 0; o < form.kernels; ++o, planes += 4 * form.plane())
      for (std::int64_t v = 0; v < registers(); ++v) {
        vec<T> rows[4][2];
#pragma GCC unroll 2
        for (int l = 0; l < 2; ++l) {
          auto a = vec<T>::load(planes + l * form.plane() + v * W), b = vec<T>::load(planes + (2 + l) * form.plane() + v * W);
          if (v + 1 == registers()) a = select(real, a, vec<T>(T(0))), b = select(real, b, vec<T>(T(0)));
          rows[0][l] = a, rows[1][l] = a + b, rows[2][l] = a - b, rows[3][l] = -b;
        }
        T* const to = to_first + o * length() + v * W;
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
          const auto a = rows[k][0], b = rows[k][1];
          a.store(to + 4 * k * result_step());
          (a + b).store(to + (4 * k + 1) * result_step());
          (a - b).store(to + (4 * k + 2) * result_step());
          (-b).store(to + (4 * k + 3) * result_step());
        }
      }
  }

  /// Sums [product][kernel][channel] to kernels of 3x3, added to what is there if `add`.
  void transform_back(const T* sums, T* w, std::int64_t kernel_stride, std::int64_t channel_stride, std::int64_t down_stride, std::int64_t across_stride, bool add) const {
    alignas(64) T out[9][static_cast<std::size_t>(W)];
    for (std::int64_t o = 0; o < form.kernels; ++o)
      for (std::int64_t c = 0; c < form.channels; c += W) {
        const int n = static_cast<int>(std::min(W, form.channels - c));
        vec<T> rows[3][4];
        const auto third = [](vec<T> a, vec<T> b, vec<T> d, vec<T> e, auto&& to) {
          const vec<T> half(T(0.5)), sum = (b + d) * half;
          to(0, a + sum), to(1, (b - d) * half), to(2, sum + e);
        };
        for (int l = 0; l < 4; ++l) {
          vec<T> m[4];
          for (int k = 0; k < 4; ++k) m[k] = vec<T>::load_partial(sums + (4 * k + l) * sum_step() + o * form.channels + c, n);
          third(m[0], m[1], m[2], m[3], [&](int k, vec<T> e) { rows[k][l] = e; });
        }
        for (int k = 0; k < 3; ++k) third(rows[k][0], rows[k][1], rows[k][2], rows[k][3], [&](int l, vec<T> e) { e.store(out[3 * k + l]); });
        for (int i = 0; i < n; ++i)
          for (int k = 0; k < 3; ++k)
            for (int l = 0; l < 3; ++l) {
              T& to = w[o * kernel_stride + (c + i) * channel_stride + k * down_stride + l * across_stride];
              to = add ? to + out[3 * k + l][i] : out[3 * k + l][i];
            }
      }
  }

  void multiply(const T* images_of, const T* results, std::int64_t count, T* sums, T* workspace) const {
    for (std::int64_t k = 0; k < products; ++k)
      gemm<T>(form.kernels, form.channels, count * length_of_one(), matrix_view<const T>{results + k * result_step(), length(), 1}, matrix_view<const T>{images_of + k * image_step(), 1, length()},
              matrix_view<T>{sums + k * sum_step(), form.channels, 1}, workspace);
  }
};

}  // namespace tapeless::wide::detail
