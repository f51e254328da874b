#pragma once

#include <cmath>
#include <tapeless/backend/simd/double_word.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

/// x = k pi/2 + high + low with |high| <= pi/4, for 0 <= x < limit: to about 120 bits of pi/2 for double and 74 for float,
/// so that cos(pi/2) keeps its precision.
template <class T> struct quarter_turns {
  static constexpr T limit = sizeof(T) == 8 ? T(1e6) : fma_is_fused ? T(1e5) : T(2e4);
  using bits = unsigned_batch<T>;
  bits k;
  vec<T> high, low;

  explicit quarter_turns(vec<T> size) noexcept {
    constexpr T whole = T{3} / std::numeric_limits<T>::epsilon() / T{2};  // leaves small integers in the lowest bits
    const vec<T> shifted = fma(size, vec<T>(T(0.63661977236758134308)), vec<T>(whole));
    const vec<T> n = shifted - vec<T>(whole);
    k = bits_of(shifted);  // as far as its two lowest bits go
    if constexpr (sizeof(T) == 4) {
      if constexpr (fma_is_fused)  // the first difference is exact, the others round relative to what is left
        high = less_parts(size, n, 0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f);
      else  // multiples of the first three parts are exact
        high = less_parts(size, n, 0x1.92p+0f, 0x1.fbp-12f, 0x1.51p-22f, 0x1.0b4612p-34f);
      low = vec<T>(T{0});
    } else {
      const vec<T> rest = fma(n, vec<T>(-0x1.921fb544p+0), size);
      const auto first = two_sum(rest, n * vec<T>(-0x1.0b4611a6p-34));
      const auto second = two_sum(first.high, n * vec<T>(-0x1.3198a2ep-69));
      const vec<T> tail = (first.low + second.low) + n * vec<T>(-0x1.b839a252049c1p-104);
      const auto sum = ordered_sum(second.high, tail);
      high = sum.high;
      low = sum.low;
    }
  }

  vec<T> sin() const noexcept {
    const vec<T> z = high * high;
    if constexpr (sizeof(T) == 4) {
      return fma(high * z, polynomial(z, -0.16666655f, 0.008332187f, -0.00019517909f), high);
    } else {
      const vec<T> cubic = polynomial(z, -0.16666666666666665, 0.0083333333333309265, -0.00019841269836724881,
                                      2.7557316084929949e-6, -2.505112814998458e-8, 1.5917861853805836e-10);
      return high + fma(high * z, cubic, fma(vec<T>(-0.5) * z, low, low));
    }
  }

  vec<T> cos() const noexcept {
    const vec<T> z = high * high;
    if constexpr (sizeof(T) == 4) {
      return polynomial(z, 1.f, -0.5f, 0.041666646f, -0.001388731f, 2.4432336e-5f);
    } else {
      const vec<T> half = vec<T>(0.5) * z, one(1.0);
      const vec<T> quartic = polynomial(z, 0.041666666666666665, -0.0013888888888887383, 2.4801587298744439e-5,
                                        -2.7557317260627941e-7, 2.0876143942503406e-9, -1.1382464188417539e-11);
      const vec<T> most = one - half;
      return most + (((one - most) - half) + fma(z * z, quartic, -high * low));
    }
  }

  mask<sizeof(T)> odd() const noexcept { return (k & bits(1)) != bits(0); }

  /// -x in every second half turn, which is where bit 1 of k + shift is set.
  vec<T> alternate(vec<T> x, unsigned shift) const noexcept {
    return flip_by_sign(x, from_bits<T>((k + bits(shift)) << (8 * sizeof(T) - 2)));
  }

 private:
  template <class... Parts> static vec<T> less_parts(vec<T> x, vec<T> n, Parts... parts) noexcept {
    ((x = fma(n, vec<T>(-parts), x)), ...);
    return x;
  }
};

/// The function of quarter turns, and that of a number where there are too many of them to be counted.
struct sine {
  template <class T> static vec<T> within(vec<T> x, quarter_turns<T> part) noexcept {
    return flip_by_sign(part.alternate(select(part.odd(), part.cos(), part.sin()), 0), x);
  }
  static double beyond(double x) noexcept { return std::sin(x); }
};
struct cosine {
  template <class T> static vec<T> within(vec<T>, quarter_turns<T> part) noexcept {
    return part.alternate(select(part.odd(), part.sin(), part.cos()), 1);
  }
  static double beyond(double x) noexcept { return std::cos(x); }
};
struct tangent {
  template <class T> static vec<T> within(vec<T> x, quarter_turns<T> part) noexcept {
    const vec<T> height = part.sin(), width = part.cos();
    const auto odd = part.odd();
    return flip_by_sign(select(odd, -width, height) / select(odd, height, width), x);
  }
  static double beyond(double x) noexcept { return std::tan(x); }
};

