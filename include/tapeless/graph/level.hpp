#pragma once
#include <tapeless/graph/control.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Which nodes are computed at one level: outside all loops, in the body of a loop, or in a branch; in their order.
template <class Graph> class level {
 public:
  /// `result`: of the loop whose body it is; -1: outside.
  constexpr explicit level(const Graph& g, int result = -1) : g_(g), free_(g), needed_(static_cast<std::size_t>(g.size()), 0), result_(result) {
    if (result >= 0) arguments_ = free_.bound_by(g, g.operand_of(result, 0));
  }
  constexpr void need(int id) { needed_[id] = 1; }
  constexpr sequence<int> nodes() && {
    for (int id = g_.size() - 1; id >= 0; --id) {
      auto& needed = needed_[id];
      if (needed == 0) continue;
      if (is_here(id)) need_operands(id);
      else needed = 0;
    }
    sequence<int> found;
    for (int id = 0; id < g_.size(); ++id)
      if (needed_[id] != 0) found.push_back(id);
    return found;
  }

 private:
  constexpr bool is_here(int id) const {
    if (g_.is(id, op_kind::leaf) && g_.leaf_of(id).kind == leaf_kind::bound) return false;
    if (result_ < 0) return free_[id].empty();
    auto others = free_[id];
    others.remove(arguments_), others.remove(free_[result_]);
    return free_[id].meets(arguments_) && others.empty();
  }
  constexpr void need_operands(int id) {
    const auto* op = g_[id].op;
    if (op == id_of<loop_op>()) return;
    if (op == id_of<choice_op>()) return need(g_.operand_of(id, 0));
    if (op == id_of<final_op>() || op == id_of<stacked_op>() || op == id_of<steps_op>()) return need_from_outside(id);
    for (int o : g_.operands_of(id)) need(o);
  }
  /// What a loop starts with, walks along, and uses in its body.
  constexpr void need_from_outside(int result) {
    const int loop = g_.operand_of(result, 0);
    const auto bound = free_.bound_by(g_, loop);
    sequence<int> open;
    sequence<char> seen(static_cast<std::size_t>(g_.size()), 0);
    const auto visit = [&](int id) {
      if (seen[id] == 0) seen[id] = 1, open.push_back(id);
    };
    for (int o : g_.operands_of(loop)) visit(o);
    if (g_[result].op == id_of<stacked_op>()) visit(g_.operand_of(result, 1));
    while (!open.empty()) {
      const int id = open.back();
      open.pop_back();
      if (!free_[id].meets(bound) && g_[id].op != id_of<loop_op>()) need(id);
      else
        for (int o : g_.operands_of(id)) visit(o);
    }
  }

  const Graph& g_;
  free_arguments free_;
  argument_set arguments_;
  sequence<char> needed_;
  int result_;
};

}  // namespace tapeless
