#pragma once
#include <tapeless/ops/logical.hpp>
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/where.hpp>

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
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);
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
    else if (!contains(element_domain::numeric, x[0].type)) r.problem = requirement(element_domain::numeric, x[0].type);
    else if (a.target.rank == 0 || x[0].shape.rank != lead + a.target.rank - 1) r.problem = "the rows do not fit the indices and the target";
    if (r.problem != nullptr) return r;
    for (int i = 0; i < lead; ++i)
      if (!(x[0].shape[i] == x[1].shape[i])) r.problem = "there is not one row for each index";
    for (int i = 1; i < a.target.rank; ++i)
      if (!(x[0].shape[lead + i - 1] == a.target[i])) r.problem = "the rows do not have the shape of the target's rows";
    return r;
  }
  static constexpr gradients gradient(ref dy, ref, ref, ref indices) { return inputs(apply<gather_op>({.a = 1}, dy, indices), no_gradient); }
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);
};

constexpr gradients gather_op::gradient(ref dy, ref, ref x, ref indices) {
  return inputs(apply<scatter_add_op>({.target = x.shape()}, dy, indices), no_gradient);
}

namespace detail {

/// Rows of all samples behind each other: indices of sample i begin at i times the rows of one; what is outside stays so.
constexpr ref offset_indices(ref indices, dim samples, dim rows) {
  if (!rows.is_static()) fail(*indices.owner, "vmap: rows that each sample chooses by itself need a static number of rows");
  const double n = static_cast<double>(rows.constant);
  const ref first = raised(iota(*indices.owner, indices.type(), samples) * n, indices.shape().rank - 1);
  const ref outside = add_constant(*indices.owner, -1, indices.type(), false);
  return where(indices >= 0.0 && indices < n, indices + first, outside);
}
/// The first two axes as one.
constexpr ref join_rows(ref x) {
  const auto s = x.shape();
  const auto rows = count_elements(shape(s[0], s[1]));
  shape r(rows.ok ? rows.value : s[0]);
  for (int i = 2; i < s.rank; ++i) r.push(s[i]);
  return reshape(x, r);
}

}  // namespace detail

constexpr ref gather_op::batch(ref y, dim samples, std::span<const batched> x) {
  const auto a = y.attributes();
  const ref rows = x[0].value, indices = x[1].value;
  if (!x[0].mapped) return apply<gather_op>(a, rows, indices);
  if (!x[1].mapped) return detail::move_axis(apply<gather_op>(a, detail::move_axis(rows, 0, 1), indices), indices.shape().rank, 0);
  return apply<gather_op>(a, detail::join_rows(rows), detail::offset_indices(indices, samples, rows.shape()[1]));
}
constexpr ref scatter_add_op::batch(ref y, dim samples, std::span<const batched> x) {
  const auto s = y.shape();
  if (!x[1].mapped) {
    const ref rows = detail::move_axis(x[0].value, 0, x[1].value.shape().rank);
    shape target(s[0], samples);
    for (int i = 1; i < s.rank; ++i) target.push(s[i]);
    return detail::move_axis(apply<scatter_add_op>({.target = target}, rows, x[1].value), 1, 0);
  }
  const ref rows = detail::lifted(x[0], samples), indices = detail::offset_indices(x[1].value, samples, s[0]);
  const auto all = detail::times_samples(s, 0, samples);
  return reshape(apply<scatter_add_op>({.target = all}, rows, indices), detail::with_samples(samples, s));
}

/// Rows of x, along its first axis: `gather(embedding, tokens)`.
template <class X, class I> requires any_operand<X, I> constexpr auto gather(X x, I indices) { return apply<gather_op>(x, indices); }

/// Sums rows into a tensor of the given shape: `scatter_add<1000, 64>(rows, tokens)`.
template <auto... Dims, class X, class I> requires any_operand<X, I> constexpr auto scatter_add(X rows, I indices) {
  return apply<with<scatter_add_op, attributes{.target = shape(Dims...)}>>(rows, indices);
}

}  // namespace tapeless