template <class F, class T> [[gnu::noinline]] vec<T> of_many_turns(vec<T> x) noexcept {
  const vec<T> size = abs(x), limit(quarter_turns<T>::limit);
  const vec<T> near = select(size < limit, x, vec<T>(T{0}));
  return per_lane(
      [](T lane, T result) {
        return math::abs(lane) < quarter_turns<T>::limit ? result : static_cast<T>(F::beyond(lane));
      },
      x, F::within(near, quarter_turns<T>(abs(near))));
}

template <class F, class T> inline vec<T> of_turns(vec<T> x) noexcept {
  const vec<T> size = abs(x);
  if (!all(size < vec<T>(quarter_turns<T>::limit))) [[unlikely]]
    return of_many_turns<F>(x);
  return F::within(x, quarter_turns<T>(size));
}

template <class T> inline constexpr T pi = T(3.14159265358979323846);
template <class T>  // what rounding took from it
inline constexpr T pi_low = sizeof(T) == 4 ? T(-8.74227766e-8) : T(1.2246467991473532e-16);

/// atan(height / width), to 3 ulp, for numbers >= 0 that are not both 0 or infinite and have a finite sum.
template <class T> inline vec<T> first_quadrant_angle(vec<T> height, vec<T> width) noexcept {
  // below tan(pi/8) as it is, above tan(3 pi/8) seen from the other axis, between them from the diagonal
  const auto steep = height > width * vec<T>(T(2.414213562373095));
  const auto middle = (height > width * vec<T>(T(0.41421356237309503))) & !steep;
  const vec<T> zero(T{0});
  const vec<T> sum = select(middle, height + width, select(steep, height, width));
  const vec<T> difference = select(middle, height - width, select(steep, -width, height));
  const vec<T> q = difference / sum;
  const vec<T> z = q * q;
  vec<T> cubic;
  if constexpr (sizeof(T) == 4)
    cubic = polynomial(z, -0.333333319f, 0.199995579f, -0.142644503f, 0.107482382f, -0.064647639f);
  else
    cubic = polynomial(z, -0.3333333333333333, 0.19999999999995738, -0.14285714284707454, 0.11111111018245357,
                       -0.090909046890291943, 0.076921855543062946, -0.06664542106261727, 0.058583950111315609,
                       -0.050866432206975929, 0.039263693831953077, -0.019213421930380717);
  const vec<T> turned = select(middle, vec<T>(pi<T> / 4), select(steep, vec<T>(pi<T> / 2), zero));
  const vec<T> turned_low = turned * vec<T>(pi_low<T> / pi<T>);
  return turned + (q + fma(q * z, cubic, turned_low));
}

}  // namespace detail

/// To 2 ulp; nan at +-inf. Beyond 10^6 (float: 10^5) lane by lane.
template <class T> inline vec<T> sin(vec<T> x) noexcept { return detail::of_turns<detail::sine>(x); }

/// To 2 ulp; nan at +-inf. Beyond 10^6 (float: 10^5) lane by lane.
template <class T> inline vec<T> cos(vec<T> x) noexcept { return detail::of_turns<detail::cosine>(x); }

/// To 4 ulp; nan at +-inf. Beyond 10^6 (float: 10^5) lane by lane.
template <class T> inline vec<T> tan(vec<T> x) noexcept { return detail::of_turns<detail::tangent>(x); }

/// To 3 ulp; nan beyond +-1.
template <class T> inline vec<T> asin(vec<T> x) noexcept { return xsimd::asin(x.batch()); }

/// To 3 ulp; nan beyond +-1.
template <class T> inline vec<T> acos(vec<T> x) noexcept { return xsimd::acos(x.batch()); }

/// To 3 ulp; keeps the sign of zero.
template <class T> inline vec<T> atan(vec<T> x) noexcept {
  return flip_by_sign(detail::first_quadrant_angle(abs(x), vec<T>(T{1})), x);
}

/// Angle of the point (x, y) in [-pi, pi], to 4 ulp, with the limits of C's atan2.
template <class T> inline vec<T> atan2(vec<T> y, vec<T> x) noexcept {
  const vec<T> zero(T{0}), one(T{1}), infinity(std::numeric_limits<T>::infinity());
  vec<T> height = abs(y), width = abs(x);
  const auto no_quotient = (height == width) & ((height == zero) | (height == infinity));
  const auto behind = flip_by_sign(one, x) < zero;
  height = select(no_quotient, min(height, one), height);
  width = select(no_quotient, one, width);
  // keeps the sum of both finite, and its rounding relative
  const vec<T> greater = max(height, width), tiny(std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon());
  const vec<T> scaled = select(greater > one / tiny, vec<T>(T{0.25}), select(greater < tiny, one / tiny, one));
  const vec<T> angle = detail::first_quadrant_angle(height * scaled, width * scaled);
  const vec<T> result = select(behind, vec<T>(detail::pi<T>) - (angle - vec<T>(detail::pi_low<T>)), angle);
  return flip_by_sign(result, y);
}

}  // namespace tapeless::wide
