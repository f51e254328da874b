#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/control.hpp>
#include <tapeless/graph/marker.hpp>
#include <tapeless/transform/gradient.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// What a value that is to be computed again is computed from: the handles given, and each leaf that it reads beside them.
constexpr sequence<ref> inputs_of_checkpoint(builder& b, ref y, std::span<const ref> given) {
  sequence<ref> inputs;
  sequence<bool> known(static_cast<std::size_t>(y.id) + 1);
  for (const ref x : given) {
    inputs.push_back(x);
    if (x.id <= y.id) known[x.id] = true;
  }
  sequence<int> open, leaves;
  sequence<bool> bound(static_cast<std::size_t>(y.id) + 1);  // arguments of loops that stand inside are no inputs
  const auto visit = [&](int id) {
    if (known[id]) return;
    known[id] = true;
    open.push_back(id);
  };
  visit(y.id);
  while (!open.empty()) {
    const int id = open.back();
    open.pop_back();
    if (b.graph.is(id, op_kind::leaf)) leaves.push_back(id);
    if (b.graph[id].op == id_of<loop_op>()) {
      const auto f = loop_form::of(b.graph.attributes_of(id));
      for (int i = 0; i < f.arguments(); ++i) bound[b.graph.operand_of(id, f.carried_argument(0) + i)] = true;
    }
    for (int o : b.graph.operands_of(id)) visit(o);
  }
  for (int id : leaves)
    if (!bound[id]) inputs.push_back(b.at(id));
  return inputs;
}

/// Copies what y is computed from, down to where `copies` tells what stands for a node; -1: nothing yet. Gives the copy of y.
constexpr int copy_between(builder& b, int y, sequence<int>& copies) {
  const auto copy_of = [&](int id) -> int& { return copies[id]; };
  sequence<bool> inside(static_cast<std::size_t>(y) + 1);
  int first = y;
  inside[y] = copy_of(y) < 0;
  for (int id = y; id >= first; --id) {
    if (!inside[id]) continue;
    for (int o : b.graph.operands_of(id))
      if (copy_of(o) < 0) {
        inside[o] = true;
        if (o < first) first = o;
      }
  }
  sequence<int> x;
  for (int id = first; id <= y; ++id) {
    if (!inside[id]) continue;
    x.clear();
    for (int o : b.graph.operands_of(id)) x.push_back(copy_of(o));
    const node n = b.graph[id];
    if (n.op->kind == op_kind::leaf || n.op->kind == op_kind::constant) copy_of(id) = id;
    else copy_of(id) = b.intern(n.op, b.graph.attributes_of(id), {x.data(), x.size()}, n.type, b.graph.shape_of(id));
  }
  return copy_of(y);
}

/// x[0] is computed again from the others, which barriers hold back until dy is there and x[0] has been: so no pass takes the
/// second computation for the first, and none of it stands in memory before it is needed.
constexpr void add_recomputed(ref dy, std::span<const ref> x, std::span<ref> dx) {
  builder& b = *dy.owner;
  sequence<int> copies(static_cast<std::size_t>(x[0].id) + 1, -1);
  sequence<int> held(x.size(), -1), targets;
  bool loops = false;  // a value of a loop's body that is waited for would be kept of all its steps
  for (const auto& l : b.graph.leaves) loops = loops || l.kind == leaf_kind::bound;
  for (std::size_t i = 1; i < x.size(); ++i) {
    const int parts[]{x[i].id, dy.id, loops ? dy.id : x[0].id};
    held[i] = b.graph.is(x[i].id, op_kind::constant) ? x[i].id : b.intern(id_of<barrier_op>(), {}, parts, x[i].type(), x[i].shape());
    if (x[i].id <= x[0].id) copies[x[i].id] = held[i];
    if (is_differentiable(x[i].type())) targets.push_back(held[i]);
  }
  const int again = copy_between(b, x[0].id, copies);
  const auto adjoints = reverse_sweep(b, again, dy.id, targets).adjoints();
  for (std::size_t i = 1; i < x.size(); ++i) {
    const auto id = static_cast<std::size_t>(held[i]);
    if (is_differentiable(x[i].type()) && id < adjoints.size() && adjoints[id] >= 0) dx[i] = b.at(adjoints[id]);
  }
}

}  // namespace detail

/// The first operand, whose gradient is taken by computing it a second time from the others.
struct checkpoint_op : marker {
  static constexpr auto name = "checkpoint";
  static constexpr void gradient(ref dy, ref, std::span<const ref> x, std::span<ref> dx) { detail::add_recomputed(dy, x, dx); }
};

namespace detail {

constexpr ref mark_checkpoint(ref y, std::span<const ref> given) {
  builder& b = *y.owner;
  sequence<ref> all;
  all.push_back(y);
  all.append(inputs_of_checkpoint(b, y, given));
  return add_node(b, id_of<checkpoint_op>(), {}, {all.data(), all.size()});
}

/// A function whose body is computed again in the backward pass.
template <class Function> struct checkpointed_function {
  template <class... Args> requires any_operand<Args...> constexpr auto operator()(Args... args) const {
    if constexpr ((traced<Args> || ...)) {
      builder* owner = nullptr;
      ((owner = owner != nullptr ? owner : owner_of(args)), ...);
      const std::array<ref, sizeof...(Args)> x{as_ref(*owner, args)...};
      return mark_checkpoint(std::apply([&](auto... r) { return as_ref(*owner, call<Function>::invoke(*owner, r...)); }, x), x);
    } else if constexpr ((number<Args> && ...)) {
      return tapeless::invoke(Function{}, args...);
    } else {
      return tapeless::invoke(checkpointed_function{}, args...);
    }
  }
};
/// All of an expression, down to its leaves.
struct checkpointed_expression {
  constexpr ref operator()(ref y) const { return mark_checkpoint(y, {}); }
};

}  // namespace detail

/// The same values and the same gradients in less memory and more time: what stands inside is not kept for the backward pass,
/// which computes it again from the arguments, when it needs it. `tl::checkpoint(f)` is a function like f, `tl::checkpoint(y)`
/// an expression like y, which is computed again from its leaves. Checkpoints may stand in each other.
///   memory    a chain of n layers in about sqrt(n) checkpoints keeps about 2 sqrt(n) results instead of n
///   source    Chen et al. 2016, "Training deep nets with sublinear memory cost"
template <class Function> constexpr auto checkpoint(Function f) {
  if constexpr (any_operand<Function>) {
    if constexpr (number<Function>) return f;
    else if constexpr (traced<Function>) return detail::checkpointed_expression{}(f);
    else return tapeless::invoke(detail::checkpointed_expression{}, f);
  } else if constexpr (!verify_stateless<Function>()) {
    return detail::refused_function{};
  } else {
    return detail::checkpointed_function<Function>{};
  }
}

}  // namespace tapeless
