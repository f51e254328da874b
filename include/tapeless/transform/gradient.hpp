#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/shape_ops.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Reverse mode. Walks the ancestors of y once from the last to the first, asking each op for the gradients of its
/// operands; undoes broadcasting; sums what meets. The result is nodes of the same graph, so derivatives can be taken again.
///
/// `where` does not multiply the dead branch's gradient by zero: it hands its condition down as a mask, which is applied
/// where the walk leaves the elementwise subtree. So what a dead branch computes, infinite or NaN, never reaches a leaf.
class reverse_sweep {
 public:
  /// `seed`: the adjoint of y, in its shape. `target`: if not -1, only this node's adjoint is asked for.
  constexpr reverse_sweep(builder& b, int y, int seed, int target = -1) : b_(b), adjoints_(static_cast<std::size_t>(y) + 1), first_(target < 0 ? 0 : target) {
    if (target >= 0) mark_paths(target);
    adjoints_.back().value = seed;
    for (int id = y; id >= first_; --id) visit(id);
  }
  /// The adjoint of each node up to y; -1: y does not depend on it.
  constexpr sequence<int> adjoints() {
    sequence<int> result;
    for (auto& a : adjoints_) {
      if (a.mask >= 0) a = {where(b_.at(a.mask), b_.at(a.value), 0.0).id, -1};
      result.push_back(a.value);
    }
    return result;
  }

 private:
  struct adjoint {
    int value = -1;
    int mask = -1;
  };

  /// Of the nodes behind the target, those computed from it.
  constexpr void mark_paths(int target) {
    on_path_.resize(adjoints_.size());
    for (int id = target; id < static_cast<int>(adjoints_.size()); ++id) {
      bool on = id == target;
      for (int o : b_.graph.operands_of(id)) on = on || (o >= target && on_path_[static_cast<std::size_t>(o)]);
      on_path_[static_cast<std::size_t>(id)] = on;
    }
  }

  constexpr void visit(int id) {
    auto& mine = adjoints_[static_cast<std::size_t>(id)];
    if (mine.value < 0) return;
    const auto* op = b_.graph[id].op;
    if (op->kind != op_kind::elementwise) settle(mine, id);
    if (op->gradient == nullptr || b_.graph[id].operand_count == 0) return;

    sequence<ref> x, dx;
    for (int o : b_.graph.operands_of(id)) x.push_back(b_.at(o));
    dx.resize(x.size());
    const auto dy = mine;
    if (op == id_of<where_op>()) {
      pass_masked(x[1].id, dy, x[0]);
      pass_masked(x[2].id, dy, logical_not(x[0]));
      return;
    }
    op->gradient(b_.at(dy.value), b_.at(id), x, dx);
    for (std::size_t i = 0; i < x.size(); ++i)
      if (dx[i].exists() && is_floating(x[i].type())) accumulate(x[i].id, {dx[i].id, dy.mask});
  }

  constexpr void pass_masked(int x, adjoint dy, ref condition) {
    const int mask = dy.mask < 0 ? condition.id : logical_and(b_.at(dy.mask), condition).id;
    if (is_floating(b_.graph[x].type)) accumulate(x, {dy.value, mask});
  }

  /// Applies the mask, and gives the gradient the shape of the node it belongs to.
  constexpr void settle(adjoint& a, int id) {
    if (a.mask >= 0) a = {where(b_.at(a.mask), b_.at(a.value), 0.0).id, -1};
    a.value = sum_to(b_.at(a.value), b_.graph.shape_of(id)).id;
  }

  constexpr void accumulate(int x, adjoint dx) {
    if (b_.graph.is(x, op_kind::constant) || x < first_ || (!on_path_.empty() && !on_path_[static_cast<std::size_t>(x)])) return;
    auto& sum = adjoints_[static_cast<std::size_t>(x)];
    const bool fits = b_.graph.shape_of(dx.value) == b_.graph.shape_of(x) &&
                      (dx.mask < 0 || b_.graph.shape_of(dx.mask) == b_.graph.shape_of(x));
    const bool leaf = b_.graph.is(x, op_kind::leaf);
    if (!fits || leaf || (sum.value >= 0 && sum.mask != dx.mask)) settle(dx, x);
    if (sum.value < 0) {
      sum = dx;
      return;
    }
    if (sum.mask != dx.mask) settle(sum, x);
    sum.value = (b_.at(sum.value) + b_.at(dx.value)).id;
  }

  builder& b_;
  sequence<adjoint> adjoints_;
  int first_;
  sequence<bool> on_path_;
};

namespace detail {
/// Whether x is among what y is computed from, also where no gradient flows, as through a comparison.
constexpr bool depends_on(const builder& b, int y, int x) {
  if (x > y) return false;
  sequence<bool> needed(static_cast<std::size_t>(y) + 1);
  needed.back() = true;
  for (int id = y; id > x; --id)
    if (needed[static_cast<std::size_t>(id)])
      for (int o : b.graph.operands_of(id)) needed[static_cast<std::size_t>(o)] = true;
  return needed[static_cast<std::size_t>(x)];
}
}  // namespace detail

/// The adjoints of a scalar: those of the sweep made before, if there was one.
constexpr const sequence<int>& adjoints_of(builder& b, ref y) {
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
constexpr ref add_derivative(builder& b, ref y, ref x) {
  if (!b.mistake.empty()) return x;
  const auto& adjoints = adjoints_of(b, y);
  if (static_cast<std::size_t>(x.id) >= adjoints.size() || adjoints[static_cast<std::size_t>(x.id)] < 0) {
    bool zero = detail::depends_on(b, y.id, x.id);
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
  const ref dx = sum_to(b.at(adjoints[static_cast<std::size_t>(x.id)]), x.shape());
  b.derived.push_back(dx.id);
  return dx;
}

}  // namespace tapeless
