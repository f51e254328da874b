#pragma once

#include <tapeless/backend/simd/double_word.hpp>
#include <tapeless/backend/simd/exponential.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// erf(x) for |x| < 1/2.
template <class T> inline vec<T> erf_near_zero(vec<T> x) noexcept {
  const vec<T> z = x * x;
  vec<T> slope;  // erf(x) / x - 1
  if constexpr (sizeof(T) == 4)
    slope = polynomial(z, 0.128379166f, -0.376126093f, 0.112828369f, -0.0267580729f, 0.0047197381f);
  else
    slope = polynomial(z, 0.12837916709551257, -0.37612638903183751, 0.1128379167095487, -0.026866170645000068,
                       0.0052239776220234607, -0.00085483265114060574, 0.00012055286243325919, -1.4923004808361971e-5,
                       1.6371261008121684e-6, -1.4621112923386239e-7);
  return fma(x, slope, x);
}

/// 1 - erf(x) for x >= 1/2, exact enough to be subtracted from 1 only.
template <class T> inline vec<T> rest_of_erf(vec<T> x) noexcept {
  x = clamp_quietly(x, T(0.5), sizeof(T) == 4 ? T(3.95) : T(5.95));  // where erf has become 1
  if constexpr (sizeof(T) == 4) {                                    // the logarithm of erfc is smooth
    return exp_in_range(polynomial(x, 3.64055781e-5f, -1.12871836f, -0.635275846f, -0.105743806f, 0.0231701357f,
                                   -0.0032977621f, 0.000223738769f));
  } else {
    const vec<T> c(3.0);
    return exp_in_range(-x * x) * polynomial((x - c) / (x + c), 0.1790011511813884, -0.32623356004293326,
                                             0.24560380171790714, -0.15011593641019849, 0.071665837827341426,
                                             -0.024392498694847368, 0.0042691133710366456, 0.00070754307843397741,
                                             -0.00059800199572379988, 4.2434223927987491e-5, 5.8233533712588837e-5,
                                             -2.1200145167711444e-5, -1.603951788395972e-5, -2.6859442858114727e-6);
  }
}

/// erfc(x) for x >= 0: e^(-x^2) / (1 + 2 x) times a smooth function of (x - c) / (x + c), which is 1 at 0.
template <class T> inline vec<T> erfc_of_positive(vec<T> x) noexcept {
  constexpr bool single = sizeof(T) == 4;
  x = clamp_quietly(x, T(0), single ? T(10.5) : T(28));  // where erfc has become 0
  const vec<T> c(single ? T(3) : T(4)), one(T{1});
  const vec<T> near = one / (x + c), q = (x - c) * near;
  vec<T> slope;
  if constexpr (single)
    slope = polynomial(q, 0.25300806f, -0.388629203f, 0.341066764f, -0.211420239f, 0.0921499409f, -0.0238545497f,
                       5.3216394e-5f, 0.00251211725f, -0.000504226385f, -0.000265425385f);
  else
    slope = polynomial_by_two(q, 0.23299511862555256, -0.3726162354661158, 0.3879958875687213, -0.31989883331395397,
                              0.21885976727842346, -0.12512693228232538, 0.05879656645352804, -0.021629050886346788,
                              0.005431317012365355, -0.00039934723512466007, -0.0003584272474611374,
                              0.00015917126931149219, -8.54476721342269e-06, -1.5855571529729084e-05,
                              4.621134602086566e-06, 1.0879838731939153e-06, -7.741100311892459e-07,
                              -4.58887681105998e-08, 1.01148306006714e-07, 2.919364617176654e-10,
                              -8.386877269468356e-09);
  const vec<T> smooth = fma(slope, (x + x) * near, one);
  const auto square = two_product(x, x);  // e^(-x^2) feels the absolute error of x^2
  const auto divisor = two_sum(one, x + x);
  const vec<T> inverse = one / divisor.high;
  const vec<T> lost = fma(-inverse, divisor.high, one) - inverse * divisor.low;  // by rounding, relative to inverse
  const vec<T> rest = smooth * inverse;
  const exp_reduction<T> part(-square.high);
  const vec<T> power = fma(part.r * part.r, exp_remainder(part.r), part.r);  // less 1, which rest brings in unrounded
  const vec<T> significand = fma(rest, fma(lost - square.low, one + power, power), rest);
  if constexpr (!scales_in_hardware<T>)
    if (all(x < vec<T>(single ? T(9) : T(26)))) return significand * power_of_two(part.shifted);
  return scale(significand, part.n);
}

}  // namespace detail

/// To 3 ulp; keeps the sign of zero, +-1 at +-inf.
template <class T> inline vec<T> erf(vec<T> x) noexcept {
  const vec<T> size = abs(x);
  const auto small = size < vec<T>(T{0.5});
  const vec<T> near_zero = detail::erf_near_zero(select(small, x, vec<T>(T{0})));
  if (all(small)) return near_zero;
  return select(small, near_zero, flip_by_sign(vec<T>(T{1}) - detail::rest_of_erf(size), x));
}

/// 1 - erf(x) to 4 ulp, subnormal results included: 0 at inf, 2 at -inf.
template <class T> inline vec<T> erfc(vec<T> x) noexcept {
  const vec<T> upper = detail::erfc_of_positive(abs(x));
  return select(x < vec<T>(T{0}), vec<T>(T{2}) - upper, upper);
}

}  // namespace tapeless::wide
