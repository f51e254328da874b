#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/shape_ops.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// An operation that is about to be added. Its operands are nodes of the new graph, which are simplified already.
struct draft {
  const op_info* op;
  id_range x;
  dtype type;
  const tapeless::shape& shape;
  const attributes& with;
};

/// Builds a graph from the leaves up. Each operation first goes to `rules`, which may answer with a node that does the same.
class rewriter {
 public:
  using rules = int (*)(rewriter&, const draft&);  ///< -1: add the operation as it is

  constexpr explicit rewriter(rules r) : rules_(r) {}
  constexpr const tapeless::graph& graph() const { return out_.graph; }

  /// Whether what is being made belongs to a derivative.
  constexpr bool in_derivative() const { return out_.deriving; }

  template <class Op> constexpr bool is(int id) const { return graph()[id].op == id_of<Op>(); }
  constexpr bool is_constant(int id) const { return graph().is(id, op_kind::constant); }
  constexpr bool is_constant(int id, double value) const {
    return is_constant(id) && std::bit_cast<std::uint64_t>(number(id)) == std::bit_cast<std::uint64_t>(value);
  }
  constexpr double number(int id) const { return graph().attributes_of(id).number(); }
  constexpr int operand(int id, int i = 0) const { return graph().operand_of(id, i); }
  constexpr bool has_shape(int id, const shape& s) const { return graph().shape_of(id) == s; }
  /// How many operations of the source read what became this node.
  constexpr int readers(int id) const { return static_cast<std::size_t>(id) < readers_.size() ? readers_[id] : 0; }

  constexpr int make(const draft& n) {
    const int known = rules_(*this, n);
    return known >= 0 ? known : out_.intern(n.op, n.with, {n.x.first, n.x.size()}, n.type, n.shape);
  }
  template <class Op, class... Ids> constexpr int make(dtype type, const shape& s, const attributes& a, Ids... x) {
    const int ids[]{x...};
    return make({id_of<Op>(), {ids, sizeof...(x)}, type, s, a});
  }
  /// An elementwise operation in the place of `n`.
  template <class Op, class... Ids> constexpr int make_like(const draft& n, Ids... x) { return make<Op>(n.type, n.shape, {}, x...); }
  constexpr int constant(double value, dtype type) { return out_.add_constant(value, type, false).id; }

  /// A view whose target is its shape, without asking the rules.
  template <class Op> constexpr int view(int x, const shape& s) {
    const int ids[]{x};
    return out_.intern(id_of<Op>(), {.target = s}, ids, out_.graph[x].type, s);
  }
  constexpr int reshape_once(int x, const shape& s) {
    if (is<reshape_op>(x)) x = operand(x);
    return has_shape(x, s) ? x : view<reshape_op>(x, s);
  }

  /// What a node repeats, or puts axes of extent 1 in front of; else the node itself.
  constexpr int bare(int id) const {
    if (is<broadcast_to_op>(id)) return operand(id);
    return is<reshape_op>(id) && only_leads(graph().shape_of(operand(id)), graph().shape_of(id)) ? operand(id) : id;
  }
  /// x broadcast to a shape.
  constexpr int expanded(int x, const shape& s) {
    x = bare(x);
    if (has_shape(x, s)) return x;
    return only_leads(graph().shape_of(x), s) ? reshape_once(x, s) : view<broadcast_to_op>(x, s);
  }
  constexpr int reshaped(int x, const shape& s) { return graph().shape_of(bare(x)).rank == 0 ? expanded(x, s) : reshape_once(x, s); }

  /// Rebuilds what the outputs and assignments of `g` depend on.
  template <class Graph> constexpr void rebuild(const Graph& g) {
    sequence<int> uses(static_cast<std::size_t>(g.size()), 0);
    const auto use = [&](int id) { ++uses[id]; };
    for (int o : g.outputs) use(o);
    for (const auto& a : g.assignments) use(a.variable), use(a.value);
    for (int id = g.size() - 1; id >= 0; --id)
      if (uses[id] > 0)
        for (int i = value_operands(g[id].op, g[id].operand_count); i-- > 0;) use(g.operand_of(id, i));

    out_.graph.nodes.reserve(g.nodes.size());
    out_.graph.operands.reserve(g.operands.size());
    readers_.reserve(g.nodes.size());
    sequence<int> renamed(static_cast<std::size_t>(g.size()), -1);
    const auto name = [&](int id) { return renamed[id]; };
    sequence<int> x;
    for (int id = 0; id < g.size(); ++id) {
      const int read = uses[id];
      if (read == 0) continue;
      int made = 0;
      if (g.is(id, op_kind::leaf)) {
        made = out_.copy_leaf(g, id).id;
      } else {
        x.clear();
        for (int o : g.operands_of(id))
          if (name(o) >= 0) x.push_back(name(o));  // else a barrier waits for what nobody computes
        out_.deriving = g[id].derived, out_.order = g[id].order;
        made = make({g[id].op, {x.data(), static_cast<int>(x.size())}, g[id].type, g.shape_of(id), g.attributes_of(id)});
      }
      renamed[id] = made;
      readers_.resize(out_.graph.nodes.size(), 0);
      readers_[made] += read;
    }
    for (int o : g.outputs) out_.graph.outputs.push_back(name(o));
    for (const auto& a : g.assignments) out_.graph.assignments.push_back({name(a.variable), name(a.value)});
  }

 private:
  /// Whether `to` is `from` with axes of extent 1 in front.
  static constexpr bool only_leads(const shape& from, const shape& to) {
    const int lead = to.rank - from.rank;
    if (lead < 0) return false;
    for (int i = 0; i < to.rank; ++i)
      if (!(i < lead ? to[i].is_one() : to[i] == from[i - lead])) return false;
    return true;
  }

  rules rules_;
  builder out_;
  sequence<int> readers_;
};

}  // namespace tapeless::detail
