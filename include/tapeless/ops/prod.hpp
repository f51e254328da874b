#pragma once
#include <tapeless/ops/concat.hpp>
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

namespace detail {

/// The gradient of a product along one axis by halving it: pairs are multiplied, then pairs of these; on the way back
/// each factor gets its partner. No division, so zeros are no special case; n - 1 products each way.
constexpr ref halving_gradient(ref g, ref x, int axis) {
  const std::int64_t n = x.shape()[axis].constant, half = (n + 1) / 2;
  if (n == 1) return g;
  const ref low = slice(x, axis, 0, half);
  const ref high = slice(x, axis, half, n - half);
  const ref partner = n % 2 == 0 ? high : pad(high, axis, 0, 1, 1);
  const ref inner = halving_gradient(g, low * partner, axis);
  const ref high_gradient = inner * low;
  return concat(inner * partner, n % 2 == 0 ? high_gradient : slice(high_gradient, axis, 0, n - half), axis);
}

/// The same where the extent is known at run time only: by division, with the zeros taken out.
constexpr ref dividing_gradient(ref g, ref x, int axis) {
  const attributes along{.a = std::int64_t{1} << axis, .b = 1};
  const ref zero = x == 0.0;
  const ref one = broadcast_to(add_constant(*x.owner, 1, x.type(), false), x.shape());
  const ref zeros = apply<sum_op>(along, where(zero, one, 0.0));
  const ref factors = where(zero, 1.0, x);
  const ref others = apply<prod_op>(along, factors);
  return g * where(zero, where(zeros == 1.0, others, 0.0), where(zeros == 0.0, others / factors, 0.0));
}

}  // namespace detail

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
    const dim n = part.shape()[axis];
    if (!n.is_static()) g = detail::dividing_gradient(g, part, axis);
    else if (n.constant == 0) g = broadcast_to(g, part.shape());
    else g = detail::halving_gradient(g, part, axis);
  }
  return inputs(g);
}

}  // namespace tapeless
