#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/plan/legalise.hpp>
#include <tapeless/transform/compact.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Writes out where a graph's session computes, `home`, and drops the transfers that lead nowhere: to where the operand is, or
/// back to where it came from. What is fetched or assigned is then computed, neither a leaf nor a transfer.
/// Takes any graph in topological order.
template <class Graph> constexpr graph resolve_transfers(const Graph& g, symbol home) {
  builder out;
  sequence<int> renamed(static_cast<std::size_t>(g.size()), -1), x;
  const auto at = [&](std::int64_t bits) { return bits == 0 ? static_cast<std::int64_t>(home.bits) : bits; };
  for (int id = 0; id < g.size(); ++id) {
    out.deriving = g[id].derived, out.order = g[id].order;
    if (g.is(id, op_kind::leaf)) {
      renamed[id] = out.copy_leaf(g, id).id;
      continue;
    }
    x.clear();
    for (int o : g.operands_of(id)) x.push_back(renamed[o]);
    if (g[id].op != id_of<transfer_op>()) {
      renamed[id] = out.copy(g, id, {x.data(), x.size()});
      continue;
    }
    attributes a{.a = at(g.attributes_of(id).a), .b = at(g.attributes_of(id).b)};
    while (out.graph[x[0]].op == id_of<transfer_op>()) a.b = out.graph.attributes_of(x[0]).b, x[0] = out.graph.operand_of(x[0], 0);
    renamed[id] = a.a == a.b || out.graph.is(x[0], op_kind::constant) ? x[0] : out.intern(id_of<transfer_op>(), a, {x.data(), x.size()}, g[id].type, g.shape_of(id));
  }
  const auto computed = [&](int id) {
    const bool is = !out.graph.is(id, op_kind::leaf) && out.graph[id].op != id_of<transfer_op>();
    return is ? id : out.intern(id_of<copy_op>(), {}, {&id, 1}, out.graph[id].type, out.graph.shape_of(id));
  };
  for (int o : g.outputs) out.graph.outputs.push_back(computed(renamed[o]));
  for (const auto& a : g.assignments) out.graph.assignments.push_back({renamed[a.variable], computed(renamed[a.value])});
  return compact(out.graph);
}

/// What each backend computes of a graph, in parts that run one after the other. A part reads leaves, and values of earlier
/// parts; between parts of two devices stands a transfer.
struct partition {
  struct part {
    symbol device{};
    int stage = 0;  ///< how many transfers lead to it
  };
  sequence<part> parts;      ///< in the order in which they run
  sequence<int> part_of;     ///< by node; -1: leaves, transfers, and what is computed from numbers of the program alone, wherever it is read
  sequence<char> given;      ///< by node: what other parts read, what is transferred, fetched or assigned late
  sequence<char> late;       ///< by assignment: the variable is written when all parts have run, since a later one reads it
  const char* mistake = nullptr;
};

