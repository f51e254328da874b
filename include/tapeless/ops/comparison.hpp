#pragma once
#include <tapeless/ops/elementwise.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Elementwise comparisons: shape the broadcast of both, dtype bool, no gradient. Comparing with NaN is false, but for !=.

struct less_op : comparison<element_domain::numeric> {
  static constexpr auto name = "less";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a < b; }
};
struct less_equal_op : comparison<element_domain::numeric> {
  static constexpr auto name = "less_equal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a <= b; }
};
struct greater_op : comparison<element_domain::numeric> {
  static constexpr auto name = "greater";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a > b; }
};
struct greater_equal_op : comparison<element_domain::numeric> {
  static constexpr auto name = "greater_equal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a >= b; }
};
struct equal_op : comparison<element_domain::any> {
  static constexpr auto name = "equal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a == b; }
};
struct not_equal_op : comparison<element_domain::any> {
  static constexpr auto name = "not_equal";
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T a, T b) { return a != b; }
};

template <class A, class B> requires any_operand<A, B> constexpr auto operator<(A a, B b) { return apply<less_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator<=(A a, B b) { return apply<less_equal_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator>(A a, B b) { return apply<greater_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator>=(A a, B b) { return apply<greater_equal_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator==(A a, B b) { return apply<equal_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator!=(A a, B b) { return apply<not_equal_op>(a, b); }

}  // namespace tapeless
