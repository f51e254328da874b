#pragma once
#include <tapeless/transform/reverse_sweep.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Derivatives of what is itself part of a derivative, of numbers or of samples that do not meet: forward mode from the end, as far
/// as sums and products go that only one result uses, and one reverse sweep for what is shared. So second derivatives that
/// differ by a factor are derived once.
class shared_derivatives {
 public:
  constexpr explicit shared_derivatives(builder& b) : b_(b) {
    auto& u = b.usages;
    const auto& g = b.graph;
    for (int id = static_cast<int>(u.size()); id < g.size(); ++id) {
      const bool elementwise = g.is(id, op_kind::elementwise);
      bool number = elementwise || g.is(id, op_kind::constant) || g.is(id, op_kind::view), even = elementwise || g.is(id, op_kind::leaf);
      for (int o : g.operands_of(id)) {
        const auto& x = u[o];
        number = number && x.number;
        even = even && (x.number || (x.even && g[o].shape == g[id].shape));
      }
      u.push_back({0, number, even || number});
    }
    if (b.used_by_sweeps != b.sweeps.size()) count_uses();
  }
  /// What y is the sum of, if all of it is computed element by element from tensors of x's shape; else -1.
  constexpr int applies(int y, int x) const {
    const auto& g = b_.graph;
    while (g[y].op == id_of<sum_op>() && g.shape_of(y).rank == 0) y = g.operand_of(y, 0);
    const auto known = b_.usages.size();
    return static_cast<std::size_t>(y) < known && static_cast<std::size_t>(x) < known && g[y].derived && b_.usages[y].even && g[x].shape == g[y].shape && g.is(x, op_kind::leaf) ? y : -1;
  }
  /// -1: y does not depend on x.
  constexpr int of(int y, int x, int depth = 0) {
    const node n = b_.graph[y];
    const bool arithmetic = n.op == id_of<multiply_op>() || n.op == id_of<add_op>() || n.op == id_of<subtract_op>() || n.op == id_of<negate_op>() || n.op == id_of<divide_op>();
    if (!n.derived || !arithmetic || b_.usages[y].uses > 1 || depth == deepest) return swept(y, x);
    sequence<ref> operands;
    for (int o : b_.graph.operands_of(y)) operands.push_back(b_.at(o));
    ref sum;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const int o = operands[i].id;
      const int t = x > o || b_.usages[o].number ? -1 : of(o, x, depth + 1);
      if (t < 0) continue;
      sequence<ref> dx(operands.size());
      n.op->gradient(b_.at(t), b_.at(y), {operands.data(), operands.size()}, {dx.data(), dx.size()});
      sum = sum.exists() ? sum + dx[i] : dx[i];
    }
    return sum.exists() ? sum.id : -1;
  }

 private:
  constexpr void count_uses() {
    auto& u = b_.usages;
    const auto& g = b_.graph;
    sequence<char> needed(u.size());
    for (auto& n : u) n.uses = 0;
    for (const auto& l : g.leaves)
      for (const auto& adjoints : b_.sweeps)
        if (static_cast<std::size_t>(l.node) < adjoints.size() && adjoints[l.node] >= 0 && adjoints[l.node] < static_cast<int>(u.size()))
          needed[adjoints[static_cast<std::size_t>(l.node)]] = 1;
    for (int id = static_cast<int>(u.size()) - 1; id >= 0; --id)
      if (needed[id] != 0)
        for (int o : g.operands_of(id)) ++u[o].uses, needed[o] = 1;
    b_.used_by_sweeps = b_.sweeps.size();
  }
  constexpr int swept(int y, int x) {
    std::size_t i = 0;
    while (i < b_.swept.size() && b_.swept[i] != -1 - y) ++i;
    if (i == b_.swept.size()) {
      const ref one = broadcast_to(b_.add_constant(1, b_.graph[y].type, false), b_.graph.shape_of(y));
      auto adjoints = reverse_sweep(b_, y, one.id).adjoints();
      b_.swept.push_back(-1 - y);
      b_.sweeps.push_back(std::move(adjoints));
    }
    const auto& adjoints = b_.sweeps[i];
    return static_cast<std::size_t>(x) < adjoints.size() ? adjoints[x] : -1;
  }

  static constexpr int deepest = 32;  ///< constant evaluation nests some hundred calls only
  builder& b_;
};

}  // namespace detail

}  // namespace tapeless
