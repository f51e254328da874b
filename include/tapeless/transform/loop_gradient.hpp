#pragma once
#include <tapeless/ops/matmul.hpp>
#include <tapeless/transform/reverse_sweep.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The loop that walks back over the steps of another. It carries the adjoints of what that carries. What its body needs of the
/// forward steps comes to it as sequences: the forward loop stacks carried values and those results that cost more to compute
/// again than to keep. Contributions to what the body uses from outside are summed over the steps.
class loop_transposer {
 public:
  constexpr loop_transposer(builder& b, int loop, const sequence<node_value>& results) : b_(b), loop_(b.at(loop)), form_(form_of(loop_)) {
    const free_arguments free(b.graph);
    bound_ = free.bound_by(b.graph, loop);
    reachable_ = free[loop];
    reachable_.add(bound_);
    seed(results);
    const auto adjoints = reverse_sweep(b, seeds_, free, bound_).adjoints();
    collect(adjoints, free);
    keep_what_is_needed();
    add_loop();
  }
  constexpr sequence<node_value> result() && { return std::move(flows_); }

 private:
  constexpr ref operand(int i) const { return operand_of(loop_, i); }
  constexpr ref zeros_like(ref x) { return broadcast_to(b_.add_constant(0, derivative_type(x.type()), false), x.shape()); }

  /// The arguments of the loop to be: an adjoint of each carried value, an element of the adjoint of each stacked one.
  constexpr void seed(const sequence<node_value>& results) {
    for (int i = 0; i < form_.carried; ++i) {
      const ref first = operand(form_.first(i));
      if (!is_differentiable(first.type())) continue;
      const ref a = add_bound(b_, derivative_type(first.type()), first.shape());
      ref start = zeros_like(first);
      for (const auto& r : results)
        if (b_.graph[r.node].op == id_of<final_op>() && b_.graph.attributes_of(r.node).a == i) start = b_.at(r.value);
      carried_.push_back({i, start, a, {}});
      seeds_.push_back({operand(form_.next(i)).id, a.id});
    }
    for (const auto& r : results) {
      if (b_.graph[r.node].op != id_of<stacked_op>()) continue;
      const ref v = b_.at(b_.graph.operand_of(r.node, 1)), d = add_bound(b_, derivative_type(v.type()), v.shape());
      walked_.push_back({b_.at(r.value), d});
      seeds_.push_back({v.id, d.id});
    }
  }

  constexpr void collect(const sequence<int>& adjoints, const free_arguments& free) {
    const auto adjoint = [&](ref x) { return static_cast<std::size_t>(x.id) < adjoints.size() && adjoints[x.id] >= 0 ? b_.at(adjoints[x.id]) : ref{}; };
    for (auto& c : carried_) {
      const ref found = adjoint(operand(form_.carried_argument(c.index)));
      c.next = found.exists() ? found : zeros_like(c.start);
      roots_.push_back(c.next.id);
    }
    for (int i = 0; i < form_.sliced; ++i)
      if (const ref found = adjoint(operand(form_.element_argument(i))); found.exists()) {
        stacks_.push_back({operand(form_.sequence(i)).id, found.id});
        roots_.push_back(found.id);
      }
    for (int id = 0; id < static_cast<int>(adjoints.size()); ++id)
      if (adjoints[id] >= 0 && !free[id].meets(bound_) && b_.graph[id].op != id_of<loop_op>()) {
        sums_.push_back({id, adjoints[id]});
        roots_.push_back(adjoints[id]);
      }
  }

  /// Finds what of the forward steps the roots need, and rebuilds the roots on sequences of it.
  constexpr void keep_what_is_needed() {
    const auto n = static_cast<std::size_t>(b_.graph.size());
    const free_arguments free(b_.graph);
    const auto forward = [&](int id) {  // computed from the forward loop's arguments alone
      if (!free[id].meets(bound_) || b_.graph[id].op == id_of<loop_op>()) return false;
      auto others = free[id];
      others.remove(reachable_);
      return others.empty();
    };
    sequence<char> needed(n, 0), kept(n, 0);
    for (int r : roots_) needed[r] = 1;
    for (int id = static_cast<int>(n) - 1; id >= 0; --id) {
      const auto at = static_cast<std::size_t>(id);
      if (needed[at] == 0 || free[id].empty()) continue;
      if (forward(id) && !is_cheap(id, free, needed)) {
        kept[at] = 1;
        continue;
      }
      for (int o : b_.graph.operands_of(id)) needed[o] = 1;
    }
    sequence<int> renamed(n, -1);
    for (int id = 0; id < static_cast<int>(n); ++id) {
      const auto at = static_cast<std::size_t>(id);
      renamed[at] = id;
      if (needed[at] == 0) continue;
      if (kept[at] != 0) {
        renamed[at] = keep(b_.at(id)).id;
      } else {
        sequence<int> x;
        bool moved = false;
        for (int o : b_.graph.operands_of(id)) x.push_back(renamed[o]), moved = moved || x.back() != o;
        const auto node = b_.graph[id];
        const auto a = b_.graph.attributes_of(id);
        const auto s = b_.graph.shape_of(id);
        if (moved) renamed[at] = b_.intern(node.op, a, {x.data(), x.size()}, node.type, s);
      }
    }
    const auto rename = [&](int& id) { id = renamed[id]; };
    for (auto& c : carried_) rename(c.next.id);
    for (auto& s : stacks_) rename(s.value);
    for (auto& s : sums_) rename(s.value);
  }
  /// Views and single instructions on one value that is needed anyway are computed again.
  constexpr bool is_cheap(int id, const free_arguments& free, const sequence<char>& needed) const {
    if (b_.graph.is(id, op_kind::leaf)) return false;
    if (b_.graph.is(id, op_kind::view)) return true;
    if (!b_.graph.is(id, op_kind::elementwise) || b_.graph[id].op->cost > 2) return false;
    int first = -1;
    for (int o : b_.graph.operands_of(id)) {
      if (!free[o].meets(bound_) || o == first || needed[o] != 0) continue;
      if (first >= 0) return false;
      first = o;
    }
    return true;
  }
  /// A value of the forward steps as an argument of the loop to be.
  constexpr ref keep(ref x) {
    for (int i = 0; i < form_.sliced; ++i)
      if (operand(form_.element_argument(i)).id == x.id) {
        walked_.push_back({operand(form_.sequence(i)), x});
        return x;
      }
    const ref stacked = stacked_of(loop_, x);
    const ref argument = b_.graph.is(x.id, op_kind::leaf) ? x : add_bound(b_, x.type(), x.shape());
    walked_.push_back({stacked, argument});
    return argument;
  }

