#pragma once

#include <tapeless/backend/simd/exponential.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// x = 2^k (1 + f) with an integer k and 1 + f in [sqrt(1/2), sqrt(2)), for normal x > 0.
template <class T> struct log_reduction {
  vec<T> k, f;

  explicit log_reduction(vec<T> x) noexcept {
    using bits = unsigned_batch<T>;
    using word = typename bits::value_type;
    constexpr word one = std::bit_cast<word>(T{1}), root_half = std::bit_cast<word>(T(0.70710678118654752440));
    constexpr T whole = T{1} / std::numeric_limits<T>::epsilon();  // small integers stand in its lowest bits
    const bits offset = bits_of(x) + bits(one - root_half);
    const bits exponent = offset >> stored_bits<T>;
    k = from_bits<T>(exponent | bits(std::bit_cast<word>(whole))) - vec<T>(whole + T{exponent_bias<T>});
    f = from_bits<T>((offset & bits((word{1} << stored_bits<T>)-1)) + bits(root_half)) - vec<T>(T{1});
  }
};

/// log(1 + f) - f for 1 + f in [sqrt(1/2), sqrt(2)).
template <class T> inline vec<T> log_remainder(vec<T> f) noexcept {
  if constexpr (sizeof(T) == 4) {
    const vec<T> cubic = polynomial(f, 0.333333313f, -0.249999812f, 0.200006881f, -0.166691509f, 0.142511561f,
                                    -0.12396701f, 0.116346586f, -0.116599299f, 0.0733254193f);
    return f * f * fma(cubic, f, vec<T>(-0.5f));
  } else {  // log((1 + s) / (1 - s)) is odd in s, so half the terms do
    const vec<T> s = f / (vec<T>(2.0) + f);
    const vec<T> z = s * s;
    const vec<T> tail =
        z * polynomial(z, 0.66666666666666697, 0.39999999999897893, 0.28571428626650706, 0.22222211031774203,
                       0.18182896207662469, 0.1533149775623791, 0.14619096976688174);
    const vec<T> half_square = vec<T>(0.5) * f * f;
    return fma(s, half_square + tail, -half_square);
  }
}

/// k log(2) + log(1 + f) + tiny.
template <class T> inline vec<T> log_sum(log_reduction<T> part, vec<T> tiny) noexcept {
  const vec<T> low = fma(part.k, vec<T>(log2_low<T>), tiny);
  return fma(part.k, vec<T>(log2_high<T>), part.f + (log_remainder(part.f) + low));
}

enum class log_base { e, two };

template <log_base Base, class T> inline vec<T> log_of_normal(vec<T> x) noexcept {
  const log_reduction<T> part(x);
  if constexpr (Base == log_base::e)
    return log_sum(part, vec<T>(T{0}));
  else
    return fma(part.f + log_remainder(part.f), vec<T>(inverse_log2<T>), part.k);
}

template <class T> inline mask<sizeof(T)> normal_and_positive(vec<T> x) noexcept {
  return (x >= vec<T>(std::numeric_limits<T>::min())) & (x <= vec<T>(std::numeric_limits<T>::max()));
}

/// What a logarithm is at zero, negative numbers, infinity and nan.
template <class T> inline vec<T> log_limit(vec<T> x) noexcept {
  using limits = std::numeric_limits<T>;
  const vec<T> zero(T{0});
  return select(x < zero, vec<T>(limits::quiet_NaN()), select(x == zero, vec<T>(-limits::infinity()), x));
}

template <log_base Base, class T> [[gnu::noinline]] vec<T> log_at_the_limits(vec<T> x) noexcept {
  using limits = std::numeric_limits<T>;
  constexpr int lift = limits::digits;
  const vec<T> lifted = x * vec<T>(T{2} / limits::epsilon());
  const auto subnormal = (x > vec<T>(T{0})) & (x < vec<T>(limits::min()));
  const auto ordinary = normal_and_positive(x);
  const vec<T> y = log_of_normal<Base>(select(subnormal, lifted, select(ordinary, x, vec<T>(T{1}))));
  constexpr T per_octave = Base == log_base::e ? T(0.69314718055994530942) : T{1};
  return select(subnormal, y - vec<T>(T{lift} * per_octave), select(ordinary, y, log_limit(x)));
}

template <log_base Base, class T> inline vec<T> log(vec<T> x) noexcept {
  if (!all(normal_and_positive(x))) [[unlikely]]
    return log_at_the_limits<Base>(x);
  return log_of_normal<Base>(x);
}

/// log(1 + x) for finite x > -1; nan passes through.
template <class T> inline vec<T> log1p_of_ordinary(vec<T> x) noexcept {
  const vec<T> one(T{1});
  const vec<T> sum = one + x;
  const vec<T> lost = x - (sum - one);  // what rounding took from the sum
  return log_sum(log_reduction<T>(sum), lost / sum);
}

template <class T> [[gnu::noinline]] vec<T> log1p_at_the_limits(vec<T> x, mask<sizeof(T)> ordinary) noexcept {
  const vec<T> one(T{1});
  const vec<T> result = with_sign_of_zero(log1p_of_ordinary(select(ordinary, x, one)), x);
  return select(ordinary, result, log_limit(one + x));
}

}  // namespace detail

/// Natural logarithm to 2 ulp, of subnormal numbers too: -inf at 0, nan below.
template <class T> inline vec<T> log(vec<T> x) noexcept { return detail::log<detail::log_base::e>(x); }

/// Logarithm to base 2, to 3 ulp; exact at powers of two.
template <class T> inline vec<T> log2(vec<T> x) noexcept { return detail::log<detail::log_base::two>(x); }

/// log(1 + x) to 2 ulp, without cancellation at 0; keeps the sign of zero, -inf at -1, nan below.
template <class T> inline vec<T> log1p(vec<T> x) noexcept {
  const auto ordinary = (x > vec<T>(T{-1})) & (x <= vec<T>(std::numeric_limits<T>::max()));
  if (!all(ordinary)) [[unlikely]]
    return detail::log1p_at_the_limits(x, ordinary);
  return detail::with_sign_of_zero(detail::log1p_of_ordinary(x), x);
}

/// log(1 + e^x) to 3 ulp: 0 at -inf, inf at inf, x itself where e^-x no longer counts.
template <class T> inline vec<T> softplus(vec<T> x) noexcept {
  return max(x, vec<T>(T{0})) + detail::log1p_of_ordinary(exp(-abs(x)));
}

}  // namespace tapeless::wide
