#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tapeless/core/config.hpp>

/// Functions for CUDA threads where those of the toolkit keep an array in memory (sine, cosine and tangent of many turns) or may
/// be off by more than 2 ulp (float tan, pow, erfc, sinh and atan2). They run on the host as well.
namespace tapeless::inline TAPELESS_ABI::math::on_device {

namespace detail {

/// A zero, and the digits of 2 / pi.
struct digit_words {
  std::uint64_t word[21];
};
inline constexpr digit_words two_over_pi{{0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
                                          0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
                                          0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
                                          0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
                                          0xf0cfbc209af4361d}};
#if defined(__CUDACC__)
[[maybe_unused]] static __device__ const digit_words two_over_pi_on_device = two_over_pi;
#endif

/// The high word of x * y.
TAPELESS_HOST_DEVICE inline std::uint64_t high_product(std::uint64_t x, std::uint64_t y) {
  const std::uint64_t x0 = x & 0xffffffff, x1 = x >> 32, y0 = y & 0xffffffff, y1 = y >> 32;
  const std::uint64_t middle = x1 * y0 + (x0 * y0 >> 32), other = x0 * y1 + (middle & 0xffffffff);
  return x1 * y1 + (middle >> 32) + (other >> 32);
}

/// A number >= 0 is k pi/2 + high + low, with |high| <= pi/4; k counts up to multiples of 4.
struct quarter_turns {
  static constexpr double pi_half = 0x1.921fb54442d18p+0, pi_half_low = 0x1.1a62633145c07p-54, pi_half_last = -0x1.f1976b7ed8fbcp-110;
  int k = 0;
  double high = 0, low = 0;

  TAPELESS_HOST_DEVICE explicit quarter_turns(double size) {
    if (size < 0x1p28) count(size);
    else if (size <= std::numeric_limits<double>::max()) count_many(size);
    else high = size - size;
  }

  TAPELESS_HOST_DEVICE double sin() const {
    const double z = high * high;
    double cubic = std::fma(z, 1.5917861853805836e-10, -2.505112814998458e-8);
    cubic = std::fma(z, cubic, 2.7557316084929949e-6), cubic = std::fma(z, cubic, -0.00019841269836724881);
    cubic = std::fma(z, cubic, 0.0083333333333309265), cubic = std::fma(z, cubic, -0.16666666666666665);
    return high + std::fma(high * z, cubic, std::fma(-0.5 * z, low, low));
  }
  TAPELESS_HOST_DEVICE double cos() const {
    const double z = high * high, half = 0.5 * z, most = 1 - half;
    double quartic = std::fma(z, -1.1382464188417539e-11, 2.0876143942503406e-9);
    quartic = std::fma(z, quartic, -2.7557317260627941e-7), quartic = std::fma(z, quartic, 2.4801587298744439e-5);
    quartic = std::fma(z, quartic, -0.0013888888888887383), quartic = std::fma(z, quartic, 0.041666666666666665);
    return most + (((1 - most) - half) + std::fma(z * z, quartic, -high * low));
  }

