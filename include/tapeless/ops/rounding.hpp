#pragma once
#include <tapeless/ops/absolute.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Elementwise rounding: shape and dtype those of x (floating). +-0, +-inf and NaN stay what they are; the gradient is 0
// everywhere, also at the steps.

/// The greatest whole number not above x.
struct floor_op : elementwise<1> {
  static constexpr int cost = 1;
  static constexpr auto name = "floor";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::floor; return floor(x); }
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(detail::zero_gradient(x)); }
};
template <class X> requires any_operand<X> constexpr auto floor(X x) { return apply<floor_op>(x); }

/// The least whole number not below x; ceil(-0.5) = -0.
struct ceil_op : elementwise<1> {
  static constexpr int cost = 1;
  static constexpr auto name = "ceil";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::ceil; return ceil(x); }
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(detail::zero_gradient(x)); }
};
template <class X> requires any_operand<X> constexpr auto ceil(X x) { return apply<ceil_op>(x); }

/// The nearest whole number, halves to the even one: round(0.5) = 0, round(1.5) = 2.
struct round_op : elementwise<1> {
  static constexpr int cost = 1;
  static constexpr auto name = "round";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::round; return round(x); }
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(detail::zero_gradient(x)); }
};
template <class X> requires any_operand<X> constexpr auto round(X x) { return apply<round_op>(x); }

/// The whole number next to x on the side of 0.
struct trunc_op : elementwise<1> {
  static constexpr int cost = 1;
  static constexpr auto name = "trunc";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::trunc; return trunc(x); }
  static constexpr gradients gradient(ref, ref, ref x) { return inputs(detail::zero_gradient(x)); }
};
template <class X> requires any_operand<X> constexpr auto trunc(X x) { return apply<trunc_op>(x); }

}  // namespace tapeless
