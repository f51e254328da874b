#pragma once
#include <tapeless/graph/print.hpp>

#include <string>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// In a quoted label, quotes and backslashes are escaped; `\n` ends a line.
inline void append_escaped(std::string& out, std::string_view s) {
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

template <class Storage> void append_dot_node(std::string& out, const basic_graph<Storage>& g, int id) {
  text operation, type;
  print_attributes(print_operation(operation, g, id), g, id);
  print_type(type, g, id);
  const auto kind = g[id].op->kind;
  out += "n" + std::to_string(id) + " [label=\"";
  append_escaped(out, operation.view());
  out += "\\n";
  append_escaped(out, type.view());
  out += kind == op_kind::leaf ? "\" shape=box style=filled fillcolor=lightgrey];\n" : kind == op_kind::constant ? "\" shape=plaintext];\n" : "\"];\n";
}

}  // namespace detail

/// A graph for Graphviz: leaves are boxes, what is fetched has a double border, dashed edges lead from the value that is
/// assigned to its variable.
///   clusters   optionally a number for each node; nodes of one number stand in one frame, such as the kernel that computes
///              them; -1: in none
template <class Storage> std::string to_dot(const basic_graph<Storage>& g, const std::vector<int>& clusters = {}) {
  const auto cluster_of = [&](int id) { return static_cast<std::size_t>(id) < clusters.size() ? clusters[static_cast<std::size_t>(id)] : -1; };
  std::vector<std::string> inside;
  std::string outside;
  for (int id = 0; id < g.size(); ++id) {
    const int cluster = cluster_of(id);
    if (cluster < 0) {
      detail::append_dot_node(outside += "  ", g, id);
      continue;
    }
    if (inside.size() <= static_cast<std::size_t>(cluster)) inside.resize(static_cast<std::size_t>(cluster) + 1);
    detail::append_dot_node(inside[static_cast<std::size_t>(cluster)] += "    ", g, id);
  }
  std::string out = "digraph {\n  node [shape=ellipse fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < inside.size(); ++i)
    if (!inside[i].empty()) out += "  subgraph cluster_" + std::to_string(i) + " {\n    label=\"" + std::to_string(i) + "\";\n" + inside[i] + "  }\n";
  out += outside;
  const auto name = [](int id) { return "n" + std::to_string(id); };
  for (int id = 0; id < g.size(); ++id)
    for (int o : g.operands_of(id)) out += "  " + name(o) + " -> " + name(id) + ";\n";
  for (int o : g.outputs) out += "  " + name(o) + " [peripheries=2];\n";
  for (const auto& a : g.assignments) out += "  " + name(a.value) + " -> " + name(a.variable) + " [style=dashed constraint=false];\n";
  return out + "}\n";
}

}  // namespace tapeless
