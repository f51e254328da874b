#pragma once
#include <tapeless/ops/exponential.hpp>
#include <tapeless/ops/roots.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
///   shape     that of x             dtype  that of x (floating)
///   limits    erf(+-0) = +-0, erf(+-inf) = +-1
///   gradient  dx = dy 2 / sqrt(pi) e^(-x^2)
struct erf_op : elementwise<1> {
  static constexpr auto name = "erf";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::erf; return erf(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (2 * std::numbers::inv_sqrtpi * exp(-(x * x)))); }
};
template <class X> requires any_operand<X> constexpr auto erf(X x) { return apply<erf_op>(x); }

/// Elementwise 1 - erf(x), without cancellation for large x.
///   shape     that of x             dtype  that of x (floating)
///   limits    erfc(-inf) = 2, erfc(inf) = 0
///   gradient  dx = -dy 2 / sqrt(pi) e^(-x^2)
struct erfc_op : elementwise<1> {
  static constexpr auto name = "erfc";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::erfc; return erfc(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (-2 * std::numbers::inv_sqrtpi * exp(-(x * x)))); }
};
template <class X> requires any_operand<X> constexpr auto erfc(X x) { return apply<erfc_op>(x); }

}  // namespace tapeless
