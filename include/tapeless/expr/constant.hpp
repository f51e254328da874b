#pragma once
#include <tapeless/expr/expression.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Reads a decimal literal. Exact for up to 19 digits and exponents that a long double holds exactly.
template <char... C> consteval double parse_literal() {
  constexpr char s[]{C...};
  long double value = 0;
  int exponent = 0;
  bool fraction = false;
  std::size_t i = 0;
  for (; i < sizeof(s) && s[i] != 'e' && s[i] != 'E'; ++i) {
    if (s[i] == '\'') continue;
    if (s[i] == '.') { fraction = true; continue; }
    if (s[i] < '0' || s[i] > '9') not_allowed("constants are decimal numbers, such as 0.5_c or 1e-3_c");
    value = value * 10 + (s[i] - '0');
    if (fraction) --exponent;
  }
  if (i < sizeof(s)) {
    ++i;
    const bool negative = s[i] == '-';
    if (s[i] == '-' || s[i] == '+') ++i;
    int e = 0;
    for (; i < sizeof(s); ++i)
      if (s[i] != '\'') e = e * 10 + (s[i] - '0');
    exponent += negative ? -e : e;
  }
  long double scale = 1;
  for (int k = exponent < 0 ? -exponent : exponent; k > 0; --k) scale *= 10;
  return static_cast<double>(exponent < 0 ? value / scale : value * scale);
}

}  // namespace detail

inline namespace literals {
/// A constant in the type of an expression: `0.5_c * x`.
template <char... C> consteval auto operator""_c() {
  return constant<std::bit_cast<std::uint64_t>(detail::parse_literal<C...>())>{};
}
}  // namespace literals

/// A constant expression computed from a compile-time number: `tl::constant_of<1.0 / 3>` where the compiler takes
/// floating-point template arguments, else through its bits.
template <auto Value> inline constexpr constant<std::bit_cast<std::uint64_t>(static_cast<double>(Value))> constant_of{};

}  // namespace tapeless
