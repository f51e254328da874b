#pragma once
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/slice.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Product over axes.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (numeric); integers wrap
///   limits    an empty product is 1
///   gradient  dx = dy times the product of the other elements, also where elements are 0, and so for higher orders;
///             along a dynamic axis higher orders are right only where no element is 0
struct prod_op : reduction<element_domain::numeric> {
  static constexpr auto name = "prod";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() { return T(1); }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { return a * b; }
  static constexpr gradients gradient(ref dy, ref y, ref x);
};
template <int... Axes, class X> requires any_operand<X> constexpr auto prod(X x) { return detail::apply_reduction<prod_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto prod(X x, keepdims_t) { return detail::apply_reduction<prod_op, true, Axes...>(x); }

/// For each element the product of the others along an axis (attributes.a), without division: zeros are no special case.
///   shape     that of x            dtype  that of x (floating)
///   gradient  right also where elements are 0, and so for higher orders; along a dynamic axis only where none is
struct products_of_others_op {
  static constexpr auto name = "products_of_others";
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes&) { return {x[0].type, x[0].shape}; }
  static constexpr void print(text& out, const attributes& a) { out << " axis=" << a.a; }
  static constexpr gradients gradient(ref dy, ref y, ref x);
  static constexpr ref batch(ref y, dim, std::span<const batched> x) { return detail::along_next_axis(y, x[0].value); }
};

namespace detail {

/// A tensor, and how it changes.
struct moving {
  ref value, change;
  friend constexpr moving operator*(moving a, moving b) {
    if (!a.change.exists()) return {a.value * b.value, a.value * b.change};
    return {a.value * b.value, a.value * b.change + a.change * b.value};
  }
  constexpr moving part(int axis, std::int64_t start, std::int64_t count) const {
    return {slice(value, axis, start, count), change.exists() ? slice(change, axis, start, count) : change};
  }
};
/// How the products of others change when x does, by halving the axis: pairs are multiplied, then pairs of these; on the way back
/// each factor gets its partner. `outer`: the products of what is outside x, as far as there are any.
constexpr moving others_by_halving(moving outer, moving x, int axis) {
  const std::int64_t n = x.value.shape()[axis].constant, half = (n + 1) / 2;
  if (n == 1) return outer;
  const moving low = x.part(axis, 0, half), high = x.part(axis, half, n - half);
  const moving partner = n % 2 == 0 ? high : moving{pad(high.value, axis, 0, 1, 1), pad(high.change, axis, 0, 1, 0)};
  const moving inner = others_by_halving(outer, low * partner, axis);
  const moving for_low = inner * partner, all_high = inner * low, for_high = n % 2 == 0 ? all_high : all_high.part(axis, 0, n - half);
  return {concat(for_low.value, for_high.value, axis), concat(for_low.change, for_high.change, axis)};
}

}  // namespace detail

/// How each product changes with each factor is symmetric: the products along dy.
constexpr gradients products_of_others_op::gradient(ref dy, ref y, ref x) {
  const int axis = static_cast<int>(y.attributes().a);
  const dim n = x.shape()[axis];
  if (n.is_static()) {
    if (n.constant < 2) return inputs(no_gradient);
    shape s = x.shape();
    s[axis] = dim(1);
    const ref one = broadcast_to(add_constant(*x.owner, 1, x.type(), false), s);
    return inputs(detail::others_by_halving({one, {}}, {x, dy}, axis).change);
  }
  const ref all = dy * y;
  return inputs((apply<sum_op>({.a = std::int64_t{1} << axis, .b = 1}, all) - all) / x);
}

constexpr gradients prod_op::gradient(ref dy, ref y, ref x) {
  const auto& a = y.attributes();
  std::array<ref, max_rank> partial{};  // before each axis is reduced
  ref rest = x;
  for (int axis = 0; axis < x.shape().rank; ++axis) {
    if ((a.a >> axis & 1) == 0) continue;
    partial[static_cast<std::size_t>(axis)] = rest;
    rest = apply<prod_op>({.a = std::int64_t{1} << axis, .b = 1}, rest);
  }
  ref g = detail::spread(dy, y, x);
  for (int axis = x.shape().rank - 1; axis >= 0; --axis) {
    const ref part = partial[static_cast<std::size_t>(axis)];
    if (!part.exists()) continue;
    g = g * apply<products_of_others_op>({.a = axis}, part);
  }
  return inputs(g);
}

}  // namespace tapeless
