#pragma once

#include <tapeless/backend/simd/exponential.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// To 4 ulp; keeps the sign of zero.
template <class T> inline vec<T> sinh(vec<T> x) noexcept {
  const vec<T> size = abs(x), largest(std::numeric_limits<T>::max());
  const vec<T> quarter = detail::quarter_expm1(size);
  const vec<T> half = quarter + quarter;
  // (e - 1) / 2 + (e - 1) / (2 e), with e = 2 half + 1 kept finite so that inf / inf does not come up
  const vec<T> divisor = clamp_quietly(half + half + vec<T>(T{1}), T{1}, std::numeric_limits<T>::max());
  const vec<T> result = flip_by_sign(half + half / divisor, x);
  return select(size < vec<T>(std::numeric_limits<T>::epsilon()), x, result);
}

/// To 2 ulp.
template <class T> inline vec<T> cosh(vec<T> x) noexcept {
  const detail::exp_reduction<T> part(clamp_quietly(abs(x), T{0}, sizeof(T) == 4 ? T(89.5) : T(710.6)));
  const vec<T> quarter = detail::exp_reduced(part.r) * power_of_two(part.shifted - vec<T>(T{2}));  // e^|x| / 4
  return fma(vec<T>(T{2}), quarter, vec<T>(T{0.125}) / quarter);
}

/// To 4 ulp; keeps the sign of zero, +-1 at +-inf.
template <class T> inline vec<T> tanh(vec<T> x) noexcept {
  const vec<T> twice = abs(x + x);
  const vec<T> power = expm1(clamp_quietly(twice, T{0}, T{44}));  // beyond 44 the quotient is 1
  return flip_by_sign(power / (power + vec<T>(T{2})), x);
}

}  // namespace tapeless::wide
