#pragma once
#include "derivative_graph.hpp"

#include <deque>
#include <map>
#include <set>

namespace checks {

/// One way to get a gradient rule wrong.
struct mutation {
  enum class kind {
    none,
    negate,          ///< the gradient by operand a
    scale,           ///< the same, by a factor near 1
    drop,            ///< the same: none flows
    stop,            ///< the same: the graph no longer knows what it depends on
    exchange,        ///< the gradients by operands a and b
    replace,         ///< the gradient by operand a by: b = -3: 1; -2: dy; -1: y; else operand b
    substitute,      ///< what the rule reads, a by b: -2: dy; -1: y; else operands; b = -3: 1
    take_operand,    ///< node a of the rule by its operand b
    swap_operands,   ///< of node a of the rule
    negate_node,     ///< node a of the rule
    another_number,  ///< constant a of the rule
  };
  kind what = kind::none;
  int a = 0, b = 0;
  std::string_view node{};  ///< the op of node a

  std::string text() const {
    static constexpr std::string_view names[]{"none", "negate", "scale", "drop", "stop", "exchange", "replace", "substitute", "take operand of", "swap operands of", "negate node", "another number"};
    const std::string name(names[static_cast<std::size_t>(what)]);
    if (what == kind::take_operand) return name + " " + std::string(node) + " " + std::to_string(b);
    return name + " " + (node.empty() ? std::to_string(a) + " " + std::to_string(b) : std::string(node));
  }
};

/// A rule's graph: what the real rule makes of leaves.
struct rule_graph {
  mutable tl::builder b;  // handles into it do not say that they only read
  std::vector<tl::ref> x, dx;
  tl::ref y, dy;
  int first = 0;  // node that the rule made

  rule_graph(const tl::op_info* op, tl::ref given_dy, tl::ref given_y, std::span<const tl::ref> given) : dx(given.size()) {
    std::vector<int> ids;
    for (std::size_t i = 0; i < given.size(); ++i) {
      x.push_back(b.add_leaf({.name = "x" + std::to_string(i), .type = given[i].type(), .shape = given[i].shape()}));
      ids.push_back(x.back().id);
    }
    y = b.at(b.intern(op, given_y.attributes(), ids, given_y.type(), given_y.shape()));
    dy = b.add_leaf({.name = "dy", .type = given_dy.type(), .shape = given_dy.shape()});
    first = b.graph.size();
    op->gradient(dy, y, x, dx);
  }
  rule_graph(const rule_graph&) = delete;

  tl::ref read(int what) const { return what == -2 ? dy : what == -1 ? y : what < 0 ? tl::ref{} : x[static_cast<std::size_t>(what)]; }
  bool alike(tl::ref p, tl::ref q) const { return p.exists() && q.exists() && p.type() == q.type() && p.shape() == q.shape(); }

  /// All mutations that can be made of the rule.
  std::vector<mutation> mutations() const {
    using enum mutation::kind;
    std::vector<mutation> all;
    const int n = static_cast<int>(x.size());
    for (int k = 0; k < n; ++k) {
      if (!dx[static_cast<std::size_t>(k)].exists()) continue;
      for (const auto what : {negate, scale, drop, stop}) all.push_back({what, k, 0});
      for (int other = -2; other < n; ++other)
        if (const auto r = read(other); tl::is_floating(r.type()) && r.shape() == x[static_cast<std::size_t>(k)].shape()) all.push_back({replace, k, other});
      all.push_back({replace, k, -3});
      for (int other = k + 1; other < n; ++other)
        if (dx[static_cast<std::size_t>(other)].exists()) all.push_back({exchange, k, other});
    }
    for (int from = -2; from < n; ++from) {
      for (int to = -2; to < n; ++to)
        if (from != to && alike(read(from), read(to))) all.push_back({substitute, from, to});
      if (tl::is_floating(read(from).type())) all.push_back({substitute, from, -3});
    }
    for (int id = first; id < b.graph.size(); ++id) {
      const auto& node = b.graph[id];
      for (int i = 0; i < node.operand_count; ++i)
        if (alike(ref_at(id), ref_at(b.graph.operand_of(id, i)))) all.push_back({take_operand, id - first, i, node.op->name});
      if (node.operand_count >= 2 && !commutes(*node.op)) all.push_back({swap_operands, id - first, 0, node.op->name});
      if (tl::is_floating(node.type) && node.operand_count > 0) all.push_back({negate_node, id - first, 0, node.op->name});
      if (node.op->kind == tl::op_kind::constant) all.push_back({another_number, id - first, 0, node.op->name});
    }
    return all;
  }

