#pragma once
#include <tapeless/ops/arithmetic.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Elementwise: shape and dtype those of x (floating); NaN stays NaN.

/// Limits: sinh(+-0) = +-0, sinh(+-inf) = +-inf. Gradient: dx = dy cosh(x).
struct sinh_op : elementwise<1> {
  static constexpr auto name = "sinh";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sinh; return sinh(x); }
  static constexpr gradients gradient(ref dy, ref, ref x);
};
template <class X> requires any_operand<X> constexpr auto sinh(X x) { return apply<sinh_op>(x); }

/// Limits: cosh(0) = 1, cosh(+-inf) = inf. Gradient: dx = dy sinh(x).
struct cosh_op : elementwise<1> {
  static constexpr auto name = "cosh";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::cosh; return cosh(x); }
  static constexpr gradients gradient(ref dy, ref, ref x);
};
template <class X> requires any_operand<X> constexpr auto cosh(X x) { return apply<cosh_op>(x); }

constexpr gradients sinh_op::gradient(ref dy, ref, ref x) { return inputs(dy * cosh(x)); }
constexpr gradients cosh_op::gradient(ref dy, ref, ref x) { return inputs(dy * sinh(x)); }

/// The derivative of the sigmoid, e^x / (1 + e^x)^2, to a few ulp also where the sigmoid is so near 1 that y (1 - y) has lost
/// its digits: at 20, y (1 - y) is off by 1e-8 of itself in double, by all of it in float. 0 at +-inf.
///   gradient  dx = -dy y tanh(x / 2)
struct sigmoid_slope_op : elementwise<1> {
  static constexpr auto name = "sigmoid_slope";
  template <class T> [[gnu::always_inline]] TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sigmoid_slope; return sigmoid_slope(x); }
  static constexpr gradients gradient(ref dy, ref y, ref x);
};
/// The derivative of tanh, 1 / cosh(x)^2, in the same way. A loop that computes tanh as well shares the work.
///   gradient  dx = -2 dy y tanh(x)
struct tanh_slope_op : elementwise<1> {
  static constexpr auto name = "tanh_slope";
  template <class T> [[gnu::always_inline]] TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::tanh_slope; return tanh_slope(x); }
  static constexpr gradients gradient(ref dy, ref y, ref x);
};

/// Limits: tanh(+-0) = +-0, tanh(+-inf) = +-1. Gradient: dx = dy / cosh(x)^2, which keeps its precision where y is near 1.
struct tanh_op : elementwise<1> {
  static constexpr auto name = "tanh";
  template <class T> [[gnu::always_inline]] TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::tanh; return tanh(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * apply<tanh_slope_op>(x)); }
};
template <class X> requires any_operand<X> constexpr auto tanh(X x) { return apply<tanh_op>(x); }

constexpr gradients sigmoid_slope_op::gradient(ref dy, ref y, ref x) { return inputs(-dy * (y * tanh(0.5 * x))); }
constexpr gradients tanh_slope_op::gradient(ref dy, ref y, ref x) { return inputs(-2.0 * dy * (y * tanh(x))); }

}  // namespace tapeless
