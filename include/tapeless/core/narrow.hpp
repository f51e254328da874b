#pragma once
#include <tapeless/core/config.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// A double as a float that rounds to fewer digits as the double itself would: cut off, with the last bit set where anything was
/// lost. No number lies so on the middle between two of them unless it was there.
TAPELESS_HOST_DEVICE constexpr float cut_to_float(double x) {
  const float near = static_cast<float>(x);
  const auto bits = std::bit_cast<std::uint32_t>(near);
  if (static_cast<double>(near) == x || x != x || (bits & 1) != 0) return near;
  const bool above = x < 0 ? static_cast<double>(near) < x : static_cast<double>(near) > x;
  return std::bit_cast<float>(above ? bits - 1 : bits + 1);
}
/// The same of an integer as a double.
TAPELESS_HOST_DEVICE constexpr double cut_to_double(std::int64_t x) {
  if (x < std::int64_t{1} << 53 && x > -(std::int64_t{1} << 53)) return static_cast<double>(x);
  return static_cast<double>((x & ~std::int64_t{2047}) | ((x & 2047) != 0 ? 1024 : 0));
}

/// To the nearest, halves to the even one; what is not a number as a card's instructions have it.
inline constexpr std::uint16_t narrow_nan = 0x7fff;
TAPELESS_HOST_DEVICE constexpr std::uint16_t bfloat16_bits(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  std::uint16_t rounded;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(rounded) : "f"(x));
  return rounded;
#else
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return x != x ? narrow_nan : static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
#endif
}
TAPELESS_HOST_DEVICE constexpr std::uint16_t float16_bits(float x) {
#if defined(__CUDA_ARCH__)
  std::uint16_t half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(x));
  return half;
#else
  const auto bits = std::bit_cast<std::uint32_t>(x), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size > 0x7f800000) return narrow_nan;
  if (size >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);  // 65520 and beyond
  const bool normal = size >= 0x38800000;                                      // 2^-14
  const std::uint32_t digits = normal ? size : (size & 0x7fffff) | 0x800000, exponent = size >> 23;
  if (!normal && exponent < 102) return static_cast<std::uint16_t>(sign);  // below half of the least
  const std::uint32_t shift = normal ? 13 : 126 - exponent;
  const std::uint32_t rounded = (digits + (std::uint32_t{1} << (shift - 1)) - 1 + (digits >> shift & 1)) >> shift;
  return static_cast<std::uint16_t>(sign | (normal ? rounded - (112 << 10) : rounded));
#endif
}
TAPELESS_HOST_DEVICE constexpr float float_of_float16(std::uint16_t b) {
#if defined(__CUDA_ARCH__)
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(b));
  return wide;
#else
  const std::uint32_t sign = static_cast<std::uint32_t>(b & 0x8000) << 16, size = b & 0x7fff;
  if (size >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | (size & 0x3ff) << 13);
  if (size >= 0x400) return std::bit_cast<float>(sign | ((size << 13) + (112u << 23)));
  const float least = 0x1p-24f;
  return sign != 0 ? -(static_cast<float>(size) * least) : static_cast<float>(size) * least;
#endif
}

}  // namespace detail

/// A float's sign and exponent with 8 digits of the 24: for tensors that are stored and moved in half the memory. It has no
/// arithmetic; `tl::cast<float>(x)` is exact.
///   rounding  to the nearest, halves to the even one, also from double and integers; beyond 3.39e38 infinite
struct bfloat16 {
  std::uint16_t bits;

  bfloat16() = default;
  TAPELESS_HOST_DEVICE explicit constexpr bfloat16(float x) : bits(detail::bfloat16_bits(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr bfloat16(double x) : bfloat16(detail::cut_to_float(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr bfloat16(std::int32_t x) : bfloat16(static_cast<double>(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr bfloat16(std::int64_t x) : bfloat16(detail::cut_to_double(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr bfloat16(bool x) : bfloat16(x ? 1.0f : 0.0f) {}
  TAPELESS_HOST_DEVICE static constexpr bfloat16 from_bits(std::uint16_t b) {
    bfloat16 x;
    x.bits = b;
    return x;
  }
  TAPELESS_HOST_DEVICE explicit constexpr operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
  TAPELESS_HOST_DEVICE friend constexpr bool operator==(bfloat16 x, bfloat16 y) { return static_cast<float>(x) == static_cast<float>(y); }
};

/// IEEE 754's binary16: 11 digits, up to 65504, down to 2^-24; otherwise as bfloat16.
struct float16 {
  std::uint16_t bits;

  float16() = default;
  TAPELESS_HOST_DEVICE explicit constexpr float16(float x) : bits(detail::float16_bits(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr float16(double x) : float16(detail::cut_to_float(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr float16(std::int32_t x) : float16(static_cast<double>(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr float16(std::int64_t x) : float16(detail::cut_to_double(x)) {}
  TAPELESS_HOST_DEVICE explicit constexpr float16(bool x) : float16(x ? 1.0f : 0.0f) {}
  TAPELESS_HOST_DEVICE static constexpr float16 from_bits(std::uint16_t b) {
    float16 x;
    x.bits = b;
    return x;
  }
  TAPELESS_HOST_DEVICE explicit constexpr operator float() const { return detail::float_of_float16(bits); }
  TAPELESS_HOST_DEVICE friend constexpr bool operator==(float16 x, float16 y) { return static_cast<float>(x) == static_cast<float>(y); }
};

/// Numbers that are stored and moved, and computed with as floats only.
template <class T> concept narrow = std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>;

namespace detail {
template <class T, int Digits, std::uint16_t Infinity, std::uint16_t Least> struct narrow_limits {
  static constexpr bool is_specialized = true, is_signed = true, is_integer = false, is_exact = false, has_infinity = true, has_quiet_NaN = true;
  static constexpr int digits = Digits, radix = 2;
  static constexpr T min() noexcept { return T::from_bits(Least); }
  static constexpr T max() noexcept { return T::from_bits(Infinity - 1); }
  static constexpr T lowest() noexcept { return T::from_bits((Infinity - 1) | 0x8000); }
  static constexpr T infinity() noexcept { return T::from_bits(Infinity); }
  static constexpr T quiet_NaN() noexcept { return T::from_bits(narrow_nan); }
};
}  // namespace detail

}  // namespace tapeless

template <> struct std::numeric_limits<tapeless::bfloat16> : tapeless::detail::narrow_limits<tapeless::bfloat16, 8, 0x7f80, 0x0080> {};
template <> struct std::numeric_limits<tapeless::float16> : tapeless::detail::narrow_limits<tapeless::float16, 11, 0x7c00, 0x0400> {};
