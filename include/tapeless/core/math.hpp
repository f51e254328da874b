#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <tapeless/core/config.hpp>
#include <tapeless/core/narrow.hpp>
#include <type_traits>
#if defined(__CUDACC__)
#include <tapeless/core/device_math.hpp>
#endif

/// The arithmetic of one element. Every function stands a second time in tapeless::wide for vec<T> with the same name
/// and meaning, so that an element function is written once: `using math::exp; return exp(x);`.
/// The functions that need arithmetic only are constant expressions on every compiler; those that forward to <cmath>
/// where the compiler folds <cmath> (g++).
namespace tapeless::inline TAPELESS_ABI::math {

#if defined(__CUDA_ARCH__)
namespace elementary = on_device;
#else
namespace elementary = std;
#endif

template <class T> concept floating = std::floating_point<T>;
template <class T> concept integral = std::signed_integral<T>;
template <class T> concept number = floating<T> || integral<T>;

template <floating T> TAPELESS_HOST_DEVICE constexpr bool isnan(T x) { return x != x; }
template <floating T> TAPELESS_HOST_DEVICE constexpr bool isinf(T x) {
  return x == std::numeric_limits<T>::infinity() || x == -std::numeric_limits<T>::infinity();
}
template <floating T> TAPELESS_HOST_DEVICE constexpr bool isfinite(T x) {
  return x >= std::numeric_limits<T>::lowest() && x <= std::numeric_limits<T>::max();
}

/// A number of the type of x: in vector code a register of them.
template <class T> TAPELESS_HOST_DEVICE constexpr T full_like(T, int value) { return static_cast<T>(value); }

/// x where condition holds, else y; both have been computed.
template <class T> TAPELESS_HOST_DEVICE constexpr T select(bool condition, T x, T y) { return condition ? x : y; }

TAPELESS_HOST_DEVICE constexpr bool logical_and(bool x, bool y) { return x && y; }
TAPELESS_HOST_DEVICE constexpr bool logical_or(bool x, bool y) { return x || y; }
TAPELESS_HOST_DEVICE constexpr bool logical_xor(bool x, bool y) { return x != y; }
TAPELESS_HOST_DEVICE constexpr bool logical_not(bool x) { return !x; }

/// Conversion between element types: floating to integer truncates and gives the smallest integer for nan and for what
/// does not fit (as x86 does); to bool asks x != 0.
template <class To, class From> TAPELESS_HOST_DEVICE constexpr To cast(From x) {
  if constexpr (narrow<From>) {
    return cast<To>(static_cast<float>(x));
  } else if constexpr (std::same_as<To, bool>) {
    return x != From{};
  } else if constexpr (floating<From> && integral<To>) {
    constexpr From lowest = static_cast<From>(std::numeric_limits<To>::min());
    return x >= lowest && x < -lowest ? static_cast<To>(x) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(x);
  }
}

/// x + y, x - y, x * y; integers wrap around, where the built-in operators have no defined result.
template <number T> TAPELESS_HOST_DEVICE constexpr T add(T x, T y) {
  if constexpr (floating<T>)
    return x + y;
  else
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) + static_cast<std::make_unsigned_t<T>>(y));
}
template <number T> TAPELESS_HOST_DEVICE constexpr T subtract(T x, T y) {
  if constexpr (floating<T>)
    return x - y;
  else
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) - static_cast<std::make_unsigned_t<T>>(y));
}
template <number T> TAPELESS_HOST_DEVICE constexpr T multiply(T x, T y) {
  if constexpr (floating<T>)
    return x * y;
  else
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) * static_cast<std::make_unsigned_t<T>>(y));
}
/// -x; the smallest integer stays itself.
template <number T> TAPELESS_HOST_DEVICE constexpr T negate(T x) {
  if constexpr (floating<T>)
    return -x;
  else
    return subtract(T{0}, x);
}

/// x / y; integers truncate, wrap around and give 0 where y is 0.
template <number T> TAPELESS_HOST_DEVICE constexpr T divide(T x, T y) {
  if constexpr (floating<T>)
    return x / y;
  else if (y == -1)
    return negate(x);
  else
    return y == 0 ? T{0} : static_cast<T>(x / y);
}

