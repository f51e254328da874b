#pragma once
#include <tapeless/transform/tangent.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The adjoint of x in a sweep, in the shape of x; zeros where y does not depend on it by ops with gradients.
constexpr ref adjoint_or_zero(builder& b, const sequence<int>& adjoints, ref x) {
  const bool known = static_cast<std::size_t>(x.id) < adjoints.size() && adjoints[static_cast<std::size_t>(x.id)] >= 0;
  const ref dx = known ? sum_to(b.at(adjoints[static_cast<std::size_t>(x.id)]), x.shape()) : broadcast_to(b.add_constant(0, x.type(), false), x.shape());
  b.derived.push_back(dx.id);
  return dx;
}

}  // namespace detail

/// Reverse mode with a given cotangent u in the shape of y: u' J, in the shape of x.
constexpr ref add_vjp(builder& b, ref y, ref x, ref u) {
  if (!b.mistake.empty()) return x;
  return detail::adjoint_or_zero(b, reverse_sweep(b, y.id, u.id).adjoints(), x);
}

/// Forward mode: J v, in the shape of y, for a tangent v in the shape of x; see forward_sweep.
constexpr ref add_jvp(builder& b, ref y, ref x, ref v) {
  if (!b.mistake.empty()) return y;
  const int t = x.id > y.id ? -1 : forward_sweep(b, y.id, x.id, v.id).of(y.id);
  const ref dy = t >= 0 ? b.at(t) : broadcast_to(b.add_constant(0, y.type(), false), y.shape());
  b.derived.push_back(dy.id);
  return dy;
}

}  // namespace tapeless