namespace detail {

template <class Graph> class divider {
 public:
  constexpr divider(const Graph& g, symbol home) : g_(g), device_(count(), 0), stage_(count(), 0) {
    out_.part_of.resize(count(), -1), out_.given.resize(count(), 0);
    const free_arguments inside(g);
    for (int id = 0; id < g.size(); ++id) {
      visit(id, home.bits);
      if (is_transfer(id) && !inside[id].empty()) out_.mistake = divided;
    }
    for (int o : g.outputs) settle(o, home.bits);
    for (const auto& a : g.assignments) settle(a.value, home.bits);
    order_parts();
    for (int id = 0; id < g.size(); ++id) note_reads(id);
    for (int o : g.outputs) out_.given[o] = 1;
    for (const auto& a : g.assignments) choose_time(a);
  }
  constexpr partition result() && { return std::move(out_); }

 private:
  constexpr std::size_t count() const { return static_cast<std::size_t>(g_.size()); }
  static constexpr const char* divided = "on: the body of a loop is not divided between backends: put `on` around the loop";
  constexpr bool is_transfer(int id) const { return g_[id].op == id_of<transfer_op>(); }

  /// A node is computed where its operands are.
  constexpr void visit(int id, std::uint64_t home) {
    if (is_transfer(id)) {
      device_[id] = static_cast<std::uint64_t>(g_.attributes_of(id).a);
      stage_[id] = stage_[g_.operand_of(id, 0)] + 1;
      return;
    }
    if (g_.is(id, op_kind::leaf) && g_.leaf_of(id).kind != leaf_kind::extent && g_.leaf_of(id).kind != leaf_kind::bound) device_[id] = home;
    for (int o : g_.operands_of(id)) {
      stage_[id] = std::max(stage_[id], stage_[o]);
      if (device_[o] == 0 || device_[o] == device_[id]) continue;
      if (device_[id] == 0) device_[id] = device_[o];
      else out_.mistake = divided;
    }
  }
  constexpr bool stands_alone(int id) const { return g_.is(id, op_kind::leaf) || is_transfer(id); }
  /// What is fetched or assigned is computed by some part.
  constexpr void settle(int id, std::uint64_t home) {
    if (device_[id] == 0) device_[id] = home;
  }
  constexpr void order_parts() {
    int last = 0;
    for (int id = 0; id < g_.size(); ++id) last = std::max(last, stage_[id]);
    for (int stage = 0; stage <= last; ++stage)
      for (int id = 0; id < g_.size(); ++id)
        if (stage_[id] == stage && device_[id] != 0 && !stands_alone(id)) out_.part_of[id] = part({symbol(device_[id]), stage});
  }
  constexpr int part(const partition::part& p) {
    for (std::size_t i = 0; i < out_.parts.size(); ++i)
      if (out_.parts[i].device == p.device && out_.parts[i].stage == p.stage) return static_cast<int>(i);
    out_.parts.push_back(p);
    return static_cast<int>(out_.parts.size()) - 1;
  }
  constexpr void note_reads(int id) {
    for (int o : g_.operands_of(id))
      if (out_.part_of[o] >= 0 && out_.part_of[o] != out_.part_of[id]) out_.given[o] = 1;
  }
  constexpr void choose_time(const assignment& a) {
    const int written = out_.part_of[a.value];
    bool late = false;
    for (int id = 0; id < g_.size(); ++id)
      for (int o : g_.operands_of(id)) late = late || (o == a.variable && (is_transfer(id) ? stage_[id] > out_.parts[written].stage : out_.part_of[id] > written));
    out_.late.push_back(late);
    if (late) out_.given[a.value] = 1;
  }

  const Graph& g_;
  partition out_;
  sequence<std::uint64_t> device_;  ///< by node; 0: anywhere
  sequence<int> stage_;
};

/// The name under which a part reads what another computes.
constexpr text part_value_name(int node) {
  text name("value ");
  name << static_cast<std::int64_t>(node);
  return name;
}

}  // namespace detail

template <class Graph> constexpr partition divide(const Graph& g, symbol home) { return detail::divider<Graph>(g, home).result(); }

/// One part of a graph as a graph of its own: what it reads from other parts are placeholders, what others read are outputs, in
/// the order of the nodes.
template <class Graph> constexpr graph cut_part(const Graph& g, const partition& p, int part) {
  builder out;
  sequence<int> renamed(static_cast<std::size_t>(g.size()), -1), x;
  const auto brought = [&](int id) { return id >= 0 && g[id].op == id_of<transfer_op>(); };
  for (int id = 0; id < g.size(); ++id) {
    if (g.is(id, op_kind::leaf)) {
      renamed[id] = out.copy_leaf(g, id).id;
      continue;
    }
    if (p.part_of[id] != part && (p.part_of[id] >= 0 || brought(id))) {
      renamed[id] = out.add_leaf({.kind = leaf_kind::placeholder, .name = detail::part_value_name(id).view(), .type = g[id].type, .shape = g.shape_of(id)}).id;
      continue;
    }
    x.clear();
    for (int o : g.operands_of(id)) x.push_back(renamed[o]);
    out.deriving = g[id].derived, out.order = g[id].order;
    renamed[id] = out.copy(g, id, {x.data(), x.size()});
    if (p.part_of[id] == part && p.given[id] != 0) out.graph.outputs.push_back(renamed[id]);
  }
  for (std::size_t i = 0; i < g.assignments.size(); ++i)
    if (const auto& a = g.assignments[i]; p.late[i] == 0 && p.part_of[a.value] == part) out.graph.assignments.push_back({renamed[a.variable], renamed[a.value]});
  return compact(out.graph);
}

}  // namespace tapeless
