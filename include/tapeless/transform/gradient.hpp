#pragma once
#include <tapeless/graph/deriving_scope.hpp>
#include <tapeless/transform/shared_derivatives.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
/// Whether x is among what y is computed from, also where no gradient flows, as through a comparison.
constexpr bool depends_on(const builder& b, int y, int x) {
  if (x > y) return false;
  sequence<bool> needed(static_cast<std::size_t>(y) + 1);
  needed.back() = true;
  for (int id = y; id > x; --id)
    if (needed[id])
      for (int i = b.graph[id].op == id_of<barrier_op>() ? 1 : b.graph[id].operand_count; i-- > 0;) needed[b.graph.operand_of(id, i)] = true;
  return needed[x];
}
}  // namespace detail

/// The adjoints of a scalar: those of the sweep made before, if there was one.
constexpr const sequence<int>& adjoints_of(builder& b, ref y) {
  const deriving_scope deriving(b, y.id);
  std::size_t i = 0;
  while (i < b.swept.size() && b.swept[i] != y.id) ++i;
  if (i == b.swept.size()) {
    b.swept.push_back(y.id);
    b.sweeps.push_back(reverse_sweep(b, y.id, b.add_constant(1, y.type(), false).id).adjoints());
  }
  return b.sweeps[i];
}

/// The derivative is 0 where y depends on x only by ops without gradient, such as comparisons, and where y is computed from
/// a derivative in which x no longer occurs, as the second derivative of 3 x is.
constexpr ref add_derivative(builder& b, ref y, ref x, bool or_zero) {
  if (!b.mistake.empty()) return x;
  const deriving_scope deriving(b, y.id);
  if (!b.derived.empty() && b.graph.leaves.size() > 1) {  // by one leaf, one sweep is all there is
    detail::shared_derivatives shared(b);
    if (const int of = shared.applies(y.id, x.id); of >= 0)
      if (const int dx = shared.of(of, x.id); dx >= 0) {
        b.derived.push_back(dx);
        return b.at(dx);
      }
  }
  const auto& adjoints = adjoints_of(b, y);
  if (static_cast<std::size_t>(x.id) >= adjoints.size() || adjoints[x.id] < 0) {
    bool zero = or_zero || detail::depends_on(b, y.id, x.id);
    for (int d : b.derived) zero = zero || detail::depends_on(b, y.id, d);
    if (zero) {
      const ref dx = broadcast_to(b.add_constant(0, x.type(), false), x.shape());
      b.derived.push_back(dx.id);
      return dx;
    }
    text m;
    m << "derivative: the loss does not depend on ";
    b.describe(m, x.id, 1);
    m << ": loss is ";
    b.describe(m, y.id, 2);
    b.report(m);
    return x;
  }
  const ref dx = sum_to(b.at(adjoints[x.id]), x.shape());
  b.derived.push_back(dx.id);
  return dx;
}

}  // namespace tapeless