 private:
  TAPELESS_HOST_DEVICE void count(double size) {
    const double n = std::nearbyint(size * 0x1.45f306dc9c883p-1);
    k = static_cast<int>(n);
    const double rest = std::fma(-n, pi_half, size);  // exact
    const double second = n * pi_half_low, lost = std::fma(n, pi_half_low, -second);
    high = rest - second;
    const double back = high - rest;
    low = ((rest - (high - back)) - (second + back)) - lost - n * pi_half_last;
  }
  /// By as many bits of 2 / pi as meet the number's digits.
  TAPELESS_HOST_DEVICE void count_many(double size) {
    const auto bits = std::bit_cast<std::uint64_t>(size);
    const std::uint64_t digits = (bits & 0xfffffffffffff) | 0x10000000000000;
    const int skipped = static_cast<int>(bits >> 52) - 1023 - 54 + 64, first = skipped / 64, shift = skipped % 64;
#if defined(__CUDA_ARCH__)
    const std::uint64_t* const words = two_over_pi_on_device.word + first;
#else
    const std::uint64_t* const words = two_over_pi.word + first;
#endif
    const auto window = [&](int i) { return words[i] << shift | (words[i + 1] >> 1) >> (63 - shift); };
    const std::uint64_t w0 = window(0), w1 = window(1), w2 = window(2);
    const std::uint64_t lowest = digits * w1, middle = lowest + high_product(digits, w2);
    std::uint64_t top = digits * w0 + high_product(digits, w1) + (middle < lowest), below = middle;
    const std::uint64_t quarters = (top + (std::uint64_t{1} << 61)) >> 62;
    k = static_cast<int>(quarters & 3);
    top -= quarters << 62;
    const bool negative = top >> 63 != 0;
    if (negative) top = ~top + (below == 0), below = ~below + 1;
    int raised = std::countl_zero(top);
    if (top == 0) top = below, below = 0, raised += std::countl_zero(top);
    const int by = raised % 64;
    const std::uint64_t a = top << (raised < 64 ? by : std::countl_zero(top)) | (raised < 64 ? (below >> 1) >> (63 - by) : 0), b = raised < 64 ? below << by : 0;
    const double unit = std::bit_cast<double>(static_cast<std::uint64_t>(1023 - raised) << 52);
    const double most = static_cast<double>(a >> 11) * 0x1p-51 * unit, rest = static_cast<double>(a << 53 | b >> 11) * 0x1p-115 * unit;
    const double product = most * pi_half, lost = std::fma(most, pi_half, -product) + std::fma(most, pi_half_low, rest * pi_half);
    high = product + lost;
    low = lost - (high - product);
    if (negative) high = -high, low = -low;
  }
};

/// The same for float, whose digits are those of `high` rounded.
TAPELESS_HOST_DEVICE inline float sin_of_part(float x) {
  const float z = x * x;
  return std::fma(x * z, std::fma(z, std::fma(z, -0.00019517909f, 0.008332187f), -0.16666655f), x);
}
TAPELESS_HOST_DEVICE inline float cos_of_part(float x) {
  const float z = x * x;
  return std::fma(z, std::fma(z, std::fma(z, std::fma(z, 2.4432336e-5f, -0.001388731f), 0.041666646f), -0.5f), 1.0f);
}

}  // namespace detail

TAPELESS_HOST_DEVICE inline double sin(double x) {
  const detail::quarter_turns part(std::fabs(x));
  const double size = (part.k & 1) != 0 ? part.cos() : part.sin();
  return ((part.k & 2) != 0) != (std::signbit(x)) ? -size : size;
}
TAPELESS_HOST_DEVICE inline double cos(double x) {
  const detail::quarter_turns part(std::fabs(x));
  const double size = (part.k & 1) != 0 ? part.sin() : part.cos();
  return ((part.k + 1) & 2) != 0 ? -size : size;
}
TAPELESS_HOST_DEVICE inline double tan(double x) {
  const detail::quarter_turns part(std::fabs(x));
  const double height = part.sin(), width = part.cos();
  const double size = (part.k & 1) != 0 ? -width / height : height / width;
  return std::signbit(x) ? -size : size;
}
TAPELESS_HOST_DEVICE inline float sin(float x) {
  const detail::quarter_turns part(std::fabs(static_cast<double>(x)));
  const float rest = static_cast<float>(part.high), size = (part.k & 1) != 0 ? detail::cos_of_part(rest) : detail::sin_of_part(rest);
  return ((part.k & 2) != 0) != std::signbit(x) ? -size : size;
}
TAPELESS_HOST_DEVICE inline float cos(float x) {
  const detail::quarter_turns part(std::fabs(static_cast<double>(x)));
  const float rest = static_cast<float>(part.high), size = (part.k & 1) != 0 ? detail::sin_of_part(rest) : detail::cos_of_part(rest);
  return ((part.k + 1) & 2) != 0 ? -size : size;
}
// By way of double, which they do not feel the errors of.
TAPELESS_HOST_DEVICE inline float tan(float x) { return static_cast<float>(tan(static_cast<double>(x))); }
TAPELESS_HOST_DEVICE inline float pow(float x, float y) { return static_cast<float>(std::pow(static_cast<double>(x), static_cast<double>(y))); }
TAPELESS_HOST_DEVICE inline float erfc(float x) { return static_cast<float>(std::erfc(static_cast<double>(x))); }
TAPELESS_HOST_DEVICE inline float sinh(float x) { return static_cast<float>(std::sinh(static_cast<double>(x))); }
TAPELESS_HOST_DEVICE inline float atan2(float y, float x) { return static_cast<float>(std::atan2(static_cast<double>(y), static_cast<double>(x))); }
TAPELESS_HOST_DEVICE inline double pow(double x, double y) { return std::pow(x, y); }
TAPELESS_HOST_DEVICE inline double erfc(double x) { return std::erfc(x); }
TAPELESS_HOST_DEVICE inline double sinh(double x) { return std::sinh(x); }
TAPELESS_HOST_DEVICE inline double atan2(double y, double x) { return std::atan2(y, x); }

}  // namespace tapeless::math::on_device
