#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tapeless/backend/simd/math.hpp>
#include <tapeless/core/philox.hpp>
#include <type_traits>
#include <vector>

/// The functions of tapeless::wide and tapeless::math with what they are held to, and how far a result is from the exact one.
namespace checks {

using tapeless::wide::vec;
using exact = long double;

template <class T> struct unary {
  std::string name;
  vec<T> (*value)(vec<T>);
  T (*scalar)(T);
  exact (*reference)(exact);
  double (*quick_reference)(double);  // good enough for float
  double from, to;                    // where it is neither constant nor infinite
  double ulp;
};

template <class T> struct binary {
  std::string name;
  vec<T> (*value)(vec<T>, vec<T>);
  T (*scalar)(T, T);
  exact (*reference)(exact, exact);
  double ulp;
};

template <class F> F rsqrt_reference(F x) { return 1 / std::sqrt(x); }
template <class F> F reciprocal_reference(F x) { return 1 / x; }
template <class F> F sigmoid_reference(F x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
template <class F> F softplus_reference(F x) {
  return std::isnan(x) ? x : std::fmax(x, F{0}) + std::log1p(std::exp(-std::fabs(x)));
}
inline exact mod_reference(exact x, exact y) {
  const exact rest = std::fmod(x, y);
  return rest == 0 ? std::copysign(rest, y) : (rest < 0) != (y < 0) ? rest + y : rest;
}

/// The bounds that the headers promise, where the range is that of T.
template <class T> std::vector<unary<T>> functions() {
  using namespace tapeless;
  constexpr bool single = sizeof(T) == 4;
  const double lowest = single ? -104 : -746, highest = single ? 89.5 : 710.5;
  return {
      {"floor", wide::floor<T>, math::floor<T>, std::floor, std::floor, -9, 9, 0},
      {"ceil", wide::ceil<T>, math::ceil<T>, std::ceil, std::ceil, -9, 9, 0},
      {"trunc", wide::trunc<T>, math::trunc<T>, std::trunc, std::trunc, -9, 9, 0},
      {"round", wide::round<T>, math::round<T>, std::nearbyint, std::nearbyint, -9, 9, 0},
      {"sqrt", wide::sqrt<T>, math::sqrt<T>, std::sqrt, std::sqrt, 0, 9, 0.5},
      {"rsqrt", wide::rsqrt<T>, math::rsqrt<T>, rsqrt_reference, rsqrt_reference, 0, 9, 2},
      {"reciprocal", wide::reciprocal<T>, math::reciprocal<T>, reciprocal_reference, reciprocal_reference, -9, 9, 0.5},
      {"exp", wide::exp<T>, math::exp<T>, std::exp, std::exp, lowest, highest, 2},
      {"exp2", wide::exp2<T>, math::exp2<T>, std::exp2, std::exp2, lowest * 1.45, highest * 1.45, 2},
      {"expm1", wide::expm1<T>, math::expm1<T>, std::expm1, std::expm1, -40, highest, 3},
      {"log", wide::log<T>, math::log<T>, std::log, std::log, 0, 9, 2},
      {"log2", wide::log2<T>, math::log2<T>, std::log2, std::log2, 0, 9, 3},
      {"log1p", wide::log1p<T>, math::log1p<T>, std::log1p, std::log1p, -1, 9, 2},
      {"sin", wide::sin<T>, math::sin<T>, std::sin, std::sin, -100, 100, 2},
      {"cos", wide::cos<T>, math::cos<T>, std::cos, std::cos, -100, 100, 2},
      {"tan", wide::tan<T>, math::tan<T>, std::tan, std::tan, -100, 100, 4},
      {"asin", wide::asin<T>, math::asin<T>, std::asin, std::asin, -1, 1, 3},
      {"acos", wide::acos<T>, math::acos<T>, std::acos, std::acos, -1, 1, 3},
      {"atan", wide::atan<T>, math::atan<T>, std::atan, std::atan, -9, 9, 3},
      {"sinh", wide::sinh<T>, math::sinh<T>, std::sinh, std::sinh, -highest, highest, 4},
      {"cosh", wide::cosh<T>, math::cosh<T>, std::cosh, std::cosh, -highest, highest, 2},
      {"tanh", wide::tanh<T>, math::tanh<T>, std::tanh, std::tanh, -20, 20, 2},
      {"erf", wide::erf<T>, math::erf<T>, std::erf, std::erf, -6, 6, 2},
      {"erfc", wide::erfc<T>, math::erfc<T>, std::erfc, std::erfc, -6, single ? 10.2 : 27.3, 4},
      {"sigmoid", wide::sigmoid<T>, math::sigmoid<T>, sigmoid_reference, sigmoid_reference, lowest, 40, 2},
      {"softplus", wide::softplus<T>, math::softplus<T>, softplus_reference, softplus_reference, lowest, 40, 3},
  };
}

template <class T> std::vector<binary<T>> pair_functions() {
  using namespace tapeless;
  return {
      {"pow", wide::pow<T>, math::pow<T>, std::pow, 2},
      {"atan2", wide::atan2<T>, math::atan2<T>, std::atan2, 4},
      {"mod", wide::mod<T>, math::mod<T>, mod_reference, 1},
  };
}

inline constexpr double wrong = 1e9;  ///< a nan, sign, zero or infinity that should be something else

/// Distance from the exact result in units of the last place that T has there.
template <class T, class Exact> double error_in_ulp(T got, Exact want) {
  using limits = std::numeric_limits<T>;
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : wrong;
  const T rounded = static_cast<T>(want);
  if (std::signbit(got) != std::signbit(rounded)) return wrong;
  if (std::isinf(got) || std::isinf(rounded))
    return got == rounded ? 0 : std::fabs(got) == limits::max() || std::fabs(rounded) == limits::max() ? 1 : wrong;
  if (want == 0) return got == 0 ? 0 : wrong;
  const int exponent = std::max(std::ilogb(want) + 1, limits::min_exponent);
  return static_cast<double>(std::fabs(got - want) / std::ldexp(Exact{1}, exponent - limits::digits));
}

/// long double has no spare bits on some platforms; the reference may then be an ulp off itself.
template <class T>
inline constexpr double slack = std::numeric_limits<exact>::digits < std::numeric_limits<T>::digits + 8 ? 1 : 0;

template <class T> struct worst_case {
  double ulp = 0;
  T x{}, y{}, got{};

  void add(double error, T at_x, T at_y, T value) {
    if (error > ulp) *this = {error, at_x, at_y, value};
  }
  void add(const worst_case& other) { add(other.ulp, other.x, other.y, other.got); }
};

/// The edges of the format and of the functions, of both signs.
template <class T> std::vector<T> special_values() {
  using limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T x : {T{0},
              limits::denorm_min(),
              std::nextafter(limits::min(), T{0}),
              limits::min(),
              limits::epsilon(),
              T(1e-20),
              T(0.5),
              std::nextafter(T{1}, T{0}),
              T{1},
              std::nextafter(T{1}, T{2}),
              T(1.5),
              T(1.5707963267948966),
              T{2},
              T{3},
              T(3.141592653589793),
              T(20),
              T(87),
              T(88.376),
              T(88.72),
              T(89),
              T(100),
              T(103.9),
              T(104),
              T(709.7),
              T(710),
              T(745),
              T(746),
              T(1000),
              T(1e6),
              T(1e7),
              T(16777217),
              T(1e20),
              T(1e22),
              limits::max(),
              limits::infinity(),
              limits::quiet_NaN()}) {
    values.push_back(x);
    values.push_back(-x);
  }
  return values;
}

/// The greatest error of f over the arguments, whose number is a multiple of every register's.
template <class T> worst_case<T> worst(const unary<T>& f, const std::vector<T>& xs) {
  worst_case<T> result;
  constexpr auto size = static_cast<std::size_t>(vec<T>::size);
  for (std::size_t i = 0; i + size <= xs.size(); i += size) {
    T got[size];
    f.value(vec<T>::load(&xs[i])).store(got);
    for (std::size_t k = 0; k < size; ++k)
      result.add(error_in_ulp(got[k], f.reference(exact{xs[i + k]})), xs[i + k], T{}, got[k]);
  }
  return result;
}

}  // namespace checks
