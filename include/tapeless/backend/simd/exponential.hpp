#pragma once

#include <tapeless/backend/simd/bits.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2, to a tenth of an ulp of e^r.
template <class T> [[gnu::always_inline]] inline vec<T> exp_remainder(vec<T> r) noexcept {
  if constexpr (sizeof(T) == 4) {  // by pairs: what it is used for needs r^2 as well, and waits for no long chain
    const vec<T> z = r * r, high = fma(z, vec<T>(0.00139413213f), polynomial(r, 0.0416663729f, 0.0083632956f));
    return fma(high, z, polynomial(r, 0.500000003f, 0.166665763f));
  } else {
    return polynomial(r, 0.5000000000000001, 0.16666666666666675, 0.041666666666623468, 0.008333333333322037,
                      0.0013888888917542093, 0.00019841269887110348, 2.4801520787534582e-5, 2.7557241750305073e-6,
                      2.7620329517170695e-7, 2.511027050068687e-8);
  }
}

/// e^r for |r| <= log(2) / 2.
template <class T> [[gnu::always_inline]] inline vec<T> exp_reduced(vec<T> r) noexcept {
  const vec<T> one(T{1});
  return fma(fma(exp_remainder(r), r, one), r, one);
}

/// log(2) in two parts: a multiple of the first by an exponent is exact.
template <class T> inline constexpr T log2_high = sizeof(T) == 4 ? T(0.693359375) : T(0x1.62e42fefa38p-1);
template <class T> inline constexpr T log2_low = sizeof(T) == 4 ? T(-2.12194440e-4) : T(0x1.ef35793c7673p-45);
template <class T> inline constexpr T inverse_log2 = T(1.4426950408889634074);

/// x = n log(2) + r with an integer n and |r| <= log(2) / 2.
template <class T> struct exp_reduction {
  vec<T> shifted, n, r;

  explicit exp_reduction(vec<T> x) noexcept
      : shifted(fma(x, vec<T>(inverse_log2<T>), vec<T>(shifter<T>))), n(shifted - vec<T>(shifter<T>)) {
    r = fma(n, vec<T>(-log2_low<T>), fma(n, vec<T>(-log2_high<T>), x));
  }
};

/// e^x where that is known to be a normal number.
template <class T> inline vec<T> exp_in_range(vec<T> x) noexcept {
  const exp_reduction<T> part(x);
  return exp_reduced(part.r) * power_of_two(part.shifted);
}

/// x, or where e^x has become 0 or infinity.
template <class T> inline vec<T> clamp_exponent(vec<T> x) noexcept {
  return sizeof(T) == 4 ? clamp_quietly(x, T(-104), T(89)) : clamp_quietly(x, T(-746), T(710));
}

/// Where e^x, or one of its factors, may not be a normal number.
template <class T> [[gnu::noinline]] vec<T> exp_at_the_limits(vec<T> x) noexcept {
  const exp_reduction<T> part(clamp_exponent(x));
  return scale(exp_reduced(part.r), part.n);
}

#if defined(__AVX512F__)
/// e^x with the powers of two in steps of 1/16 from a register, which leaves |r| <= log(2) / 32.
inline vec<float> exp_by_sixteenths(vec<float> x) noexcept {
  alignas(64) static constexpr float roots[16] = {
      1.f,         1.04427378f, 1.09050773f, 1.13878863f, 1.18920712f, 1.24185781f, 1.29683955f, 1.35425555f,
      1.41421356f, 1.47682615f, 1.54221083f, 1.61049033f, 1.68179283f, 1.75625216f, 1.83400809f, 1.91520656f};
  constexpr float sixteenths = 0x1.8p+19f;  // added to a number, leaves 16ths in the lowest bits
  x = clamp_exponent(x);
  const vec<float> shifted = fma(x, vec<float>(inverse_log2<float>), vec<float>(sixteenths));
  const vec<float> n = shifted - vec<float>(sixteenths);
  const vec<float> r = fma(n, vec<float>(-log2_low<float>), fma(n, vec<float>(-log2_high<float>), x));
  const vec<float> small = r * fma(fma(r, vec<float>(0.16667046f), vec<float>(0.5f)), r, vec<float>(1.f));
  const vec<float> root =
      xsimd::batch<float>(_mm512_permutexvar_ps(_mm512_castps_si512(shifted.batch()), _mm512_load_ps(roots)));
  return scale(fma(root, small, root), n);  // which takes the floor of n
}
#endif

