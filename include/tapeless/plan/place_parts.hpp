#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/plan/layout.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Elements that stand together in a part, below which writing it in place costs its loop more than copying it later.
inline constexpr std::int64_t least_run_of_part = 32;

/// Whether the part's elements stand in long enough runs in the whole.
constexpr bool runs_long(const graph& g, int part, int whole, const binding& b) {
  const auto& s = g.shape_of(part);
  const int axis = static_cast<int>(g.attributes_of(whole).a);
  std::int64_t run = 1, runs = 1;
  for (int i = 0; i < s.rank; ++i) (i < axis ? runs : run) *= b(s[i]);
  return runs == 1 || run >= least_run_of_part;
}
/// Whether every view of the node still has a layout, every product a contiguous axis of it, and every loop's body all of it
/// contiguous.
constexpr bool views_hold(const graph& g, int id, const binding& b) {
  for (int user = id; user < g.size(); ++user) {
    if (g.is(user, op_kind::view) && root_of(g, user) == id && !layout_of(g, user, b).ok) return false;
    if (g.is(user, op_kind::region))
      for (int o : g.operands_of(user))
        if (root_of(g, o) == id) return false;
    if (!g.is(user, op_kind::contraction)) continue;
    for (int o : g.operands_of(user)) {
      if (root_of(g, o) != id) continue;
      const auto l = layout_of(g, o, b);
      const auto last = static_cast<std::size_t>(l.rank - 1);
      if (l.strides[last] != 1 && l.strides[last - 1] != 1 && l.extents[last] != 1 && l.extents[last - 1] != 1) return false;
    }
  }
  return true;
}
constexpr bool is_kept(const graph& g, int id) {
  for (int o : g.outputs)
    if (o == id) return true;
  for (const auto& a : g.assignments)
    if (a.value == id) return true;
  return false;
}

}  // namespace detail

/// Parts of what is joined or padded are computed where they will stand, so that nothing is copied: those that a loop or a
/// product computes, that are used once in the whole, and of which no view needs another order in memory.
/// Takes a legal graph; gives the same graph with `node::host` set.
constexpr void place_parts(graph& g) {
  const auto b = representative_binding(g);
  for (int whole = g.size() - 1; whole >= 0; --whole) {  // what is joined of joined parts first
    const auto* op = g[whole].op;
    if (op != id_of<concat_op>() && !(op == id_of<pad_op>() && g.attributes_of(whole).c == 1)) continue;
    for (int part : g.operands_of(whole)) {
      const int id = root_of(g, part);
      const auto kind = g[id].op->kind;
      int uses = 0;
      for (int other : g.operands_of(whole)) uses += root_of(g, other) == id;
      bool fits = uses == 1 && g[id].host < 0 && (kind == op_kind::elementwise || kind == op_kind::reduction || kind == op_kind::contraction);
      fits = fits && !detail::is_kept(g, id) && b.count(g.shape_of(part)) == b.count(g.shape_of(id)) && detail::runs_long(g, part, whole, b);
      for (int v = part; fits && v != id; v = g.operand_of(v, 0)) fits = g[v].op == id_of<reshape_op>();
      if (!fits) continue;
      g.nodes[static_cast<std::size_t>(id)].host = whole;
      if (!layout_of(g, id, b).ok || !detail::views_hold(g, id, b)) g.nodes[static_cast<std::size_t>(id)].host = -1;
    }
  }
}

}  // namespace tapeless
