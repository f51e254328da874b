#pragma once
#include <tapeless/ops/elementwise.hpp>

namespace tapeless::inline TAPELESS_ABI {

// Elementwise logic on bool; no gradient.

struct logical_and_op : elementwise<2, element_domain::boolean> {
  static constexpr int cost = 1;
  static constexpr auto name = "logical_and";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::logical_and; return logical_and(a, b); }
};
struct logical_or_op : elementwise<2, element_domain::boolean> {
  static constexpr int cost = 1;
  static constexpr auto name = "logical_or";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::logical_or; return logical_or(a, b); }
};
struct logical_xor_op : elementwise<2, element_domain::boolean> {
  static constexpr int cost = 1;
  static constexpr auto name = "logical_xor";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::logical_xor; return logical_xor(a, b); }
};
struct logical_not_op : elementwise<1, element_domain::boolean> {
  static constexpr int cost = 1;
  static constexpr auto name = "logical_not";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a) { using math::logical_not; return logical_not(a); }
};

template <class A, class B> requires any_operand<A, B> constexpr auto logical_and(A a, B b) { return apply<logical_and_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto logical_or(A a, B b) { return apply<logical_or_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto logical_xor(A a, B b) { return apply<logical_xor_op>(a, b); }
template <class A> requires any_operand<A> constexpr auto logical_not(A a) { return apply<logical_not_op>(a); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator&&(A a, B b) { return apply<logical_and_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator||(A a, B b) { return apply<logical_or_op>(a, b); }
template <class A> requires any_operand<A> constexpr auto operator!(A a) { return apply<logical_not_op>(a); }

}  // namespace tapeless
