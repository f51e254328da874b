#pragma once
#include <tapeless/transform/gradient.hpp>

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

/// Forward mode: J v, in the shape of y, for a tangent v in the shape of x.
///
/// u' J is linear in u, and its derivative by u along v is J v: so the rules of reverse mode are all that is needed, and the
/// second sweep only walks over what the first has made of u. Neither u nor what only it needs is left once simplified.
/// Townsend, "A new trick for calculating Jacobian vector products", 2017.
constexpr ref add_jvp(builder& b, ref y, ref x, ref v) {
  if (!b.mistake.empty()) return y;
  char name[24]{"cotangent of node "};
  for (int i = 23, n = y.id; i > 17 && n > 0; --i, n /= 10) name[i] = static_cast<char>('0' + n % 10);
  const ref u = b.add_leaf({.kind = leaf_kind::cotangent, .name = {name, 24}, .type = y.type(), .shape = y.shape()});
  const ref along = add_vjp(b, y, x, u) * v;
  const ref total = apply<sum_op>({.a = (std::int64_t{1} << along.shape().rank) - 1}, along);
  return detail::adjoint_or_zero(b, reverse_sweep(b, total.id, b.add_constant(1, y.type(), false).id, u.id).adjoints(), u);
}

}  // namespace tapeless
