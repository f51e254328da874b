#pragma once

#include <tapeless/backend/simd/double_word.hpp>
#include <tapeless/backend/simd/logarithm.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// log(x) to half as many bits again as T has: y log(x) may be as large as 745 and e^(y log(x)) feels its absolute error.
template <class T> inline double_word<T> log_extended(vec<T> x) noexcept {
  const log_reduction<T> part(x);
  // log(1 + f) = 2 s + s^3 (2/3 + s^2 u(s^2)) with s = f / (2 + f)
  const auto divisor = ordered_sum(vec<T>(T{2}), part.f);
  const vec<T> inverse = vec<T>(T{1}) / divisor.high;
  const vec<T> quotient = part.f * inverse;
  const auto back = two_product(quotient, divisor.high);
  const vec<T> rest = ((part.f - back.high) - back.low) - quotient * divisor.low;
  const double_word<T> s{quotient, rest * inverse};
  const auto square = s * s;
  const vec<T> z = square.high;
  constexpr T two_thirds = T(2.0 / 3.0);
  constexpr T two_thirds_low = sizeof(T) == 4 ? T(-1.98682149e-8) : T(3.70074341541719e-17);
  vec<T> u;
  if constexpr (sizeof(T) == 4)
    u = polynomial(z, 0.399999999f, 0.285715329f, 0.222046608f, 0.191228959f);
  else
    u = polynomial(z, 0.4, 0.2857142857142938, 0.22222222221648179, 0.18181818337034599, 0.15384594796294809,
                   0.13334813317048048, 0.11706014884419476, 0.11725409493632095);
  auto factor = ordered_sum(vec<T>(two_thirds), z * u);
  factor.low += vec<T>(two_thirds_low);
  const auto cubic = s * square * factor;
  const auto log_significand = ordered_sum(s.high + s.high, cubic.high);
  const vec<T> low = log_significand.low + (s.low + s.low + cubic.low);
  const auto sum = two_sum(part.k * vec<T>(log2_high<T>), log_significand.high);
  return ordered_sum(sum.high, sum.low + fma(part.k, vec<T>(log2_low<T>), low));
}

/// e^(x.high + x.low); the low part counts only where the high one is in range.
template <class T> inline vec<T> exp_extended(double_word<T> x) noexcept {
  constexpr bool single = sizeof(T) == 4;
  const auto in_range = abs(x.high) < vec<T>(single ? T(128) : T(1024));
  const bool normal = all(abs(x.high) < vec<T>(single ? T(87) : T(708)));
  if (!normal) [[unlikely]] {
    x.low = select(in_range, x.low, vec<T>(T{0}));
    x.high = clamp_quietly(x.high, single ? T(-104) : T(-746), single ? T(89) : T(710));
  }
  const exp_reduction<T> part(x.high);
  const vec<T> significand = exp_reduced(part.r + x.low);
  return normal ? significand * power_of_two(part.shifted) : scale(significand, part.n);
}

template <class T> inline double_word<T> times(double_word<T> x, vec<T> y) noexcept {
  const auto product = two_product(x.high, y);
  return {product.high, fma(x.low, y, product.low)};
}

/// pow where x is not a positive normal number, or y not an ordinary one: by C's rules.
template <class T> [[gnu::noinline]] vec<T> pow_at_the_limits(vec<T> x, vec<T> y) noexcept {
  using limits = std::numeric_limits<T>;
  const vec<T> zero(T{0}), one(T{1}), infinity(limits::infinity());
  const vec<T> size = abs(x);
  const auto subnormal = (size > zero) & (size < vec<T>(limits::min()));
  const auto ordinary = normal_and_positive(size);
  const vec<T> lifted = size * vec<T>(T{2} / limits::epsilon());
  auto log_size = log_extended(select(subnormal, lifted, select(ordinary, size, one)));
  const vec<T> drop = select(subnormal, vec<T>(T{-limits::digits}), zero);
  const auto dropped = two_sum(drop * vec<T>(log2_high<T>), log_size.high);
  log_size = {dropped.high, dropped.low + fma(drop, vec<T>(log2_low<T>), log_size.low)};

  const auto regular = (ordinary | subnormal) & (abs(y) < vec<T>(limits::max() / T{1024}));
  const vec<T> log_high = select(ordinary | subnormal, log_size.high, log_limit(size));
  auto exponent =
      times({select(regular, log_size.high, zero), select(regular, log_size.low, zero)}, select(regular, y, zero));
  const auto trivial = (y == zero) | (size == one);
  exponent.high = select(regular, exponent.high, select(trivial, zero, log_high) * select(trivial, one, y));
  const vec<T> power = exp_extended(exponent);

  const auto whole = trunc(y) == y;
  const vec<T> half = y * vec<T>(T{0.5});
  const auto odd = whole & (trunc(half) != half);
  const auto negative = from_bits<T>((bits_of(x) & bits_of(vec<T>(T{-0.0}))) | bits_of(one)) < zero;
  const auto undefined = (x < zero) & (ordinary | subnormal) & !whole & (abs(y) < infinity);
  const vec<T> signed_power = select(negative & odd, -power, power);
  const vec<T> result = select(undefined, vec<T>(limits::quiet_NaN()), select(y != y, y, signed_power));
  return select((y == zero) | (x == one), one, result);
}

}  // namespace detail

/// x^y to 2 ulp, with the limits of C's pow: x^0 = 1^y = 1, also for nan; nan for x < 0 and y not an integer.
/// Lane by lane for integers and where the hardware has no fused multiply-add.
template <class T> inline vec<T> pow(vec<T> x, vec<T> y) noexcept {
  if constexpr (std::is_floating_point_v<T> && fma_is_fused) {
    const auto regular = detail::normal_and_positive(x) & (abs(y) < vec<T>(std::numeric_limits<T>::max() / T{1024}));
    if (!all(regular)) [[unlikely]]
      return detail::pow_at_the_limits(x, y);
    return detail::exp_extended(detail::times(detail::log_extended(x), y));
  } else {
    return per_lane([](T a, T b) { return math::pow(a, b); }, x, y);
  }
}

}  // namespace tapeless::wide
