#pragma once
#include <tapeless/core/config.hpp>
#include <tapeless/core/math.hpp>
#include <tapeless/core/philox.hpp>

#include <cmath>

namespace tapeless::inline TAPELESS_ABI::device {

/// Sine and cosine of an angle from 0 to 2 pi, within 2 ulp. Those of CUDA's library take any angle, for which they keep memory
/// of their own in each thread.
template <class T> struct circle {
  T sine, cosine;

  TAPELESS_HOST_DEVICE explicit circle(T angle) {
    const int quarter = static_cast<int>(angle * T(0.63661977236758134308) + T(0.5));
    const T q = static_cast<T>(quarter);
    T sin_r{}, cos_r{};
    if constexpr (sizeof(T) == 4) {
      T r = std::fma(q, -1.57079601e+00f, angle);
      r = std::fma(q, -3.13916473e-07f, r);
      r = std::fma(q, -5.39030253e-15f, r);
      const T s = r * r;
      sin_r = std::fma(along(s, -1.95152959e-4f, 8.33216087e-3f, -1.66666546e-1f), r * s, r);
      cos_r = std::fma(along(s, 2.44331571e-5f, -1.38873163e-3f, 4.16666456e-2f, -0.5f), s, 1.0f);
    } else {
      T r = std::fma(q, -1.5707963267948966192e+00, angle);
      r = std::fma(q, -6.1232339957367660359e-17, r);
      const T s = r * r, half = 0.5 * s, rest = 1 - half;
      sin_r = std::fma(along(s, 1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06, -1.98412698298579493134e-04, 8.33333333332248946124e-03, -1.66666666666666324348e-01), r * s, r);
      const T high = along(s, -1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07, 2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02);
      cos_r = rest + ((1 - rest - half) + s * s * high);
    }
    sine = quarter % 2 == 0 ? sin_r : cos_r;
    cosine = quarter % 2 == 0 ? cos_r : sin_r;
    if (quarter % 4 >= 2) sine = -sine;
    if (quarter % 4 == 1 || quarter % 4 == 2) cosine = -cosine;
  }

 private:
  template <class... C> static TAPELESS_HOST_DEVICE T along(T s, T first, C... coefficients) {
    ((first = std::fma(first, s, coefficients)), ...);
    return first;
  }
};

/// Numbers of a Philox block from the standard normal distribution: those of random_normal_op, up to the rounding of log, sin
/// and cos.
template <class T> TAPELESS_HOST_DEVICE T normal_number(const philox_words& block, int which) {
  T square{}, turn{};
  if constexpr (sizeof(T) == 4) {
    const int pair = which / 2 * 2;
    square = (static_cast<T>(block.word[pair]) + T{1}) * T(0x1p-32);
    turn = uniform01(block.word[pair + 1]);
  } else {
    square = T{1} - uniform01(tapeless::detail::joined(block.word[0], block.word[1]));
    turn = uniform01(tapeless::detail::joined(block.word[2], block.word[3]));
  }
  const circle<T> c(T(6.283185307179586477) * turn);
  return math::sqrt(T{-2} * math::log(square)) * (which % 2 == 0 ? c.cosine : c.sine);
}

}  // namespace tapeless::device
