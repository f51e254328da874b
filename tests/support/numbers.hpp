#pragma once
#include <tapeless/core/dtype.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace checks {

/// The oracles compute in this; 64 bits of mantissa or more.
using wide = long double;

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Elements of the widest register there is.
template <class T> inline constexpr int lanes = static_cast<int>(64 / sizeof(T));

template <class T> bool is_nan(T x) {
  if constexpr (std::floating_point<T>) return std::isnan(x);
  else return false;
}
template <class T> bool same_bits(T x, T y) {
  if constexpr (std::floating_point<T>) return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
  else return x == y;
}

/// The distance from x to the exact value in units of the last place of T there; 0 if both are NaN or the same infinity.
template <class T> double ulps(T x, wide exact) {
  const T rounded = static_cast<T>(exact);
  if (same_bits(x, rounded)) return 0;
  if (std::isnan(x) || std::isnan(exact) || std::isinf(x) || std::isinf(rounded)) return x == rounded ? 0 : inf;
  int exponent = 0;
  std::frexp(exact, &exponent);
  const int least = std::numeric_limits<T>::min_exponent;
  const wide unit = std::ldexp(static_cast<wide>(1), std::max(exponent, least) - std::numeric_limits<T>::digits);
  return static_cast<double>(std::abs(static_cast<wide>(x) - exact) / unit);
}

/// How far x is from y, relative to y but for what is small beside `scale`.
inline double distance(wide x, wide y, wide scale = 0) {
  if (x == y || (std::isnan(x) && std::isnan(y))) return 0;
  if (!std::isfinite(x) || !std::isfinite(y)) return inf;
  return static_cast<double>(std::abs(x - y) / std::max(std::abs(y), scale));
}

/// Values at which arithmetic is apt to go wrong.
template <class T> std::vector<T> corners() {
  using limits = std::numeric_limits<T>;
  if constexpr (std::same_as<T, bool>) return {false, true};
  else if constexpr (std::floating_point<T>) {
    std::vector<T> positive{0, limits::denorm_min(), limits::min() - limits::denorm_min(), limits::min(), limits::epsilon(), T(0.5), 1 - limits::epsilon() / 2, 1,
                            1 + limits::epsilon(), T(1.5), 2, T(2.5), 3, T(1e5), 1 / limits::epsilon(), limits::max(), limits::infinity(), limits::quiet_NaN()};
    const auto n = positive.size();
    for (std::size_t i = 0; i < n; ++i) positive.push_back(-positive[i]);
    return positive;
  } else {
    return {limits::min(), limits::min() + 1, -46341, -46340, -7, -3, -2, -1, 0, 1, 2, 3, 7, 46340, 46341, limits::max() - 1, limits::max()};
  }
}

/// Evenly distributed points with the ends among them.
template <class T> std::vector<T> points(double from, double to, std::size_t n, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(from, to);
  std::vector<T> x(n);
  for (auto& v : x) v = static_cast<T>(uniform(random));
  if (n > 0) x.front() = static_cast<T>(from);
  if (n > 1) x.back() = static_cast<T>(to);
  return x;
}

}  // namespace checks