/// Integers wrap around: abs of the smallest integer is itself.
template <number T> TAPELESS_HOST_DEVICE constexpr T abs(T x) {
  if constexpr (integral<T>)
    return x < 0 ? negate(x) : x;
  else if (std::is_constant_evaluated())
    return x < T{0} ? -x : x == T{0} ? T{0} : x;
  else
    return std::fabs(x);
}

/// -1, 0 or 1; signed zeros and nan stay what they are.
template <number T> TAPELESS_HOST_DEVICE constexpr T sign(T x) { return x > T{0} ? T{1} : x < T{0} ? T{-1} : x; }

/// The lesser operand; the second of equal ones (so min(+0, -0) is -0 and min(-0, +0) is +0); nan if either is nan.
template <number T> TAPELESS_HOST_DEVICE constexpr T min(T x, T y) { return x < y || x != x ? x : y; }

/// The greater operand; the second of equal ones; nan if either is nan.
template <number T> TAPELESS_HOST_DEVICE constexpr T max(T x, T y) { return x > y || x != x ? x : y; }

/// Toward zero; keeps the sign of zero.
template <number T> TAPELESS_HOST_DEVICE constexpr T trunc(T x) {
  if constexpr (integral<T>) {
    return x;
  } else if (std::is_constant_evaluated()) {
    constexpr T whole_from = T{1} / std::numeric_limits<T>::epsilon();  // every value beyond is an integer
    if (!(x < whole_from && x > -whole_from)) return x;
    const T whole = static_cast<T>(static_cast<std::int64_t>(x));
    return whole == T{0} ? x * T{0} : whole;
  } else {
    return std::trunc(x);
  }
}

template <number T> TAPELESS_HOST_DEVICE constexpr T floor(T x) {
  if constexpr (integral<T>) {
    return x;
  } else if (std::is_constant_evaluated()) {
    const T whole = trunc(x);
    return whole > x ? whole - T{1} : whole;
  } else {
    return std::floor(x);
  }
}

template <number T> TAPELESS_HOST_DEVICE constexpr T ceil(T x) {
  if constexpr (integral<T>) {
    return x;
  } else if (std::is_constant_evaluated()) {
    const T whole = trunc(x);
    return whole < x ? whole + T{1} : whole;
  } else {
    return std::ceil(x);
  }
}

/// To the nearest integer, halves to the even one; keeps the sign of zero.
template <number T> TAPELESS_HOST_DEVICE constexpr T round(T x) {
  if constexpr (integral<T>) {
    return x;
  } else if (std::is_constant_evaluated()) {
    const T below = floor(x);
    if (!(below < x)) return below;  // whole, infinite or nan
    const T fraction = x - below;
    const bool up = fraction > T{0.5} || (fraction == T{0.5} && floor(below / T{2}) * T{2} != below);
    return up ? ceil(x) : below;
  } else {
    return std::nearbyint(x);
  }
}

namespace detail {

/// Remainder of x / y truncated, by shift and subtract: every step is exact.
template <floating T> constexpr T remainder_in_constant(T x, T y) {
  T rest = abs(x);
  const T divisor = abs(y);
  if (!isfinite(x) || !(divisor > T{0})) return std::numeric_limits<T>::quiet_NaN();
  if (rest < divisor) return x;
  T step = divisor;
  while (step <= rest - step) step *= T{2};
  for (; step >= divisor; step /= T{2})
    if (rest >= step) rest -= step;
  return x < T{0} ? -rest : rest;
}

}  // namespace detail

/// Remainder of the floored quotient: it has the sign of y, as in Python and NumPy. Integers give 0 where y is 0,
/// floating numbers nan.
template <number T> TAPELESS_HOST_DEVICE constexpr T mod(T x, T y) {
  if constexpr (integral<T>) {
    if (y == 0 || y == -1) return T{0};
    const T remainder = static_cast<T>(x % y);
    return remainder != 0 && (remainder < 0) != (y < 0) ? static_cast<T>(remainder + y) : remainder;
  } else {
    T remainder{};
    if (std::is_constant_evaluated())
      remainder = detail::remainder_in_constant(x, y);
    else
      remainder = std::fmod(x, y);
    if (remainder == T{0}) return y < T{0} ? -T{0} : T{0};
    return (remainder < T{0}) != (y < T{0}) ? remainder + y : remainder;
  }
}