  constexpr void add_loop() {
    loop_form f{.carried = static_cast<int>(carried_.size()), .sliced = static_cast<int>(walked_.size()), .counted = form_.conditional || form_.counted, .backward = !form_.backward};
    sequence<ref> x;
    for (const auto& c : carried_) x.push_back(c.start);
    for (const auto& w : walked_) x.push_back(w.values);
    for (const auto& c : carried_) x.push_back(c.next);
    for (const auto& c : carried_) x.push_back(c.argument);
    for (const auto& w : walked_) x.push_back(w.argument);
    if (form_.conditional) {
      const ref steps[]{loop_};
      x.push_back(b_.add(id_of<steps_op>(), {}, steps));
    } else if (form_.counted) {
      x.push_back(operand(form_.count()));
    }
    const ref loop = b_.add(id_of<loop_op>(), f.packed(loop_.shape()), {x.data(), x.size()});
    int i = 0;
    for (const auto& c : carried_) flows_.push_back({operand(form_.first(c.index)).id, final_of(loop, i++).id});
    for (const auto& s : stacks_) flows_.push_back({s.node, stacked_of(loop, b_.at(s.value)).id});
    for (const auto& s : sums_) flows_.push_back({s.node, summed(loop, b_.at(s.value)).id});
  }
  /// The sum of v over all steps. Of products a' b it is one product of all a and all b, one below the other.
  constexpr ref summed(ref loop, ref v) {
    if (b_.graph[v.id].op == id_of<add_op>() && operand_of(v, 0).shape() == v.shape() && operand_of(v, 1).shape() == v.shape()) {
      const ref first = summed(loop, operand_of(v, 0));
      return first + summed(loop, operand_of(v, 1));
    }
    if (b_.graph[v.id].op == id_of<matmul_op>() && v.shape().rank == 2) {
      bool turned_a = v.attributes().a == 1, turned_b = v.attributes().b == 1;
      const ref a = turned_back(operand_of(v, 0), turned_a), b = turned_back(operand_of(v, 1), turned_b);
      if (turned_a && !turned_b && a.shape()[0].is_static()) return matmul(matrix_transpose(all_rows(loop, a)), all_rows(loop, b));
    }
    return apply<sum_op>({.a = 1}, stacked_of(loop, v));
  }
  constexpr ref turned_back(ref x, bool& turned) const {
    for (; b_.graph[x.id].op == id_of<transpose_op>(); x = operand_of(x, 0)) turned = !turned;
    return x;
  }
  /// The rows of a matrix in all steps.
  constexpr ref all_rows(ref loop, ref x) { return reshape(all_steps(loop, x), shape(loop.shape()[0].times(x.shape()[0].constant), x.shape()[1])); }
  constexpr ref all_steps(ref loop, ref x) {
    for (const auto& w : walked_)
      if (w.argument.id == x.id) return w.values;
    if (b_.graph[x.id].op == id_of<reshape_op>()) return reshape(all_steps(loop, operand_of(x, 0)), stacked_shape(loop.shape()[0], x.shape()));
    return stacked_of(loop, x);
  }

  struct carried_adjoint {
    int index;  ///< in the forward loop
    ref start, argument, next;
  };
  struct walked_sequence {
    ref values, argument;
  };
  builder& b_;
  ref loop_;
  loop_form form_;
  argument_set bound_, reachable_;
  sequence<node_value> seeds_;
  sequence<carried_adjoint> carried_;
  sequence<walked_sequence> walked_;
  sequence<int> roots_;
  sequence<node_value> stacks_, sums_;  ///< of a sequence, of what the body uses: the adjoint at each step
  sequence<node_value> flows_;
};

}  // namespace detail

constexpr sequence<node_value> transpose_loop(builder& b, int loop, const sequence<node_value>& results) {
  if (b.graph.shape_of(loop).rank == 0) {
    text m;
    b.report(m << "while_loop: reverse mode plans memory for all steps, so it needs to know how many there are at most: write tl::while_loop<1000>(...), or use tl::jvp");
    return {};
  }
  return detail::loop_transposer(b, loop, results).result();
}

}  // namespace tapeless
