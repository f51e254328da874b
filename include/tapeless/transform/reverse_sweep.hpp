#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/shape_ops.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/where.hpp>
#include <tapeless/ops/loop_trace.hpp>
#include <tapeless/transform/dead_branches.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// A node and what belongs to it, such as its adjoint.
struct node_value {
  int node = -1;
  int value = -1;
};

/// What flows out of a loop backwards, for the adjoints of its results: adjoints of what it is given and of what its body uses.
constexpr sequence<node_value> transpose_loop(builder& b, int loop, const sequence<node_value>& results);

/// Reverse mode. Walks the ancestors of y once from the last to the first, asking each op for the gradients of its
/// operands; undoes broadcasting; sums what meets. The result is nodes of the same graph, so derivatives can be taken again.
///
/// `where` does not multiply the dead branch's gradient by zero: it hands its condition down as a mask, which is applied
/// where the walk leaves the elementwise subtree, and goes on below that; see dead_branches. So what a dead branch computes,
/// infinite or NaN, never reaches a leaf.
/// `cond` does the same with a guard, which goes all the way down to where gradients of several branches meet: there each of
/// them becomes a branch itself, so that what is not taken is not computed either.
class reverse_sweep {
 public:
  /// `seed`: the adjoint of y, in its shape. `target`: if not -1, only this node's adjoint is asked for.
  constexpr reverse_sweep(builder& b, int y, int seed, int target = -1) : b_(b), dead_(b), adjoints_(static_cast<std::size_t>(y) + 1), first_(target < 0 ? 0 : target) {
    if (target >= 0) mark_paths({&target, 1});
    walk(y, seed);
  }
  /// Only the adjoints of these nodes are asked for.
  constexpr reverse_sweep(builder& b, int y, int seed, const sequence<int>& targets) : b_(b), dead_(b), adjoints_(static_cast<std::size_t>(y) + 1), first_(y + 1) {
    for (int t : targets) first_ = t < first_ ? t : first_;
    mark_paths({targets.data(), static_cast<int>(targets.size())});
    walk(y, seed);
  }
  /// Of a loop's body: from several nodes, through those that depend on arguments of the loop, up to all that these use.
  constexpr reverse_sweep(builder& b, const sequence<node_value>& seeds, const free_arguments& free, const argument_set& inside) : b_(b), dead_(b) {
    int last = -1;
    for (const auto& s : seeds) last = std::max(last, s.node);
    adjoints_.resize(static_cast<std::size_t>(last) + 1);
    for (const auto& s : seeds) accumulate(s.node, {s.value, -1, -1});
    for (int id = last; id >= 0; --id)
      if (free[id].meets(inside) || b.graph[id].op == id_of<loop_op>()) visit(id);
  }
  /// The adjoint of each node up to y; -1: y does not depend on it.
  constexpr sequence<int> adjoints() {
    sequence<int> result;
    for (int id = 0; id < static_cast<int>(adjoints_.size()); ++id) {
      auto& a = adjoints_[id];
      if (a.guard >= 0) settle(a, id);
      if (a.mask >= 0) a = {masked(a).id, -1, a.guard};
      while (a.guard >= 0) leave_guard(a, id);
      result.push_back(a.value);
    }
    return result;
  }

 private:
  struct adjoint {
    int value = -1;
    int mask = -1;
    int guard = -1;
    bool deep = false;  ///< the mask goes on below what is not elementwise
    int below = -1;     ///< what goes on of a mask that is applied already
  };
  /// A condition under which an adjoint is not zero, inside another one.
  struct guard {
    int outer = -1;
    int condition = -1;
  };
  struct loop_result {
    int loop, node;
    adjoint dy;
  };

