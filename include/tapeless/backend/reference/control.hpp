#pragma once
#include <tapeless/graph/level.hpp>

#include <array>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::plain {

/// What is computed for a result of a loop: at each step, and to see whether there is one.
enum class body_part { step, condition };

template <class Program> struct levels {
  static constexpr auto& graph = Program::traced;

  template <auto Make> static constexpr auto list() {
    constexpr std::size_t count = Make().size();
    std::array<int, count> nodes{};
    const auto made = Make();
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = made[i];
    return nodes;
  }
  static constexpr auto outside = list<[] {
    level l(graph);
    for (int o : graph.outputs) l.need(o);
    for (const auto& a : graph.assignments) l.need(a.variable), l.need(a.value);
    return std::move(l).nodes();
  }>();
  template <int Result, body_part Part> static constexpr auto body = list<[] {
    level l(graph, Result);
    constexpr int loop = graph.operand_of(Result, 0);
    constexpr auto f = loop_form::of(graph.attributes_of(loop));
    if (Part == body_part::condition) {
      if (f.conditional) l.need(graph.operand_of(loop, f.condition()));
    } else {
      for (int i = 0; i < f.carried; ++i) l.need(graph.operand_of(loop, f.next(i)));
      if (graph[Result].op == id_of<stacked_op>()) l.need(graph.operand_of(Result, 1));
    }
    return std::move(l).nodes();
  }>();
  /// A branch of a choice at the level of a loop's body, or outside.
  template <int Choice, int Branch, int Result> static constexpr auto branch = list<[] {
    level l(graph, Result);
    l.need(graph.operand_of(Choice, Branch));
    return std::move(l).nodes();
  }>();
};

}  // namespace tapeless::plain
