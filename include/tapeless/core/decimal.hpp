#pragma once
#include <tapeless/core/text.hpp>

#include <bit>
#include <charconv>
#include <concepts>
#include <limits>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

#ifdef __NVCC__
#pragma nv_diag_suppress 20208  // long double is double on devices, where nothing is printed
#endif
namespace detail {

/// The value digits * 10^exponent, computed where powers of ten are exact for the exponents that people write.
template <std::floating_point T> constexpr T scaled(std::uint64_t digits, int exponent) {
  long double power = 1;
  for (int i = exponent < 0 ? -exponent : exponent; i > 0; --i) power *= 10;
  const long double value = static_cast<long double>(digits);
  return static_cast<T>(exponent < 0 ? value / power : value * power);
}

/// The fewest digits that read back as x > 0, found by trying; `exponent` is that of the last digit.
struct decimal_digits {
  std::uint64_t digits = 0;
  int count = 0;
  int exponent = 0;
};
template <std::floating_point T> constexpr decimal_digits shortest_digits(T x) {
  int magnitude = 0;  // 10^magnitude <= x < 10^(magnitude + 1)
  long double leading = static_cast<long double>(x);
  for (; leading >= 10; leading /= 10) ++magnitude;
  for (; leading < 1; leading *= 10) --magnitude;
  decimal_digits d;
  for (d.count = 1; d.count < 18; ++d.count) {
    long double shifted = static_cast<long double>(x);
    d.exponent = magnitude - d.count + 1;
    long double power = 1;
    for (int i = d.exponent < 0 ? -d.exponent : d.exponent; i > 0; --i) power *= 10;
    shifted = d.exponent < 0 ? shifted * power : shifted / power;
    d.digits = static_cast<std::uint64_t>(shifted + 0.5L);
    if (scaled<T>(d.digits, d.exponent) == x) break;
  }
  for (; d.digits % 10 == 0; d.digits /= 10, --d.count) ++d.exponent;
  return d;
}

}  // namespace detail
#ifdef __NVCC__
#pragma nv_diag_default 20208
#endif

/// Writes a number with the fewest digits that read back as the same one, whole numbers below 10^15 as such.
/// In a constant expression very large and very small numbers may get one digit too many.
template <std::floating_point T> constexpr text& print_decimal(text& out, T x) {
  if (x != x) return out << "nan";
  if (x > std::numeric_limits<T>::max() || x < std::numeric_limits<T>::lowest()) return out << (x > 0 ? "inf" : "-inf");
  if (x == 0) return out << (std::bit_cast<std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>(x) < 0 ? "-0" : "0");
  if (x < 0) return print_decimal(out << "-", -x);
  if (x < T(1e15) && static_cast<T>(static_cast<std::int64_t>(x)) == x) return out << static_cast<std::int64_t>(x);
  if (!std::is_constant_evaluated()) {
    char digits[32]{};
    const auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
    return out << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }
  const auto d = detail::shortest_digits(x);
  const int leading = d.exponent + d.count - 1;
  text plain;
  plain << static_cast<std::int64_t>(d.digits);
  // Scientific where that is shorter, as std::to_chars chooses.
  const int fixed_size = leading < 0 ? d.count - leading + 1 : d.exponent >= 0 ? leading + 1 : d.count + 1;
  const int scientific_size = d.count + (d.count > 1) + (leading <= -100 || leading >= 100 ? 5 : 4);
  if (scientific_size < fixed_size) {
    out << plain.view().substr(0, 1);
    if (d.count > 1) out << "." << plain.view().substr(1);
    const int e = leading < 0 ? -leading : leading;
    return out << (leading < 0 ? "e-" : "e+") << (e < 10 ? "0" : "") << std::int64_t{e};
  }
  if (leading < 0) {
    out << "0.";
    for (int i = -1; i > leading; --i) out << "0";
    return out << plain.view();
  }
  const auto whole = static_cast<std::size_t>(leading + 1);
  return out << plain.view().substr(0, whole) << "." << plain.view().substr(whole);
}

}  // namespace tapeless
