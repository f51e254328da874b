#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/arithmetic.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Whether anything of a graph can be condensed: in most networks, where products of matrices stand between elementwise
/// operations, no numbers meet and no product is a factor of another.
constexpr bool is_condensable(const graph& g) {
  constexpr char scaled = 1, product = 2;  // a number times something; a product of others
  sequence<char> has(g.nodes.size(), 0);
  int quotients = 0;
  for (int id = 0; id < g.size(); ++id) {
    const node& n = g[id];
    const op_info* const op = n.op;
    if (op->kind != op_kind::elementwise || !is_floating(n.type)) continue;
    const bool multiplies = op == id_of<multiply_op>(), divides = op == id_of<divide_op>();
    if (!multiplies && !(n.derived && (divides || op == id_of<add_op>() || op == id_of<subtract_op>() || op == id_of<negate_op>()))) continue;
    const int a = g.operand_of(id, 0), b = g.operand_of(id, n.operand_count - 1);
    const bool by_number = g.is(b, op_kind::constant), of_number = g.is(a, op_kind::constant);
    if ((!of_number && g[a].shape != n.shape) || (!by_number && g[b].shape != n.shape)) continue;
    if (!n.derived) {
      if (by_number) has[id] = scaled;
      continue;
    }
    if (divides && (of_number || by_number || g[a].op == op || (n.order > 1 && ++quotients == 3))) return true;
    if (of_number) continue;
    const char both = has[a] | has[b];
    if ((both & scaled) != 0 || (multiplies && (both & product) != 0) || (a == b && !multiplies && n.operand_count == 2)) return true;
    if (by_number || n.operand_count == 1) has[id] = multiplies || n.operand_count == 1 ? scaled : 0;
    else if (multiplies) has[id] = product;
  }
  return false;
}

}  // namespace tapeless::detail
