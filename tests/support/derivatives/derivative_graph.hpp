#pragma once
#include "op_rows.hpp"

#include <tapeless/expr/derivative.hpp>
#include <tapeless/transform/jacobian_products.hpp>

#include <functional>
#include <stdexcept>
#include <string>

namespace checks {

/// The builder has refused what was built.
struct malformed_graph : std::logic_error { using std::logic_error::logic_error; };

/// What stands in place of an op, or null.
using replacement = std::function<const tl::op_info*(const tl::op_info*)>;

/// Copies nodes to another graph; leaves and what else is known already is given in `to`.
inline void copy_nodes(const tl::graph& from, int first, tl::builder& b, std::vector<int>& to, const replacement& other = {}) {
  to.resize(static_cast<std::size_t>(from.size()), -1);
  for (int id = first; id < from.size(); ++id) {
    if (to[static_cast<std::size_t>(id)] >= 0) continue;
    const auto& n = from[id];
    std::vector<int> x;
    for (int o : from.operands_of(id)) x.push_back(to[static_cast<std::size_t>(o)]);
    const auto* op = n.op;
    if (const auto* replaced = other ? other(op) : nullptr; replaced != nullptr) op = replaced;
    to[static_cast<std::size_t>(id)] = b.intern(op, from.attributes_of(id), x, n.type, from.shape_of(id));
  }
}

/// An op with its derivatives as nodes of one graph, built at run time. For F = <u, f(x)>:
///   derivatives  the first by each x_k, then those of the one before along v
///   moved        J v by forward mode;   transposed  J v as the derivative of <J'u, v> by u
struct derivative_graph {
  tl::builder b;
  std::vector<int> x, v;  // leaves; -1 in v where there is no derivative
  int y = -1, u = -1, moved = -1, transposed = -1;
  std::array<std::vector<int>, 3> derivatives;
  std::size_t primal = 0;  // nodes up to y

  derivative_graph(const any_row& row, const std::vector<tl::shape>& shapes, tl::dtype type, int orders = 3, const replacement& other = {}) {
    tl::builder plain;
    std::vector<tl::ref> given;
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      const auto t = row.operands[k].whole ? tl::dtype::i32 : type;
      given.push_back(plain.add_leaf({.name = "x" + std::to_string(k), .type = t, .shape = shapes[k]}));
      x.push_back(b.add_leaf({.name = "x" + std::to_string(k), .type = t, .shape = shapes[k]}).id);
    }
    const tl::ref result = row.build(given);
    if (!plain.mistake.empty()) throw malformed_graph(std::string(row.name) + ": " + std::string(plain.mistake.view()));
    std::vector<int> to = x;
    copy_nodes(plain.graph, 0, b, to, other);
    y = to[static_cast<std::size_t>(result.id)];
    primal = static_cast<std::size_t>(b.graph.size());
    u = b.add_leaf({.name = "u", .type = type, .shape = b.graph.shape_of(y)}).id;
    for (std::size_t k = 0; k < x.size(); ++k)
      v.push_back(row.operands[k].whole ? -1 : b.add_leaf({.name = "v" + std::to_string(k), .type = type, .shape = shapes[k]}).id);
    if (orders == 0) return;
    tl::ref sum = tl::sum(b.at(u) * b.at(y));
    for (int order = 0; order < orders; ++order) {
      tl::ref next{};
      for (std::size_t k = 0; k < x.size(); ++k) {
        if (v[k] < 0) { derivatives[static_cast<std::size_t>(order)].push_back(-1); continue; }
        const tl::ref d = tl::add_derivative(b, sum, b.at(x[k]));
        derivatives[static_cast<std::size_t>(order)].push_back(d.id);
        const tl::ref term = tl::sum(b.at(v[k]) * d);
        next = next.exists() ? next + term : term;
      }
      sum = next;
      if (order == 0) transposed = tl::add_derivative(b, sum, b.at(u)).id;
    }
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (v[k] < 0) continue;
      const tl::ref part = tl::add_jvp(b, b.at(y), b.at(x[k]), b.at(v[k]));
      moved = moved < 0 ? part.id : (b.at(moved) + part).id;
    }
    if (!b.mistake.empty()) throw malformed_graph(std::string(row.name) + ": " + std::string(b.mistake.view()));
  }
};

}  // namespace checks
