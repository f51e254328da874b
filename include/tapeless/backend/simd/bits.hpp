#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tapeless/backend/simd/elementary.hpp>
#include <type_traits>

/// The parts that the transcendental functions are made of: fused multiply-add, polynomials, powers of two, and the
/// exponent and significand of a number. They use integer shifts and additions only, which every instruction set has
/// for both widths.
namespace tapeless::inline TAPELESS_ABI::wide {

/// Whether fma rounds once.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool fma_is_fused = true;
#else
inline constexpr bool fma_is_fused = false;
#endif

// g++ gives the unmasked intrinsics of some AVX-512 instructions an undefined operand, another one for each: then it does not
// see that two of them compute the same. What stands here by its masked form is computed once for a function and its slope.
#if defined(__AVX512F__)
inline constexpr __mmask16 all_of_16 = 0xffff;
inline constexpr __mmask8 all_of_8 = 0xff;
#endif

/// x * y + z, rounded once where the hardware has a fused multiply-add.
template <class T> inline vec<T> fma(vec<T> x, vec<T> y, vec<T> z) noexcept {
#if defined(__AVX512F__)  // xsimd 8 multiplies and adds apart at this width
  if constexpr (sizeof(vec<T>) == 64 && sizeof(T) == 4)
    return xsimd::batch<T>(_mm512_fmadd_ps(x.batch(), y.batch(), z.batch()));
  else if constexpr (sizeof(vec<T>) == 64)
    return xsimd::batch<T>(_mm512_fmadd_pd(x.batch(), y.batch(), z.batch()));
  else
#endif
    return xsimd::fma(x.batch(), y.batch(), z.batch());
}

/// c0 + c1 x + c2 x^2 + ...
template <class T, class... C> inline vec<T> polynomial(vec<T> x, T c0, C... higher) noexcept {
  if constexpr (sizeof...(higher) == 0)
    return c0;
  else
    return fma(polynomial(x, higher...), x, vec<T>(c0));
}

/// c0 + c2 x^2 + c4 x^4 + ...
template <class T, class... C> inline vec<T> even_powers(vec<T> square, T c0, C... higher) noexcept {
  if constexpr (sizeof...(higher) < 2)
    return c0;
  else
    return [&](T, auto... even) { return fma(even_powers(square, even...), square, vec<T>(c0)); }(higher...);
}
/// polynomial() in half the time where nothing else is to be done meanwhile, for two more instructions.
template <class T, class... C> inline vec<T> polynomial_by_two(vec<T> x, T c0, C... higher) noexcept {
  const vec<T> square = x * x;
  return fma(even_powers(square, higher...), x, even_powers(square, c0, higher...));
}

template <class T>
using unsigned_batch = xsimd::batch<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;

template <class T> inline unsigned_batch<T> bits_of(vec<T> x) noexcept {
  return std::bit_cast<unsigned_batch<T>>(x.batch());
}
template <class T> inline vec<T> from_bits(unsigned_batch<T> bits) noexcept {
  return std::bit_cast<xsimd::batch<T>>(bits);
}

template <class T> inline constexpr int stored_bits = std::numeric_limits<T>::digits - 1;  // of the significand
template <class T> inline constexpr int exponent_bias = std::numeric_limits<T>::max_exponent - 1;
/// A number n far below 1 / epsilon, added to this, is rounded to an integer, and the lowest bits of the sum are
/// those of the exponent field of 2^n.
template <class T> inline constexpr T shifter = T{3} / std::numeric_limits<T>::epsilon() / T{2} + T{exponent_bias<T>};

/// 2^n from n + shifter, where 2^n is a normal number.
template <class T> inline vec<T> power_of_two(vec<T> shifted) noexcept {
#if defined(__AVX512F__)
  if constexpr (sizeof(vec<T>) == 64 && sizeof(T) == 4)
    return from_bits<T>(_mm512_maskz_slli_epi32(all_of_16, bits_of(shifted), stored_bits<T>));
  else if constexpr (sizeof(vec<T>) == 64)
    return from_bits<T>(_mm512_maskz_slli_epi64(all_of_8, bits_of(shifted), stored_bits<T>));
#endif
  return from_bits<T>(bits_of(shifted) << stored_bits<T>);
}

/// Whether one instruction scales by a power of two, also beyond the normal numbers.
#if defined(__AVX512F__)
template <class T> inline constexpr bool scales_in_hardware = std::is_floating_point_v<T> && sizeof(vec<T>) == 64;
#else
template <class T> inline constexpr bool scales_in_hardware = false;
#endif

/// x * 2^n for an integer n of up to twice the exponent range: rounds once, overflows to inf, underflows gradually.
template <class T> inline vec<T> scale(vec<T> x, vec<T> n) noexcept {
#if defined(__AVX512F__)
  if constexpr (scales_in_hardware<T> && sizeof(T) == 4)
    return xsimd::batch<T>(_mm512_maskz_scalef_ps(all_of_16, x.batch(), n.batch()));
  else if constexpr (scales_in_hardware<T>)
    return xsimd::batch<T>(_mm512_maskz_scalef_pd(all_of_8, x.batch(), n.batch()));
#endif
  const vec<T> half = n * vec<T>(T{0.5}) + vec<T>(shifter<T>);
  const vec<T> other_half = n - (half - vec<T>(shifter<T>));
  return x * power_of_two(half) * power_of_two(other_half + vec<T>(shifter<T>));
}

/// -x where y has its sign bit set, else x.
template <class T> inline vec<T> flip_by_sign(vec<T> x, vec<T> y) noexcept {
  return from_bits<T>(bits_of(x) ^ (bits_of(y) & bits_of(vec<T>(T{-0.0}))));
}

/// |x| with the sign of y.
template <class T> inline vec<T> with_sign(vec<T> x, vec<T> y) noexcept {
  const auto sign = bits_of(vec<T>(T{-0.0}));
  return from_bits<T>((bits_of(x) & ~sign) | (bits_of(y) & sign));
}

/// In one instruction; y if either is nan.
template <class T> inline vec<T> lesser(vec<T> x, vec<T> y) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(_mm512_maskz_min_ps(all_of_16, x.batch(), y.batch()));
  else if constexpr (std::is_same_v<T, double> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(_mm512_maskz_min_pd(all_of_8, x.batch(), y.batch()));
#endif
  return xsimd::min(x.batch(), y.batch());
}
template <class T> inline vec<T> greater(vec<T> x, vec<T> y) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(_mm512_maskz_max_ps(all_of_16, x.batch(), y.batch()));
  else if constexpr (std::is_same_v<T, double> && sizeof(vec<T>) == 64)
    return xsimd::batch<T>(_mm512_maskz_max_pd(all_of_8, x.batch(), y.batch()));
#endif
  return xsimd::max(x.batch(), y.batch());
}

/// x, or the bound that it lies beyond; nan passes through.
template <class T> inline vec<T> clamp_quietly(vec<T> x, T low, T high) noexcept {
  return lesser(vec<T>(high), greater(vec<T>(low), x));
}

}  // namespace tapeless::wide
