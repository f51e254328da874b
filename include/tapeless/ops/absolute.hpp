#pragma once
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
/// The gradient of a step function: exactly 0, which a product with 0 would not be where dy is infinite.
constexpr ref zero_gradient(ref x) { return add_constant(*x.owner, 0, x.type(), false); }
}  // namespace detail

/// Elementwise -1, 0 or 1.
///   shape     that of x             dtype  that of x (numeric)
///   limits    +-0 and NaN stay what they are
///   gradient  dx = 0, also at 0
struct sign_op : elementwise<1, element_domain::numeric> {
  static constexpr int cost = 2;
  static constexpr auto name = "sign";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sign; return sign(x); }
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(detail::zero_gradient(x)); }
};
template <class X> requires any_operand<X> constexpr auto sign(X x) { return apply<sign_op>(x); }

/// Elementwise |x|.
///   shape     that of x             dtype  that of x (numeric); |smallest integer| wraps around to itself
///   limits    |-0| = 0, |-inf| = inf, NaN stays NaN
///   gradient  dx = dy sign(x): 0 at 0
struct abs_op : elementwise<1, element_domain::numeric> {
  static constexpr int cost = 1;
  static constexpr auto name = "abs";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::abs; return abs(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * sign(x)); }
};
template <class X> requires any_operand<X> constexpr auto abs(X x) { return apply<abs_op>(x); }

}  // namespace tapeless
