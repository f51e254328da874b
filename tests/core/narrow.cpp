// bfloat16 and float16: every value, and rounding at every boundary between two of them.
#include <tapeless/core/narrow.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace tl = tapeless;

namespace {

/// What the fields of a pattern mean, by the text of IEEE 754.
double meaning(int bits, int digits, int exponents) {
  const int fraction = bits & ((1 << digits) - 1), exponent = bits >> digits & ((1 << exponents) - 1), bias = (1 << (exponents - 1)) - 1;
  const double sign = bits >> 15 != 0 ? -1 : 1;
  if (exponent == (1 << exponents) - 1) return fraction != 0 ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - digits);
  return sign * std::ldexp(fraction + (1 << digits), exponent - bias - digits);
}

template <class T> struct format;
template <> struct format<tl::bfloat16> { static constexpr int digits = 7, exponents = 8; };
template <> struct format<tl::float16> { static constexpr int digits = 10, exponents = 5; };

/// What must be found out: digits cut off.
struct cut {
  std::uint16_t bits;
  explicit cut(float x) : bits(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16)) {}
  explicit cut(double x) : cut(static_cast<float>(x)) {}
};
template <> struct format<cut> : format<tl::bfloat16> {};

template <class T> int wrong_values() {
  int wrong = 0;
  for (int bits = 0; bits < 65536; ++bits) {
    const double expected = meaning(bits, format<T>::digits, format<T>::exponents);
    const float x = static_cast<float>(T::from_bits(static_cast<std::uint16_t>(bits)));
    if (expected != expected) wrong += x == x || !std::isnan(static_cast<float>(T(x)));
    else wrong += !(static_cast<double>(x) == expected && std::signbit(x) == std::signbit(expected) && T(x).bits == bits && T(expected).bits == bits);
  }
  return wrong;
}
/// Halfway to the next value, and one float or double before and behind that; up to what is rounded to infinity.
template <class T> int wrong_roundings() {
  int wrong = 0;
  const int infinite = ((1 << format<T>::exponents) - 1) << format<T>::digits;
  const double beyond = std::ldexp(1.0, 1 << (format<T>::exponents - 1));  // where the value behind the last one would be
  for (int bits = 0; bits < infinite; ++bits)
    for (const double sign : {1.0, -1.0}) {
      const auto value = [&](int b) { return b == infinite ? beyond : meaning(b, format<T>::digits, format<T>::exponents); };
      const double middle = (value(bits) + value(bits + 1)) / 2, away = std::numeric_limits<double>::infinity();
      const int sign_bit = sign < 0 ? 0x8000 : 0, even = (bits & 1) == 0 ? bits : bits + 1;
      const auto is = [&](auto x, int expected) { wrong += T(static_cast<decltype(x)>(sign * static_cast<double>(x))).bits != (expected | sign_bit); };
      const auto m = static_cast<float>(middle);  // exact
      is(m, even), is(std::nextafter(m, 0.0f), bits), is(std::nextafter(m, static_cast<float>(away)), bits + 1);
      is(middle, even), is(std::nextafter(middle, 0.0), bits), is(std::nextafter(middle, away), bits + 1);
    }
  return wrong;
}

}  // namespace

TEST_CASE("every value is what its fields say, and comes back") {
  CHECK(wrong_values<tl::bfloat16>() == 0);
  CHECK(wrong_values<tl::float16>() == 0);
}

TEST_CASE("rounding to the nearest, halves to the even one, also among the smallest and into infinity") {
  CHECK(wrong_roundings<tl::bfloat16>() == 0);
  CHECK(wrong_roundings<tl::float16>() == 0);
  CHECK(wrong_roundings<cut>() > 0);
}

TEST_CASE("limits, as facts that others publish") {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  static_assert(static_cast<float>(tl::float16(65519.0f)) == 65504.0f && static_cast<float>(tl::float16(65520.0f)) == inf);
  static_assert(static_cast<float>(tl::float16(0x1p-24f)) == 0x1p-24f && static_cast<float>(tl::float16(0x1p-25f)) == 0.0f && static_cast<float>(tl::float16(0x1.8p-25f)) == 0x1p-24f);
  static_assert(static_cast<float>(tl::float16(0.1f)) == 0.0999755859375f && static_cast<float>(tl::bfloat16(0.1f)) == 0.10009765625f);
  static_assert(static_cast<float>(tl::bfloat16(3.0e38)) < inf && static_cast<float>(tl::bfloat16(std::numeric_limits<float>::max())) == inf && static_cast<float>(tl::bfloat16(1e300)) == inf);
  static_assert(tl::bfloat16(-0.0f).bits == 0x8000 && tl::float16(-0.0).bits == 0x8000 && tl::bfloat16(1.0f).bits == 0x3f80 && tl::float16(1.0f).bits == 0x3c00);
  static_assert(tl::bfloat16(-0.0f) == tl::bfloat16(0.0f) && !(tl::float16(nan) == tl::float16(nan)));
  CHECK(std::isnan(static_cast<float>(tl::bfloat16(std::nan("")))));
  using of_f16 = std::numeric_limits<tl::float16>;
  using of_bf16 = std::numeric_limits<tl::bfloat16>;
  static_assert(static_cast<float>(of_f16::max()) == 65504 && static_cast<float>(of_f16::min()) == 0x1p-14f && static_cast<float>(of_bf16::lowest()) == -0x1.fep127f && static_cast<float>(of_bf16::infinity()) == inf);
  CHECK(std::isnan(static_cast<float>(of_bf16::quiet_NaN())));
}

TEST_CASE("integers round once") {
  constexpr auto tie = (std::int64_t{1} << 62) + (std::int64_t{1} << 54);
  static_assert(static_cast<float>(tl::bfloat16(tie)) == 0x1p62f && static_cast<float>(tl::bfloat16(tie + 1)) == 0x1.02p62f && static_cast<float>(tl::bfloat16(tie - 1)) == 0x1p62f);
  static_assert(static_cast<float>(tl::bfloat16(-tie - 1)) == -0x1.02p62f && static_cast<float>(tl::bfloat16(-tie + 1)) == -0x1p62f);
  static_assert(static_cast<float>(tl::bfloat16((1 << 30) + (1 << 22) + 1)) == 0x1.02p30f && static_cast<float>(tl::float16(2049)) == 2048.0f && static_cast<float>(tl::float16(2051)) == 2052.0f);
  static_assert(static_cast<float>(tl::bfloat16(std::numeric_limits<std::int64_t>::min())) == -0x1p63f && static_cast<float>(tl::float16(true)) == 1.0f);
}
