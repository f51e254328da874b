#pragma once

#include <limits>
#include <tapeless/backend/simd/vec.hpp>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI::wide {

template <class T> inline vec<T> abs(vec<T> x) noexcept { return xsimd::abs(x.batch()); }

template <class T> inline mask<sizeof(T)> isnan(vec<T> x) noexcept { return x != x; }
template <class T> inline mask<sizeof(T)> isinf(vec<T> x) noexcept {
  return abs(x) == vec<T>(std::numeric_limits<T>::infinity());
}
template <class T> inline mask<sizeof(T)> isfinite(vec<T> x) noexcept {
  return abs(x) <= vec<T>(std::numeric_limits<T>::max());
}

/// -1, 0 or 1; signed zeros and nan stay what they are.
template <class T> inline vec<T> sign(vec<T> x) noexcept {
  const vec<T> zero(T{0});
  return select(x > zero, vec<T>(T{1}), select(x < zero, vec<T>(T{-1}), x));
}

/// The lesser operand; the second of equal ones; nan if either is nan. Where the first operand is a new element and the
/// second an accumulator, the chain of accumulations is one instruction long.
template <class T> inline vec<T> min(vec<T> x, vec<T> y) noexcept {
#if defined(__AVX512F__)  // xsimd has no masked min; select would be a third instruction
  if constexpr (std::is_same_v<T, float> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(
        _mm512_mask_min_ps(x.batch(), _mm512_cmp_ps_mask(x.batch(), x.batch(), _CMP_ORD_Q), x.batch(), y.batch()));
  if constexpr (std::is_same_v<T, double> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(
        _mm512_mask_min_pd(x.batch(), _mm512_cmp_pd_mask(x.batch(), x.batch(), _CMP_ORD_Q), x.batch(), y.batch()));
#elif defined(__aarch64__)  // whose own instruction orders zeros by sign
  if constexpr (std::is_floating_point_v<T>) return select((x < y) | (x != x), x, y);
#endif
  if constexpr (std::is_floating_point_v<T>)
    return select(x != x, x, vec<T>(xsimd::min(x.batch(), y.batch())));
  else
    return xsimd::min(x.batch(), y.batch());
}

/// The greater operand; otherwise as min.
template <class T> inline vec<T> max(vec<T> x, vec<T> y) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(
        _mm512_mask_max_ps(x.batch(), _mm512_cmp_ps_mask(x.batch(), x.batch(), _CMP_ORD_Q), x.batch(), y.batch()));
  if constexpr (std::is_same_v<T, double> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(
        _mm512_mask_max_pd(x.batch(), _mm512_cmp_pd_mask(x.batch(), x.batch(), _CMP_ORD_Q), x.batch(), y.batch()));
#elif defined(__aarch64__)  // whose own instruction orders zeros by sign
  if constexpr (std::is_floating_point_v<T>) return select((x > y) | (x != x), x, y);
#endif
  if constexpr (std::is_floating_point_v<T>)
    return select(x != x, x, vec<T>(xsimd::max(x.batch(), y.batch())));
  else
    return xsimd::max(x.batch(), y.batch());
}

/// Remainder of the floored quotient, with the sign of y; lane by lane.
template <class T> inline vec<T> mod(vec<T> x, vec<T> y) noexcept {
  return per_lane([](T a, T b) { return math::mod(a, b); }, x, y);
}

template <class T> inline vec<T> sqrt(vec<T> x) noexcept { return rounding::sqrt(x.batch()); }

/// 1 / sqrt(x) to 2 ulp (no estimate): inf at +0, -inf at -0.
template <class T> inline vec<T> rsqrt(vec<T> x) noexcept { return vec<T>(T{1}) / sqrt(x); }

/// 1 / x, correctly rounded.
template <class T> inline vec<T> reciprocal(vec<T> x) noexcept { return vec<T>(T{1}) / x; }

#if defined(__SSE2__) && !defined(__SSE4_1__)
inline constexpr bool rounds_in_hardware = false;
#else
inline constexpr bool rounds_in_hardware = true;
#endif

namespace detail {

/// x with the sign of y, where they have the same sign but for a zero or nan; integers have no such trouble.
template <class T> inline vec<T> with_sign_of_zero(vec<T> x, vec<T> y) noexcept {
  return xsimd::batch<T>(x.batch() | (y.batch() & xsimd::batch<T>(T{-0.0})));
}

}  // namespace detail

/// To the nearest integer, halves to the even one; keeps the sign of zero, as do floor, ceil and trunc.
template <class T> inline vec<T> round(vec<T> x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else if constexpr (rounds_in_hardware)
    return rounding::nearest(x.batch());
  else
    return detail::with_sign_of_zero<T>(xsimd::nearbyint(x.batch()), x);
}

// Before SSE 4.1 there is no instruction for the others: xsimd goes through integers, which raises the invalid flag for
// large numbers and loses the sign of zero, so they are made of round.
template <class T> inline vec<T> floor(vec<T> x) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return x;
  } else if constexpr (rounds_in_hardware) {
    return rounding::floor(x.batch());
  } else {
    const vec<T> whole = round(x);
    return select(whole > x, whole - vec<T>(T{1}), whole);
  }
}
template <class T> inline vec<T> ceil(vec<T> x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else if constexpr (rounds_in_hardware)
    return rounding::ceil(x.batch());
  else
    return -floor(-x);
}
template <class T> inline vec<T> trunc(vec<T> x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else if constexpr (rounds_in_hardware)
    return rounding::trunc(x.batch());
  else
    return detail::with_sign_of_zero(floor(abs(x)), x);
}

}  // namespace tapeless::wide
