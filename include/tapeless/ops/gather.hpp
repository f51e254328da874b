#pragma once
#include <tapeless/ops/shape_ops.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Rows of x chosen by index. attributes.a: 1: rows outside x are 0, for the gradient of scatter_add.
///   shape     indices I, x (V, rest...): (I, rest...)     dtype  that of x; indices are integers
///   limits    an index outside [0, V) gives a row of NaN; of the smallest number for integers; of false for bool
///   gradient  dx = dy scattered and added into the rows; none by the indices
struct gather_op {
  static constexpr auto name = "gather";
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 2;
  static constexpr inferred infer(operands x, const attributes&) {
    inferred r{x[0].type, x[1].shape};
    if (x[0].shape.rank == 0) return {r.type, r.shape, "a scalar has no rows"};
    if (!is_integer(x[1].type)) return {r.type, r.shape, "indices must be integers"};
    if (r.shape.rank + x[0].shape.rank - 1 > max_rank) return {r.type, r.shape, "the result would have more than eight axes"};
    for (int i = 1; i < x[0].shape.rank; ++i) r.shape.push(x[0].shape[i]);
    return r;
  }
  static constexpr void print(text& out, const attributes& a) { out << (a.a == 1 ? " zero_outside" : ""); }
  static constexpr gradients gradient(ref dy, ref y, ref x, ref indices);
};

/// Zeros, to which each row of x is added at its index; the inverse way of gather. attributes.target: the result's shape.
///   shape     the target            dtype  that of x (numeric); indices are integers
///   limits    rows whose index is outside are left out; rows of one index add up in their order
///   gradient  dx = the rows of dy at the indices, 0 outside
struct scatter_add_op {
  static constexpr auto name = "scatter_add";
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 2;
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, a.target};
    const int lead = x[1].shape.rank;
    if (!is_integer(x[1].type)) r.problem = "indices must be integers";
    else if (x[0].type == dtype::boolean) r.problem = "operands must be numbers, not bool";
    else if (a.target.rank == 0 || x[0].shape.rank != lead + a.target.rank - 1) r.problem = "the rows do not fit the indices and the target";
    if (r.problem != nullptr) return r;
    for (int i = 0; i < lead; ++i)
      if (!(x[0].shape[i] == x[1].shape[i])) r.problem = "there is not one row for each index";
    for (int i = 1; i < a.target.rank; ++i)
      if (!(x[0].shape[lead + i - 1] == a.target[i])) r.problem = "the rows do not have the shape of the target's rows";
    return r;
  }
  static constexpr gradients gradient(ref dy, ref, ref, ref indices) { return inputs(apply<gather_op>({.a = 1}, dy, indices), no_gradient); }
};

constexpr gradients gather_op::gradient(ref dy, ref, ref x, ref indices) {
  return inputs(apply<scatter_add_op>({.target = x.shape()}, dy, indices), no_gradient);
}

/// Rows of x, along its first axis: `gather(embedding, tokens)`.
template <class X, class I> requires any_operand<X, I> constexpr auto gather(X x, I indices) { return apply<gather_op>(x, indices); }

/// Sums rows into a tensor of the given shape: `scatter_add<1000, 64>(rows, tokens)`.
template <auto... Dims, class X, class I> requires any_operand<X, I> constexpr auto scatter_add(X rows, I indices) {
  return apply<with<scatter_add_op, attributes{.target = shape(Dims...)}>>(rows, indices);
}

}  // namespace tapeless
