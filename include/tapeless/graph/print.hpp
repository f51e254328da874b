#pragma once
#include <tapeless/core/decimal.hpp>
#include <tapeless/graph/graph.hpp>

#include <string>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

constexpr std::string_view leaf_word(leaf_kind k) {
  constexpr std::string_view words[]{"placeholder", "variable", "argument", "extent", "bound", "cotangent", "random"};
  return words[static_cast<int>(k)];
}

constexpr text& print_number(text& out, double value, dtype type) {
  return type == dtype::f32 ? print_decimal(out, static_cast<float>(value)) : print_decimal(out, value);
}

constexpr text& print_node_name(text& out, int id) { return out << "%" << std::int64_t{id}; }

/// What a node does, without its operands and shape: `sum`, `placeholder "x"`, `constant 0.5`.
template <class Storage> constexpr text& print_operation(text& out, const basic_graph<Storage>& g, int id) {
  const auto& n = g[id];
  if (n.op->kind == op_kind::leaf) return out << leaf_word(g.leaf_of(id).kind) << " \"" << g.name_of(g.leaf_of(id)) << "\"";
  out << n.op->name;
  if (n.op->kind != op_kind::constant) return out;
  print_number(out << " ", g.attributes_of(id).number(), n.type);
  return g.attributes_of(id).a == 1 ? out << " weak" : out;
}

/// The attributes as the op prints them, behind a space, such as ` axes=(0, 1)`.
template <class Storage> constexpr text& print_attributes(text& out, const basic_graph<Storage>& g, int id) {
  if (g[id].op->print != nullptr) g[id].op->print(out, g.attributes_of(id));
  return out;
}

template <class Storage> constexpr text& print_type(text& out, const basic_graph<Storage>& g, int id) {
  return g.shape_of(id).print(out << to_string(g[id].type) << " ");
}

}  // namespace detail

/// A graph as text, one line for each node, then what is fetched and assigned:
///   %2 = matmul %0 %1 transpose_b : float (64, 100)
///   return %2
///   assign %1 <- %8
template <class Storage> constexpr sequence<char> print(const basic_graph<Storage>& g) {
  sequence<char> all;
  const auto finish = [&](text& line) {
    for (char c : line.view()) all.push_back(c);
    all.push_back('\n');
    line.size = 0;
  };
  text line;
  for (int id = 0; id < g.size(); ++id) {
    detail::print_operation(detail::print_node_name(line, id) << " = ", g, id);
    for (int o : g.operands_of(id)) detail::print_node_name(line << " ", o);
    detail::print_type(detail::print_attributes(line, g, id) << " : ", g, id);
    finish(line);
  }
  if (!g.outputs.empty()) {
    line << "return";
    for (int o : g.outputs) detail::print_node_name(line << " ", o);
    finish(line);
  }
  for (const auto& a : g.assignments) {
    detail::print_node_name(detail::print_node_name(line << "assign ", a.variable) << " <- ", a.value);
    finish(line);
  }
  return all;
}

template <class Storage> std::string to_string(const basic_graph<Storage>& g) {
  const auto all = print(g);
  return {all.begin(), all.end()};
}

}  // namespace tapeless
