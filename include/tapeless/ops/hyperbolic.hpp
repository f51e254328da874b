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

/// Limits: tanh(+-0) = +-0, tanh(+-inf) = +-1. Gradient: dx = dy (1 - y^2).
struct tanh_op : elementwise<1> {
  static constexpr auto name = "tanh";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::tanh; return tanh(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (1.0 - y * y)); }
};
template <class X> requires any_operand<X> constexpr auto tanh(X x) { return apply<tanh_op>(x); }

}  // namespace tapeless
