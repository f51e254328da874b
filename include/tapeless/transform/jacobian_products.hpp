#pragma once
#include <tapeless/expr/rules.hpp>
#include <tapeless/graph/deriving_scope.hpp>
#include <tapeless/transform/vmap.hpp>
#include <tapeless/transform/tangent.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The adjoint of x in a sweep, in the shape of x; zeros where y does not depend on it by ops with gradients.
constexpr ref adjoint_or_zero(builder& b, const sequence<int>& adjoints, ref x) {
  const bool known = static_cast<std::size_t>(x.id) < adjoints.size() && adjoints[x.id] >= 0;
  const ref dx = known ? sum_to(b.at(adjoints[x.id]), x.shape()) : broadcast_to(b.add_constant(0, x.type(), false), x.shape());
  b.derived.push_back(dx.id);
  return dx;
}

}  // namespace detail

/// Reverse mode with a given cotangent u in the shape of y: u' J, in the shape of x.
constexpr ref add_vjp(builder& b, ref y, ref x, ref u) {
  if (!b.mistake.empty()) return x;
  const deriving_scope deriving(b, y.id);
  return detail::adjoint_or_zero(b, reverse_sweep(b, y.id, u.id).adjoints(), x);
}

/// Forward mode: J v, in the shape of y, for a tangent v in the shape of x; see forward_sweep.
constexpr ref add_jvp(builder& b, ref y, ref x, ref v) {
  if (!b.mistake.empty()) return y;
  const deriving_scope deriving(b, y.id);
  const int t = x.id > y.id ? -1 : forward_sweep(b, y.id, x.id, v.id).of(y.id);
  const ref dy = t >= 0 ? b.at(t) : broadcast_to(b.add_constant(0, y.type(), false), y.shape());
  b.derived.push_back(dy.id);
  return dy;
}

/// Reverse mode of what is linear in x; only the nodes between x and y are walked.
constexpr ref add_transposed(builder& b, ref y, ref x, ref u, std::string_view name) {
  if (!b.mistake.empty() || !detail::depends_on(b, y.id, x.id)) return no_gradient;
  const auto adjoints = reverse_sweep(b, y.id, u.id, x.id).adjoints();
  const int dx = adjoints[x.id];
  if (dx < 0) return no_gradient;
  if (detail::depends_on(b, dx, x.id)) {
    text m(name);
    b.describe(m << ": tangent must be linear in the tangents it is given: it is ", y.id, 2);
    b.report(m);
  }
  return sum_to(b.at(dx), x.shape());
}

}  // namespace tapeless
