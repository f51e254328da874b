#pragma once
#include <tapeless/graph/marker.hpp>

namespace tapeless::inline TAPELESS_ABI {

constexpr ref add_node(builder& b, const op_info* op, const attributes& a, std::span<const ref> x);

/// The operand, brought to where another backend computes. Stands in a graph until it is known on which backend a session runs:
/// see plan/placement.hpp.
///   attributes  a: the backend it is brought to, b: the one it comes from, each as the bits of a symbol; 0 is the session's own
///   gradient    dx = dy, brought back
struct transfer_op : pass_through {
  static constexpr auto name = "transfer";
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes&) { return {x[0].type, x[0].shape}; }
  static constexpr gradients gradient(ref dy, ref y, ref) {
    const attributes to = y.attributes(), back{.a = to.b, .b = to.a};
    return inputs(add_node(*y.owner, id_of<transfer_op>(), back, {&dy, 1}));
  }
  static constexpr ref batch(ref y, dim, std::span<const batched> x) { return add_node(*y.owner, id_of<transfer_op>(), y.attributes(), {&x[0].value, 1}); }
  static constexpr void print(text& out, const attributes& a) {
    const auto say = [&](std::int64_t bits) { bits == 0 ? void(out << "here") : symbol(static_cast<std::uint64_t>(bits)).print(out); };
    out << " from ", say(a.b), out << " to ", say(a.a);
  }
};

template <class Graph> constexpr bool has_transfers(const Graph& g) {
  for (const auto& n : g.nodes)
    if (n.op == id_of<transfer_op>()) return true;
  return false;
}

}  // namespace tapeless
#include <tapeless/graph/builder.hpp>  // what the rules call; behind the op, which it makes
