#pragma once
#include <tapeless/ops/elementwise.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise a + b.
///   shape     broadcast of both     dtype  common (numeric); integers wrap
///   gradient  da = dy, db = dy
struct add_op : elementwise<2, element_domain::numeric> {
  static constexpr auto name = "add";
  static constexpr bool tame = true;
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { return a + b; }
  static constexpr gradients gradient(ref dy, ref, ref, ref) { return inputs(dy, dy); }
};

/// Elementwise -x.
///   gradient  dx = -dy
struct negate_op : elementwise<1, element_domain::numeric> {
  static constexpr auto name = "neg";
  static constexpr bool tame = true;
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { return -x; }
  static constexpr gradients gradient(ref dy, ref, ref);
};

/// Elementwise a - b.
///   gradient  da = dy, db = -dy
struct subtract_op : elementwise<2, element_domain::numeric> {
  static constexpr auto name = "sub";
  static constexpr bool tame = true;
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { return a - b; }
  static constexpr gradients gradient(ref dy, ref, ref, ref);
};

/// Elementwise a b.
///   limits    those of IEEE 754, also in gradients: 0 times inf is NaN. What leaves a branch out is `where`, not a product by 0.
///   gradient  da = dy b, db = dy a
struct multiply_op : elementwise<2, element_domain::numeric> {
  static constexpr auto name = "mul";
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { return a * b; }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b);
};

/// Elementwise a / b. Integers truncate; an integer divided by 0 gives 0.
///   gradient  da = dy / b, db = -da y   (one division)
struct divide_op : elementwise<2, element_domain::numeric> {
  static constexpr int cost = 5;
  static constexpr auto name = "div";
  static constexpr bool foldable = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::divide; return divide(a, b); }
  static constexpr gradients gradient(ref dy, ref y, ref a, ref b);
};

template <class A, class B> requires any_operand<A, B> constexpr auto operator+(A a, B b) { return apply<add_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator-(A a, B b) { return apply<subtract_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator*(A a, B b) { return apply<multiply_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto operator/(A a, B b) { return apply<divide_op>(a, b); }
template <class A> requires any_operand<A> constexpr auto operator-(A a) { return apply<negate_op>(a); }
template <class A> requires any_operand<A> constexpr auto operator+(A a) { return a; }

// Handles change in place as numbers do, for functions that are written for those.
template <class B> requires any_operand<B> constexpr ref& operator+=(ref& a, B b) { return a = a + b; }
template <class B> requires any_operand<B> constexpr ref& operator-=(ref& a, B b) { return a = a - b; }
template <class B> requires any_operand<B> constexpr ref& operator*=(ref& a, B b) { return a = a * b; }
template <class B> requires any_operand<B> constexpr ref& operator/=(ref& a, B b) { return a = a / b; }

constexpr gradients negate_op::gradient(ref dy, ref, ref) { return inputs(-dy); }
constexpr gradients subtract_op::gradient(ref dy, ref, ref, ref) { return inputs(dy, -dy); }
constexpr gradients multiply_op::gradient(ref dy, ref, ref a, ref b) {
  const auto da = dy * b, db = dy * a;  // one after the other: compilers differ in which argument they make first
  return inputs(da, db);
}
constexpr gradients divide_op::gradient(ref dy, ref y, ref, ref b) {
  const auto da = dy / b;
  return inputs(da, -(da * y));
}

}  // namespace tapeless
