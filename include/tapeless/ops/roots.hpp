#pragma once
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise x x.
///   shape     that of x             dtype  that of x (numeric); integers wrap
///   gradient  dx = 2 dy x
struct square_op : elementwise<1, element_domain::numeric> {
  static constexpr auto name = "square";
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::multiply; return multiply(x, x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * (2.0 * x)); }
};
template <class X> requires any_operand<X> constexpr auto square(X x) { return apply<square_op>(x); }

/// Elementwise square root.
///   shape     that of x             dtype  that of x (floating)
///   limits    sqrt(+-0) = +-0, sqrt(inf) = inf, sqrt(x < 0) = NaN
///   gradient  dx = dy / (2 y): +inf at 0, so that x sqrt(x) has the gradient NaN there (0 inf): write pow(x, 1.5),
///             or choose with `where`, whose dead branch adds nothing
struct sqrt_op : elementwise<1> {
  static constexpr int cost = 5;
  static constexpr auto name = "sqrt";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sqrt; return sqrt(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy / (2.0 * y)); }
};
template <class X> requires any_operand<X> constexpr auto sqrt(X x) { return apply<sqrt_op>(x); }

/// Elementwise 1 / sqrt(x).
///   shape     that of x             dtype  that of x (floating)
///   limits    rsqrt(+-0) = +-inf, rsqrt(inf) = 0, rsqrt(x < 0) = NaN
///   gradient  dx = -dy y^3 / 2: -inf at 0
struct rsqrt_op : elementwise<1> {
  static constexpr int cost = 6;
  static constexpr auto name = "rsqrt";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::rsqrt; return rsqrt(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy * (-0.5 * y * y * y)); }
};
template <class X> requires any_operand<X> constexpr auto rsqrt(X x) { return apply<rsqrt_op>(x); }

/// Elementwise 1 / x.
///   shape     that of x             dtype  that of x (floating)
///   limits    1 / +-0 = +-inf, 1 / +-inf = +-0
///   gradient  dx = -dy y^2
struct reciprocal_op : elementwise<1> {
  static constexpr int cost = 5;
  static constexpr auto name = "reciprocal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::reciprocal; return reciprocal(x); }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(-dy * (y * y)); }
};
template <class X> requires any_operand<X> constexpr auto reciprocal(X x) { return apply<reciprocal_op>(x); }

}  // namespace tapeless
