#pragma once
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Whether any element over the axes is true; of no elements: false.
///   shape     without the reduced axes, or with extent 1      dtype  bool; no gradient
struct any_op : reduction<element_domain::boolean> {
  static constexpr auto name = "any";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() { return T(false); }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { using math::logical_or; return logical_or(a, b); }
};
template <int... Axes, class X> requires any_operand<X> constexpr auto any(X x) { return detail::apply_reduction<any_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto any(X x, keepdims_t) { return detail::apply_reduction<any_op, true, Axes...>(x); }

/// Whether all elements over the axes are true; of no elements: true. Otherwise as any.
struct all_op : reduction<element_domain::boolean> {
  static constexpr auto name = "all";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() { return T(true); }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { using math::logical_and; return logical_and(a, b); }
};
template <int... Axes, class X> requires any_operand<X> constexpr auto all(X x) { return detail::apply_reduction<all_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto all(X x, keepdims_t) { return detail::apply_reduction<all_op, true, Axes...>(x); }

}  // namespace tapeless
