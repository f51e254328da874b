#pragma once
#include <tapeless/ops/roots.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Elementwise, in radians: shape and dtype those of x (floating); NaN stays NaN.

/// Limits: sin(+-0) = +-0, sin(+-inf) = NaN. Gradient: dx = dy cos(x).
struct sin_op : elementwise<1> {
  static constexpr auto name = "sin";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sin; return sin(x); }
  static constexpr gradients gradient(ref dy, ref, ref x);
};
template <class X> requires any_operand<X> constexpr auto sin(X x) { return apply<sin_op>(x); }

/// Limits: cos(+-0) = 1, cos(+-inf) = NaN. Gradient: dx = -dy sin(x).
struct cos_op : elementwise<1> {
  static constexpr auto name = "cos";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::cos; return cos(x); }
  static constexpr gradients gradient(ref dy, ref, ref x);
};
template <class X> requires any_operand<X> constexpr auto cos(X x) { return apply<cos_op>(x); }

constexpr gradients sin_op::gradient(ref dy, ref, ref x) { return inputs(dy * cos(x)); }
constexpr gradients cos_op::gradient(ref dy, ref, ref x) { return inputs(-dy * sin(x)); }

/// Limits: tan(+-0) = +-0, tan(+-inf) = NaN. Gradient: dx = dy (1 + y^2).
struct tan_op : elementwise<1> {
  static constexpr auto name = "tan";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::tan; return tan(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (1.0 + y * y)); }
};
template <class X> requires any_operand<X> constexpr auto tan(X x) { return apply<tan_op>(x); }

/// Limits: asin(+-1) = +-pi/2, NaN beyond. Gradient: dx = dy / sqrt(1 - x^2): inf at +-1, NaN beyond.
struct asin_op : elementwise<1> {
  static constexpr auto name = "asin";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::asin; return asin(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * rsqrt((1.0 - x) * (1.0 + x))); }  // no cancellation near 1
};
template <class X> requires any_operand<X> constexpr auto asin(X x) { return apply<asin_op>(x); }

/// Limits: acos(1) = 0, acos(-1) = pi, NaN beyond. Gradient: dx = -dy / sqrt(1 - x^2): -inf at +-1, NaN beyond.
struct acos_op : elementwise<1> {
  static constexpr auto name = "acos";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::acos; return acos(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(-dy * rsqrt((1.0 - x) * (1.0 + x))); }
};
template <class X> requires any_operand<X> constexpr auto acos(X x) { return apply<acos_op>(x); }

/// Limits: atan(+-0) = +-0, atan(+-inf) = +-pi/2. Gradient: dx = dy / (1 + x^2).
struct atan_op : elementwise<1> {
  static constexpr auto name = "atan";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::atan; return atan(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy / (1.0 + x * x)); }
};
template <class X> requires any_operand<X> constexpr auto atan(X x) { return apply<atan_op>(x); }

/// The angle of the point (b, a), from -pi to pi; shape the broadcast of both.
///   limits    those of C: atan2(+-0, +0) = +-0, atan2(+-0, -0) = +-pi
///   gradient  da = dy b / (a^2 + b^2), db = -dy a / (a^2 + b^2): NaN at the origin
struct atan2_op : elementwise<2> {
  static constexpr auto name = "atan2";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::atan2; return atan2(a, b); }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) {
    const ref scaled = dy / (a * a + b * b);
    return inputs(scaled * b, -scaled * a);
  }
};
template <class A, class B> requires any_operand<A, B> constexpr auto atan2(A a, B b) { return apply<atan2_op>(a, b); }

}  // namespace tapeless