template <floating T> TAPELESS_HOST_DEVICE constexpr T sqrt(T x) { return std::sqrt(x); }

/// 1 / sqrt(x): inf at +0, -inf at -0.
template <floating T> TAPELESS_HOST_DEVICE constexpr T rsqrt(T x) { return T{1} / std::sqrt(x); }

template <floating T> TAPELESS_HOST_DEVICE constexpr T reciprocal(T x) { return T{1} / x; }

template <floating T> TAPELESS_HOST_DEVICE constexpr T exp(T x) { return std::exp(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T exp2(T x) { return std::exp2(x); }
/// e^x - 1 without cancellation at 0.
template <floating T> TAPELESS_HOST_DEVICE constexpr T expm1(T x) { return std::expm1(x); }

template <floating T> TAPELESS_HOST_DEVICE constexpr T log(T x) { return std::log(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T log2(T x) { return std::log2(x); }
/// log(1 + x) without cancellation at 0.
template <floating T> TAPELESS_HOST_DEVICE constexpr T log1p(T x) { return std::log1p(x); }

template <floating T> TAPELESS_HOST_DEVICE constexpr T sin(T x) { return elementary::sin(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T cos(T x) { return elementary::cos(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T tan(T x) { return elementary::tan(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T asin(T x) { return std::asin(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T acos(T x) { return std::acos(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T atan(T x) { return std::atan(x); }
/// Angle of the point (x, y) in (-pi, pi].
template <floating T> TAPELESS_HOST_DEVICE constexpr T atan2(T y, T x) { return elementary::atan2(y, x); }

template <floating T> TAPELESS_HOST_DEVICE constexpr T sinh(T x) { return elementary::sinh(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T cosh(T x) { return std::cosh(x); }
template <floating T> TAPELESS_HOST_DEVICE constexpr T tanh(T x) { return std::tanh(x); }

template <floating T> TAPELESS_HOST_DEVICE constexpr T erf(T x) { return std::erf(x); }
/// 1 - erf(x) without cancellation where erf is near 1.
template <floating T> TAPELESS_HOST_DEVICE constexpr T erfc(T x) { return elementary::erfc(x); }

/// x^y as C's pow has it: x^0 = 1^y = 1, also for nan; nan for x < 0 and y not an integer. Integers wrap around and
/// truncate; 0 to a negative power is 0, like division.
template <number T> TAPELESS_HOST_DEVICE constexpr T pow(T x, T y) {
  if constexpr (floating<T>) {
    return elementary::pow(x, y);
  } else {
    using bits = std::make_unsigned_t<T>;
    if (y < 0) return x == 1 || (x == -1 && y % 2 == 0) ? T{1} : x == -1 ? T{-1} : T{0};
    bits result{1}, power = static_cast<bits>(x);
    for (; y != 0; y /= 2, power *= power)
      if (y % 2 != 0) result *= power;
    return static_cast<T>(result);
  }
}

/// 1 / (1 + e^-x): 0 at -inf, 1 at inf, never overflows and keeps its precision down to the subnormals.
template <floating T> TAPELESS_HOST_DEVICE constexpr T sigmoid(T x) {
  const T tail = std::exp(-abs(x));
  return (x < T{0} ? tail : T{1}) / (T{1} + tail);
}

/// The derivative of sigmoid, e^x / (1 + e^x)^2, which keeps its precision where sigmoid is near 1; 0 at +-inf.
template <floating T> TAPELESS_HOST_DEVICE constexpr T sigmoid_slope(T x) {
  const T tail = std::exp(-abs(x)), sum = T{1} + tail;
  return tail / (sum * sum);
}
/// The derivative of tanh, 1 / cosh(x)^2, in the same way.
template <floating T> TAPELESS_HOST_DEVICE constexpr T tanh_slope(T x) { return T{4} * sigmoid_slope(T{2} * x); }

/// log(1 + e^x): 0 at -inf, inf at inf, x itself where e^-x no longer counts.
template <floating T> TAPELESS_HOST_DEVICE constexpr T softplus(T x) {
  return max(x, T{0}) + std::log1p(std::exp(-abs(x)));
}

}  // namespace tapeless::math