  constexpr void walk(int y, int seed) {
    adjoints_.back() = under_mask(seed);
    for (int id = y; id >= first_; --id) visit(id);
  }
  /// A seed that is 0 at dead places, as those of checkpoints inside a branch, is one under a mask.
  constexpr adjoint under_mask(int seed) const {
    const auto& g = b_.graph;
    if (g[seed].op != id_of<where_op>() || g.attributes_of(seed).a != 0) return {seed};
    const int mask = g.operand_of(seed, 0), value = g.operand_of(seed, 1), other = g.operand_of(seed, 2);
    const bool zero = g.is(other, op_kind::constant) && g.attributes_of(other).number() == 0;
    if (!zero || !(g.shape_of(mask) == g.shape_of(seed)) || !(g.shape_of(value) == g.shape_of(seed))) return {seed};
    return {value, mask, -1, true};
  }

  /// Of the nodes behind the targets, those computed from them.
  constexpr void mark_paths(id_range targets) {
    on_path_.resize(adjoints_.size());
    for (int t : targets)
      if (t < static_cast<int>(adjoints_.size())) on_path_[t] = true;
    for (int id = first_; id < static_cast<int>(adjoints_.size()); ++id) {
      bool on = on_path_[id];
      for (int o : b_.graph.operands_of(id)) on = on || (o >= first_ && on_path_[o]);
      on_path_[id] = on;
    }
  }

  constexpr void visit(int id) {
    auto& mine = adjoints_[id];
    if (mine.value < 0) return;
    const auto* op = b_.graph[id].op;
    if (op == id_of<loop_op>()) return visit_loop(id);
    if (op->kind != op_kind::elementwise) settle(mine, id);
    if (op->kind == op_kind::control) return visit_control(id, mine);
    if (op->gradient == nullptr || b_.graph[id].operand_count == 0) return;

    sequence<ref> x, dx;
    for (int o : b_.graph.operands_of(id)) x.push_back(b_.at(o));
    dx.resize(x.size());
    auto dy = mine;
    if (op->kind == op_kind::elementwise && dy.below >= 0) dy.mask = dy.below, dy.deep = true;
    if (op == id_of<where_op>()) {
      dy.deep = dy.deep || b_.graph.attributes_of(id).a == 0;
      pass_masked(x[1].id, dy, x[0]);
      pass_masked(x[2].id, dy, logical_not(x[0]));
      return;
    }
    const sequence<ref> whole = x;
    if (dy.below >= 0 && dead_.is_product(op)) dead_.leave_out_of_product(id, dy.below, x);
    op->gradient(b_.at(dy.value), b_.at(id), x, dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const int to = whole[i].id;
      if (!dx[i].exists() || !is_differentiable(b_.graph[to].type)) continue;
      if (op->kind == op_kind::elementwise || dy.below < 0) accumulate(to, {dx[i].id, dy.mask, dy.guard, dy.deep});
      else accumulate(to, {dx[i].id, dead_.hazardous(to) ? dead_.below(id, dy.below, whole, i) : -1, dy.guard, true});
    }
  }

  constexpr void pass_masked(int x, adjoint dy, ref condition) {
    const int mask = dy.mask < 0 ? condition.id : logical_and(b_.at(dy.mask), condition).id;
    if (is_differentiable(b_.graph[x].type)) accumulate(x, {dy.value, mask, dy.guard, dy.deep});
  }