  /// The mutated rule with other leaves, in their builder.
  std::vector<tl::ref> apply(const mutation& m, tl::ref real_dy, tl::ref real_y, std::span<const tl::ref> real_x) const {
    using enum mutation::kind;
    tl::builder& out = *real_y.owner;
    std::vector<int> to(static_cast<std::size_t>(b.graph.size()), -1);
    const auto real = [&](int what) { return what == -2 ? real_dy : what == -1 ? real_y : real_x[static_cast<std::size_t>(what)]; };
    for (int what = -2; what < static_cast<int>(x.size()); ++what) {
      int id = real(what).id;
      if (m.what == substitute && m.a == what) {
        if (m.b == -3) id = tl::broadcast_to(out.add_constant(1, real(what).type(), false), real(what).shape()).id;
        else if (alike(read(m.a), read(m.b))) id = real(m.b).id;
      }
      to[static_cast<std::size_t>(read(what).id)] = id;
    }
    for (int id = first; id < b.graph.size(); ++id) {
      auto& copy = to[static_cast<std::size_t>(id)];
      const auto& node = b.graph[id];
      std::vector<int> operands;
      for (int o : b.graph.operands_of(id)) operands.push_back(to[static_cast<std::size_t>(o)]);
      const bool here = m.a == id - first;
      if (here && m.what == take_operand && m.b < node.operand_count && alike(ref_at(id), ref_at(b.graph.operand_of(id, m.b)))) {
        copy = operands[static_cast<std::size_t>(m.b)];
        continue;
      }
      if (here && m.what == swap_operands && operands.size() >= 2) {
        auto *p = &operands[operands.size() - 2], *q = &operands.back();
        const auto shape_of = [&](int i) { return out.graph.shape_of(i); };
        if (shape_of(*p) == shape_of(*q) || node.op->kind == tl::op_kind::elementwise) std::swap(*p, *q);
      }
      auto a = b.graph.attributes_of(id);
      if (here && m.what == another_number && node.op->kind == tl::op_kind::constant) a.bits = std::bit_cast<std::uint64_t>(a.number() * 1.25 + 0.5);
      copy = out.intern(node.op, a, operands, node.type, b.graph.shape_of(id));
      if (here && m.what == negate_node && tl::is_floating(node.type)) copy = (-out.at(copy)).id;
    }
    std::vector<tl::ref> result(x.size());
    for (std::size_t k = 0; k < x.size(); ++k)
      if (dx[k].exists()) result[k] = out.at(to[static_cast<std::size_t>(dx[k].id)]);
    const auto k = static_cast<std::size_t>(m.a < 0 ? 0 : m.a);
    if (k >= result.size()) return result;
    switch (m.what) {
      case negate: result[k] = -result[k]; break;
      case scale: result[k] = (1 + 0x1p-20) * result[k]; break;
      case drop: result[k] = {}; break;
      case stop: result[k] = tl::stop_gradient(result[k]); break;
      case exchange: std::swap(result[k], result[static_cast<std::size_t>(m.b)]); break;
      case replace: result[k] = m.b == -3 ? tl::broadcast_to(out.add_constant(1, real(static_cast<int>(k)).type(), false), real(static_cast<int>(k)).shape()) : real(m.b); break;
      default: break;
    }
    return result;
  }

 private:
  static bool commutes(const tl::op_info& op) {
    static const std::set<std::string_view> those{"add", "mul", "maximum", "minimum", "equal", "not_equal", "logical_and", "logical_or", "logical_xor"};
    return those.contains(op.name);
  }
  tl::ref ref_at(int id) const { return b.at(id); }
};

/// An op whose rule is the real one's, mutated. One at a time.
class mutant {
 public:
  mutant(const tl::op_info* op, const mutation& m) : info_(*op) {
    info_.gradient = &gradient;
    real_ = op, mutation_ = m;
  }
  mutant(const mutant&) = delete;
  replacement replaces() const {
    return [this](const tl::op_info* op) { return op->hash == info_.hash ? &info_ : nullptr; };
  }

 private:
  static void gradient(tl::ref dy, tl::ref y, std::span<const tl::ref> x, std::span<tl::ref> dx) {
    const rule_graph rule(real_, dy, y, x);
    const auto result = rule.apply(mutation_, dy, y, x);
    std::copy(result.begin(), result.end(), dx.begin());
  }
  tl::op_info info_;
  inline static const tl::op_info* real_ = nullptr;
  inline static mutation mutation_{};
};

/// The mutations of an op's rule that change its graph, each once.
inline std::vector<mutation> distinct_mutations(const tl::op_info* op, tl::ref dy, tl::ref y, std::span<const tl::ref> x) {
  const rule_graph rule(op, dy, y, x);
  std::set<std::vector<int>> seen;
  const auto ids = [&](const mutation& m) {
    std::vector<int> r;
    for (const auto& d : rule.apply(m, dy, y, x)) r.push_back(d.id);
    return r;
  };
  seen.insert(ids({}));
  std::vector<mutation> distinct;
  for (const auto& m : rule.mutations())
    if (seen.insert(ids(m)).second) distinct.push_back(m);
  return distinct;
}

}  // namespace checks
