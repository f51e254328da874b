#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/graph.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Numbers what is kept of a table in the order in which it is asked for.
template <class T> class kept_entries {
 public:
  constexpr kept_entries(const sequence<T>& from, sequence<T>& to) : from_(from), to_(to), place_(from.size(), -1) {}
  constexpr int operator()(int i) {
    auto& place = place_[i];
    if (place < 0) {
      place = static_cast<int>(to_.size());
      to_.push_back(from_[i]);
    }
    return place;
  }

 private:
  const sequence<T>& from_;
  sequence<T>& to_;
  sequence<int> place_;
};

}  // namespace detail

/// Drops what no output and no assignment depends on: nodes, leaves, shapes and attributes.
/// Takes any graph in topological order; what is kept stays in its order.
constexpr graph compact(const graph& g) {
  sequence<char> live(g.nodes.size(), 0);
  const auto mark = [&](int id) { live[id] = 1; };
  for (int o : g.outputs) mark(o);
  for (const auto& a : g.assignments) mark(a.variable), mark(a.value);
  for (int id = g.size() - 1; id >= 0; --id)
    if (live[id] != 0)
      for (int i = value_operands(g[id].op, g[id].operand_count); i-- > 0;) mark(g.operand_of(id, i));

  graph out;
  out.nodes.reserve(g.nodes.size());
  out.operands.reserve(g.operands.size());
  detail::kept_entries shapes(g.shapes, out.shapes);
  detail::kept_entries attributes(g.attribute_table, out.attribute_table);
  sequence<int> renamed(g.nodes.size(), -1);
  const auto name = [&](int id) { return renamed[id]; };
  for (int id = 0; id < g.size(); ++id) {
    if (live[id] == 0) continue;
    node n = g[id];
    n.first_operand = static_cast<int>(out.operands.size());
    for (int o : g.operands_of(id))
      if (name(o) >= 0) out.operands.push_back(name(o));
    n.operand_count = static_cast<int>(out.operands.size()) - n.first_operand;
    n.shape = shapes(n.shape);
    const int made = out.size();
    if (n.op->kind == op_kind::leaf) {
      // Its attributes hold its place in the table of leaves, which is a new one.
      n.attributes = static_cast<int>(out.attribute_table.size());
      out.attribute_table.push_back(g.attributes_of(id));
      out.attribute_table.back().a = static_cast<std::int64_t>(out.leaves.size());
      leaf l = g.leaf_of(id);
      const auto text = g.name_of(l);
      l.name_first = static_cast<int>(out.names.size());
      l.node = made;
      out.names.append(text.data(), text.size());
      out.leaves.push_back(l);
    } else {
      n.attributes = attributes(n.attributes);
    }
    out.nodes.push_back(n);
    renamed[id] = made;
  }
  for (int o : g.outputs) out.outputs.push_back(name(o));
  for (const auto& a : g.assignments) out.assignments.push_back({name(a.variable), name(a.value)});
  return out;
}

}  // namespace tapeless
