#pragma once
#include <tapeless/graph/hash_index.hpp>
#include <tapeless/plan/plan.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// One copy without functions of each op that a program's graph or plan points to.
template <class Program> class bare_ops {
  static constexpr sequence<const op_info*> found() {
    sequence<const op_info*> ops;
    hash_index index;
    const auto meet = [&](const op_info* op) {
      if (index.find(op->hash, [](int) { return true; }) >= 0) return;
      index.insert(op->hash, static_cast<int>(ops.size()));
      ops.push_back(op);
    };
    for (const auto& n : Program::graph.nodes) meet(n.op);
    for (const auto& s : Program::plan.steps) meet(s.op);
    return ops;
  }

 public:
  static constexpr std::size_t count = found().size();
  static constexpr auto table = [] {
    std::array<op_info, count> t{};
    const auto ops = found();
    for (std::size_t i = 0; i < count; ++i) {
      const op_info& op = *ops[i];
      t[i].name = op.name, t[i].kind = op.kind, t[i].hash = op.hash, t[i].local = op.local, t[i].tame = op.tame, t[i].cost = op.cost;
    }
    return t;
  }();
  static constexpr hash_index index() {
    hash_index index;
    for (std::size_t i = 0; i < count; ++i) index.insert(table[i].hash, static_cast<int>(i));
    return index;
  }
  static constexpr const op_info* of(const op_info* op, const hash_index& index) {
    return table.data() + index.find(op->hash, [](int) { return true; });
  }
};

}  // namespace detail

/// A program's graph and plan for what is planned while it runs, from the extents that are fed: their ops have no functions. Else
/// compilers would translate the shape rules, gradients and batching rules of all of them, which nobody calls any more.
template <class Program> struct bare_program {
  static constexpr auto graph = [] {
    auto g = Program::graph;
    const auto index = detail::bare_ops<Program>::index();
    for (auto& n : g.nodes) n.op = detail::bare_ops<Program>::of(n.op, index);
    return g;
  }();
  static constexpr auto plan = [] {
    auto p = Program::plan;
    const auto index = detail::bare_ops<Program>::index();
    for (auto& s : p.steps) s.op = detail::bare_ops<Program>::of(s.op, index);
    return p;
  }();
};

}  // namespace tapeless
