#pragma once
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/logical.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise choice: a where the condition holds, else b. Both are computed.
///   shape     broadcast of all three     dtype  condition bool; a and b common
///   gradient  da = dy where the condition holds, else exactly 0, whatever a's subtree computes there; db likewise. That goes for
///             all leaves below, through sums, products of matrices, views and other choices, and for higher derivatives
/// attributes.a: 1: only as far down as ops are elementwise, which is all that the rules and compositions here need.
struct where_op : elementwise<3, element_domain::any> {
  static constexpr int cost = 1;
  static constexpr auto name = "where";
  static constexpr bool tame = true;
  static constexpr inferred infer(operands x, const attributes&) {
    const auto r = broadcast_all(x, x[1].type);
    if (x[0].type != dtype::boolean) return {x[1].type, r.shape, "the condition must be bool"};
    if (x[1].type != x[2].type) return {x[1].type, r.shape, "the branches have different dtypes; convert one with tl::cast"};
    return r;
  }
  template <class M, class T> TAPELESS_HOST_DEVICE static constexpr T value(M condition, T a, T b) { using math::select; return select(condition, a, b); }
  static constexpr gradients gradient(ref dy, ref, ref c, ref, ref);
};

namespace detail {
/// where with attributes.a = 1
template <class C, class A, class B> constexpr auto choose(C condition, A a, B b) { return apply<with<where_op, attributes{.a = 1}>>(condition, a, b); }
}  // namespace detail

template <class C, class A, class B> requires any_operand<C, A, B> constexpr auto where(C condition, A a, B b) { return apply<where_op>(condition, a, b); }

constexpr gradients where_op::gradient(ref dy, ref, ref c, ref, ref) { return inputs(no_gradient, detail::choose(c, dy, 0.0), detail::choose(c, 0.0, dy)); }

}  // namespace tapeless
