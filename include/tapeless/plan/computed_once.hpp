#pragma once
#include <tapeless/core/sequence.hpp>
#include <tapeless/plan/layout.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Of an elementwise op, from which loading what it gave costs less than computing it again.
inline constexpr int least_cost_of_once = 5;

/// By node: whether it is the same in every run, since it depends on what is fixed and on nothing else. `apart`: nodes to be
/// left out.
template <class Graph> constexpr sequence<char> same_in_every_run(const Graph& g, const sequence<char>& apart) {
  sequence<char> same(apart.size(), 0);
  for (int id = 0; id < g.size(); ++id) {
    const auto kind = g[id].op->kind;
    bool all = kind != op_kind::leaf && kind != op_kind::control && kind != op_kind::region && apart[static_cast<std::size_t>(id)] == 0, any = is_fixed(g, id);
    for (int o : g.operands_of(id)) {
      const bool is_same = same[static_cast<std::size_t>(o)] != 0;
      any = any || is_same;
      all = all && (is_same || g.is(root_of(g, o), op_kind::constant));
    }
    same[static_cast<std::size_t>(id)] = all && any;
  }
  return same;
}

}  // namespace detail

/// By node: whether it is computed once, when the dims are known, and not in each run; empty where none is. It is the same in
/// every run, and is needed in memory or costs more than a load; so is what it is computed from. The rest stays in the loops
/// that use it: an element of `iota < 5` is no sooner loaded than computed.
template <class Graph> constexpr sequence<char> computed_once(const Graph& g) {
  bool any = false;
  for (int id = 0; id < g.size(); ++id) any = any || is_fixed(g, id);
  if (!any) return {};
  sequence<char> apart(static_cast<std::size_t>(g.size()), 0), same;
  for (int o : g.outputs) apart[static_cast<std::size_t>(root_of(g, o))] = 1;
  for (const auto& a : g.assignments) apart[static_cast<std::size_t>(root_of(g, a.value))] = 1;
  for (bool settled = false; !settled;) {
    same = detail::same_in_every_run(g, apart);
    settled = true;
    for (int id = 0; id < g.size(); ++id)  // a part that is computed in its place has no memory but that of the whole
      if (const int whole = g[id].host; whole >= 0 && same[static_cast<std::size_t>(id)] != 0 && same[static_cast<std::size_t>(whole)] == 0) apart[static_cast<std::size_t>(id)] = 1, settled = false;
  }
  sequence<char> once(same.size(), 0);
  any = false;
  for (int id = g.size(); id-- > 0;) {
    const auto kind = g[id].op->kind;
    const bool computes = kind != op_kind::view && kind != op_kind::constant && !is_fixed(g, id), needs_memory = computes && kind != op_kind::elementwise && kind != op_kind::reduction;
    auto& own = once[static_cast<std::size_t>(id)];
    if (same[static_cast<std::size_t>(id)] == 0 || !computes) own = 0;
    else if (kind != op_kind::elementwise || g[id].op->cost >= detail::least_cost_of_once) own = 1;
    any = any || own != 0;
    for (int o : g.operands_of(id))
      if (const int root = root_of(g, o); (own != 0 || needs_memory) && same[static_cast<std::size_t>(root)] != 0) once[static_cast<std::size_t>(root)] = 1;
  }
  if (!any) once.clear();
  return once;
}

}  // namespace tapeless