  constexpr void visit_control(int id, adjoint dy) {
    if (b_.graph[id].op == id_of<choice_op>()) {
      const ref condition = b_.at(b_.graph.operand_of(id, 0));
      const int a = b_.graph.operand_of(id, 1), b = b_.graph.operand_of(id, 2);
      if (!is_differentiable(b_.graph[id].type)) return;
      accumulate(a, {dy.value, -1, guard_by(dy.guard, condition.id)});
      accumulate(b, {dy.value, -1, guard_by(dy.guard, logical_not(condition).id)});
    } else if (is_differentiable(b_.graph[id].type)) {
      const int loop = b_.graph.operand_of(id, 0);
      results_.push_back({loop, id, dy});
      adjoints_[loop].value = dy.value;  // only says that there is one
    }
  }
  constexpr void visit_loop(int id) {
    sequence<node_value> results;
    adjoint together;
    for (auto& r : results_)
      if (r.loop == id) {
        if (results.empty()) together = r.dy;
        while (together.guard != r.dy.guard) {
          if (together.guard > r.dy.guard) together.guard = guards_[together.guard].outer;
          else r.dy.guard = guards_[r.dy.guard].outer;
        }
        results.push_back({r.node, r.dy.value});
      }
    std::size_t i = 0;
    for (const auto& r : results_)
      if (r.loop == id) {
        adjoint dy{results[i].value, -1, r.dy.guard};
        while (dy.guard != together.guard) leave_guard(dy, r.node);
        results[i++].value = dy.value;
      }
    for (const auto& dx : transpose_loop(b_, id, results)) accumulate(dx.node, {dx.value, -1, together.guard});
  }

  constexpr int guard_by(int outer, int condition) {
    int i = 0;
    for (const auto& g : guards_) {
      if (g.outer == outer && g.condition == condition) return i;
      ++i;
    }
    guards_.push_back({outer, condition});
    return i;
  }
  /// What was under a condition becomes a branch of it.
  constexpr void leave_guard(adjoint& a, int id) {
    const auto& g = guards_[a.guard];
    const ref x[]{b_.at(g.condition), b_.at(a.value), broadcast_to(b_.add_constant(0, b_.graph[a.value].type, false), b_.graph.shape_of(id))};
    a = {b_.add(id_of<choice_op>(), {}, x).id, -1, g.outer};
  }

  constexpr ref masked(const adjoint& a) {
    const ref mask = b_.at(a.mask), value = b_.at(a.value);
    return a.deep ? where(mask, value, 0.0) : detail::choose(mask, value, 0.0);
  }
  /// Applies the mask, and gives the gradient the shape of the node it belongs to.
  constexpr void settle(adjoint& a, int id) {
    if (a.mask >= 0) {
      const bool goes_on = a.deep && !b_.graph.is(id, op_kind::leaf) && dead_.hazardous(id);
      const int below = goes_on ? dead_.any_to(b_.at(a.mask), b_.graph.shape_of(id)).id : -1;
      a = {masked(a).id, -1, a.guard, false, below};
    }
    a.value = sum_to(b_.at(a.value), b_.graph.shape_of(id)).id;
  }

  constexpr void accumulate(int x, adjoint dx) {
    if (b_.graph.is(x, op_kind::constant) || x < first_ || (!on_path_.empty() && !on_path_[x])) return;
    auto& sum = adjoints_[x];
    const bool fits = b_.graph.shape_of(dx.value) == b_.graph.shape_of(x) &&
                      (dx.mask < 0 || b_.graph.shape_of(dx.mask) == b_.graph.shape_of(x));
    const bool leaf = b_.graph.is(x, op_kind::leaf);
    if (!fits || leaf || (sum.value >= 0 && (sum.mask != dx.mask || sum.guard != dx.guard))) settle(dx, x);
    if (sum.value < 0) {
      sum = dx;
      return;
    }
    if (sum.mask != dx.mask || sum.guard != dx.guard) settle(sum, x);
    while (sum.guard != dx.guard) leave_guard(sum.guard > dx.guard ? sum : dx, x);
    sum.value = (b_.at(sum.value) + b_.at(dx.value)).id;
    sum.below = dead_.unite(sum.below, dx.below);
  }

  builder& b_;
  dead_branches dead_;
  sequence<adjoint> adjoints_;
  int first_ = 0;
  sequence<bool> on_path_;
  sequence<loop_result> results_;
  sequence<guard> guards_;  ///< an outer one stands before what is inside it
};

}  // namespace tapeless

#include <tapeless/transform/loop_gradient.hpp>
