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

namespace detail {

/// tanh(|x|) is dividend / (dividend + rest), and 1 - tanh(|x|) is rest / (dividend + rest).
template <class T> struct tanh_parts {
  static constexpr T greatest = sizeof(T) == 4 ? T(44) : T(350);  ///< where the rest no longer counts, and the dividend is finite
  vec<T> dividend, rest;

  [[gnu::always_inline]] explicit tanh_parts(vec<T> x) noexcept {
    // |x| = n log(2) / 2 + h with n = 0 up to 0.3, where t = tanh(h) is the result; beyond, it is
    // (p (1 + t) - (1 - t) / 2) / (p (1 + t) + (1 - t) / 2) with p = 2^n / 2. The divisor is made of the dividend, so that
    // errors cancel where both are large.
    constexpr T half_shifter = shifter<T> - T{1};
    const vec<T> half(T(0.5));
    const vec<T> size = lesser(vec<T>(greatest), abs(x));
    const vec<T> shifted = fma(size + vec<T>(T(0.17328679513998633 - 0.3)), vec<T>(2 * inverse_log2<T>), vec<T>(half_shifter));
    const vec<T> n = shifted - vec<T>(half_shifter);
    vec<T> h;
    if constexpr (fma_is_fused)  // tanh forgets the error of log(2) sooner than its multiples grow
      h = fma(n, vec<T>(T(-0.34657359027997265)), size);
    else
      h = fma(n, vec<T>(log2_low<T> / -2), fma(n, vec<T>(log2_high<T> / -2), size));
    const vec<T> z = h * h;
    vec<T> cubic;
    if constexpr (sizeof(T) == 4)
      cubic = polynomial(z, -0.3333306f, 0.13314787f, -0.050360892f);
    else
      cubic = polynomial(z, -0.3333333333333333, 0.13333333333329314, -0.05396825395891275, 0.02186948770806625,
                         -0.008863199411598712, 0.003591269902144459, -0.0014444715796810839, 0.0005105220146963764);
    const vec<T> t = fma(h * z, cubic, h), p = power_of_two(shifted);
    dividend = fma(p + half, t, p - half);
    rest = vec<T>(T{1}) - t;
  }
};

}  // namespace detail

/// To 2 ulp; keeps the sign of zero, +-1 at +-inf.
template <class T> [[gnu::always_inline]] inline vec<T> tanh(vec<T> x) noexcept {
  const detail::tanh_parts<T> parts(x);
  return with_sign(parts.dividend / (parts.dividend + parts.rest), x);
}
/// 1 / cosh(x)^2 to 6 ulp up to 40, to 1e-13 of itself beyond; a loop that computes tanh(x) too shares all but a division with it.
template <class T> [[gnu::always_inline]] inline vec<T> tanh_slope(vec<T> x) noexcept {
  const detail::tanh_parts<T> parts(x);
  const vec<T> missing = parts.rest / (parts.dividend + parts.rest);
  const vec<T> slope = missing * (vec<T>(T{2}) - missing);
  const auto beyond = abs(x) > vec<T>(detail::tanh_parts<T>::greatest);
  if (any(beyond)) [[unlikely]] return select(beyond, vec<T>(T{4}) * sigmoid_slope(x + x), slope);
  return slope;
}

}  // namespace tapeless::wide