/// (e^x - 1) / 4, which is finite wherever sinh(x) is.
template <class T> inline vec<T> quarter_expm1(vec<T> x) noexcept {
  constexpr bool single = sizeof(T) == 4;
  const exp_reduction<T> part(clamp_quietly(x, single ? T(-20) : T(-40), single ? T(89.5) : T(710.6)));
  const vec<T> small = fma(part.r * part.r, exp_remainder(part.r), part.r);
  const vec<T> quarter_power = power_of_two(part.shifted - vec<T>(T{2}));
  return fma(quarter_power, small, quarter_power - vec<T>(T{0.25}));
}

}  // namespace detail

/// e^x to 1.1 ulp, subnormal results included.
template <class T> inline vec<T> exp(vec<T> x) noexcept {
#if defined(__AVX512F__)
  if constexpr (scales_in_hardware<T> && sizeof(T) == 4) return detail::exp_by_sixteenths(x);
#endif
  if constexpr (scales_in_hardware<T>) {
    const detail::exp_reduction<T> part(detail::clamp_exponent(x));
    return scale(detail::exp_reduced(part.r), part.n);
  }
  if (!all(abs(x) < vec<T>(sizeof(T) == 4 ? T(87) : T(708)))) [[unlikely]]
    return detail::exp_at_the_limits(x);
  return detail::exp_in_range(x);
}

/// 2^x to 1 ulp, exact for integers.
template <class T> inline vec<T> exp2(vec<T> x) noexcept {
  constexpr int top = std::numeric_limits<T>::max_exponent;
  const bool normal = !scales_in_hardware<T> && all(abs(x) < vec<T>(T{top - 2}));
  if (!normal) x = clamp_quietly(x, T{-top - std::numeric_limits<T>::digits - 2}, T{top});
  const vec<T> shifted = x + vec<T>(shifter<T>);
  const vec<T> n = shifted - vec<T>(shifter<T>);
  const vec<T> significand = detail::exp_reduced((x - n) * vec<T>(T(0.69314718055994530942)));
  return normal ? significand * power_of_two(shifted) : scale(significand, n);
}

/// e^x - 1 to 3 ulp, without cancellation at 0; keeps the sign of zero.
template <class T> inline vec<T> expm1(vec<T> x) noexcept {
  const vec<T> four(T{4});
  return select(abs(x) < vec<T>(std::numeric_limits<T>::epsilon() / T{2}), x, four * detail::quarter_expm1(x));
}

namespace detail {

/// 1 / (1 + e^size) for size >= 0, to 2 ulp, subnormal results included.
template <class T> [[gnu::always_inline]] inline vec<T> lower_sigmoid(vec<T> size) noexcept {
  // 2^n / (2^n (1 + small) + 1) with e^size = (1 + small) 2^-n, summed from the least term to the greatest
  constexpr bool single = sizeof(T) == 4;
  const vec<T> within = lesser(vec<T>(single ? T(104) : T(746)), size), one(T{1});
  const vec<T> shifted = fma(within, vec<T>(-inverse_log2<T>), vec<T>(shifter<T>));
  const vec<T> n = shifted - vec<T>(shifter<T>);
  const vec<T> r = fma(n, vec<T>(log2_low<T>), fma(n, vec<T>(log2_high<T>), within));
  const vec<T> small = fma(r * r, exp_remainder(r), r);
  vec<T> power;
  if constexpr (scales_in_hardware<T>)
    power = scale(one, n);
  else
    power = power_of_two(greater(shifted, vec<T>(shifter<T> + T{1 - exponent_bias<T>})));
  const vec<T> result = power / ((small + power) + one);
  if constexpr (!scales_in_hardware<T>) {
    const auto tail = size > vec<T>(single ? T(87) : T(708));
    if (any(tail)) [[unlikely]]
      return select(tail, exp_at_the_limits(-size), result);
  }
  return result;
}

}  // namespace detail

// The sigmoid and its derivative are made of the lesser of sigmoid(x) and sigmoid(-x), which has all its digits. A loop that
// computes both computes that once.

/// 1 / (1 + e^-x) to 2 ulp, subnormal results included.
template <class T> [[gnu::always_inline]] inline vec<T> sigmoid(vec<T> x) noexcept {
  const vec<T> lower = detail::lower_sigmoid(abs(x));
  return select(x < vec<T>(T{0}), lower, vec<T>(T{1}) - lower);
}
/// e^x / (1 + e^x)^2 to 4 ulp.
template <class T> [[gnu::always_inline]] inline vec<T> sigmoid_slope(vec<T> x) noexcept {
  const vec<T> lower = detail::lower_sigmoid(abs(x));
  return lower * (vec<T>(T{1}) - lower);
}

}  // namespace tapeless::wide
