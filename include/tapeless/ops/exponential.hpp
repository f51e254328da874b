#pragma once
#include <tapeless/ops/arithmetic.hpp>

#include <numbers>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise e^x.
///   shape     that of x             dtype  that of x (floating)
///   limits    exp(-inf) = 0, exp(inf) = inf
///   gradient  dx = dy y             (y is reused: the backward pass computes no second exp)
struct exp_op : elementwise<1> {
  static constexpr auto name = "exp";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::exp; return exp(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * y); }
};
template <class X> requires any_operand<X> constexpr auto exp(X x) { return apply<exp_op>(x); }

/// Elementwise 2^x.
///   shape     that of x             dtype  that of x (floating)
///   limits    exp2(-inf) = 0, exp2(inf) = inf
///   gradient  dx = dy y ln 2
struct exp2_op : elementwise<1> {
  static constexpr auto name = "exp2";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::exp2; return exp2(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (std::numbers::ln2 * y)); }
};
template <class X> requires any_operand<X> constexpr auto exp2(X x) { return apply<exp2_op>(x); }

/// Elementwise e^x - 1, without cancellation near 0.
///   shape     that of x             dtype  that of x (floating)
///   limits    expm1(+-0) = +-0, expm1(-inf) = -1, expm1(inf) = inf
///   gradient  dx = dy (y + 1)
struct expm1_op : elementwise<1> {
  static constexpr auto name = "expm1";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::expm1; return expm1(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (y + 1.0)); }
};
template <class X> requires any_operand<X> constexpr auto expm1(X x) { return apply<expm1_op>(x); }

}  // namespace tapeless
