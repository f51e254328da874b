#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/transform/checkpoint.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Forward mode. Walks once from x to y, from the first node to the last, and gives each node on the way its tangent: how it
/// changes when x moves along v. The result is nodes of the same graph.
///
/// No op has a second rule for this. The Jacobian of an elementwise op is diagonal, so its rule of reverse mode, given a
/// tangent for the incoming gradient, gives the tangent that leaves. What is linear is applied to tangents. The rest is
/// transposed twice: u' J is linear in u, and its derivative by u along v is J v (Townsend, "A new trick for calculating
/// Jacobian vector products", 2017); neither u nor what only it needs is left once simplified.
class forward_sweep {
 public:
  constexpr forward_sweep(builder& b, int y, int x, int v) : forward_sweep(b, std::span<const int>(&y, 1), x, v) {}
  /// Of several results at once, by one walk.
  constexpr forward_sweep(builder& b, std::span<const int> results, int x, int v) : b_(b) {
    int y = -1;
    for (int r : results) y = r > y ? r : y;
    tangents_.resize(static_cast<std::size_t>(y) + 1, -1), needed_.resize(static_cast<std::size_t>(y) + 1, 0);
    if (x > y) return;
    for (int r : results) needed_[r] = 1;
    bool loops = false;
    for (int id = y; id >= 0; --id)
      if (needed_[id] != 0) {
        loops = loops || b.graph[id].op == id_of<loop_op>();
        for (int o : b.graph.operands_of(id)) needed_[o] = 1;
      }
    tangent(x) = v;
    if (loops) move_arguments(x);
    for (int id = loops ? 0 : x + 1; id <= y; ++id)
      if (needed_[static_cast<std::size_t>(id)] != 0 && id != x && tangent(id) < 0) visit(id);
  }
  /// -1: the node does not depend on x.
  constexpr int of(int id) const { return tangents_[id]; }

 private:
  constexpr int& tangent(int id) { return tangents_[id]; }

  constexpr void visit(int id) {
    const auto* op = b_.graph[id].op;
    sequence<ref> x, t;
    bool moves = false;
    for (int o : b_.graph.operands_of(id)) {
      x.push_back(b_.at(o));
      t.push_back(b_.at(of(o)));
      moves = moves || t.back().exists();
    }
    if (op->kind == op_kind::control) return visit_control(id, x, t);
    if (!moves || op->gradient == nullptr || !is_differentiable(b_.graph[id].type)) return;
    const ref y = b_.at(id);
    ref dy;
    if (op == id_of<where_op>()) dy = where(x[0], moved(t[1], x[1]), moved(t[2], x[2]));
    else if (op->kind == op_kind::elementwise && keeps_type(y, t)) dy = through_diagonal(y, x, t);
    else if (op->kind == op_kind::elementwise && (is_narrow(y.type()) || is_narrow(x[0].type()))) dy = cast_to(t[0], derivative_type(y.type()));
    else if (op == id_of<checkpoint_op>()) dy = t[0];
    else if (op == id_of<barrier_op>()) dy = held(y, t[0]);
    else if (is_marker(op)) dy = through_rules(y, x, t);
    else if (op->kind == op_kind::view) dy = again(y, t[0]);
    else if (op->kind == op_kind::contraction) dy = through_product(y, x, t);
    else dy = transposed_twice(y, x, t);
    if (dy.exists()) tangent(id) = fitted(dy, y.shape()).id;
  }

  static constexpr ref sum_of(ref a, ref b) { return !a.exists() ? b : !b.exists() ? a : a + b; }
  static constexpr ref fitted(ref t, const shape& s) { return t.shape() == s ? t : broadcast_to(t, s); }
  constexpr ref moved(ref t, ref x) { return t.exists() ? t : b_.add_constant(0, derivative_type(x.type()), false); }
  // No template: clang would not yet have its body where a constant is computed.
  constexpr ref again(ref y, ref x) { return b_.add(b_.graph[y.id].op, y.attributes(), {&x, 1}); }
  constexpr ref again(ref y, ref a, ref b) {
    const ref given[]{a, b};
    return b_.add(b_.graph[y.id].op, y.attributes(), given);
  }

  static constexpr bool keeps_type(ref y, const sequence<ref>& t) {
    for (const ref& moved : t)
      if (moved.exists() && moved.type() != y.type()) return false;
    return true;
  }
  constexpr ref through_diagonal(ref y, const sequence<ref>& x, const sequence<ref>& t) {
    ref dy;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!t[i].exists()) continue;
      sequence<ref> dx(x.size());
      b_.graph[y.id].op->gradient(t[i], y, {x.data(), x.size()}, {dx.data(), dx.size()});
      dy = sum_of(dy, dx[i]);
    }
    return dy;
  }
  constexpr ref through_product(ref y, const sequence<ref>& x, const sequence<ref>& t) {
    return sum_of(t[0].exists() ? again(y, t[0], x[1]) : ref{}, t[1].exists() ? again(y, x[0], t[1]) : ref{});
  }
  /// The tangent of what is computed again is computed again too.
  constexpr ref held(ref y, ref t) {
    if (!t.exists()) return t;
    sequence<ref> all;
    for (int o : b_.graph.operands_of(y.id)) all.push_back(b_.at(o));
    all[0] = t;
    return b_.add(id_of<barrier_op>(), {}, {all.data(), all.size()});
  }
  /// Of a function with rules of its own.
  constexpr ref through_rules(ref y, const sequence<ref>& x, const sequence<ref>& t) {
    const bool outer = std::exchange(b_.forward_mode, true);
    const ref dy = transposed_twice(y, x, t);
    b_.forward_mode = outer;
    if (const int u = cotangent_of(y).id; dy.exists() && detail::depends_on(b_, dy.id, u)) {
      text m("jvp: a rule for the gradient is not linear in dy, so there is no forward mode: ");
      b_.describe(m, y.id, 2);
      b_.report(m);
    }
    return dy;
  }
  constexpr ref cotangent_of(ref y) {
    text name;
    name << "cotangent of node " << std::int64_t{y.id};
    return b_.add_leaf({.kind = leaf_kind::cotangent, .name = name.view(), .type = derivative_type(y.type()), .shape = y.shape()});
  }
  constexpr ref transposed_twice(ref y, const sequence<ref>& x, const sequence<ref>& t) {
    const ref u = cotangent_of(y);
    sequence<ref> dx(x.size());
    b_.graph[y.id].op->gradient(u, y, {x.data(), x.size()}, {dx.data(), dx.size()});
    ref total;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!t[i].exists() || !dx[i].exists()) continue;
      const ref along = sum_to(dx[i], x[i].shape()) * t[i];
      total = sum_of(total, apply<sum_op>({.a = (std::int64_t{1} << along.shape().rank) - 1}, along));
    }
    if (!total.exists()) return {};
    const auto adjoints = reverse_sweep(b_, total.id, b_.add_constant(1, total.type(), false).id, u.id).adjoints();
    return static_cast<std::size_t>(u.id) < adjoints.size() && adjoints[u.id] >= 0 ? b_.at(adjoints[u.id]) : ref{};
  }

  /// Gives the arguments of loops that x has to do with tangents of their own, which such a loop carries or walks along too.
  constexpr void move_arguments(int x) {
    const int n = static_cast<int>(tangents_.size());
    sequence<char> depends;
    for (bool again = true; again;) {
      again = false;
      depends.clear(), depends.resize(static_cast<std::size_t>(n), 0);
      depends[x] = 1;
      for (int id = 0; id < n; ++id) {
        auto& mine = depends[id];
        if (of(id) >= 0) mine = 1;
        for (int o : b_.graph.operands_of(id)) mine = mine | depends[o];
      }
      for (int id = 0; id < n; ++id) {
        if (b_.graph[id].op != id_of<loop_op>() || needed_[id] == 0 || depends[id] == 0) continue;
        const auto f = form_of(b_.at(id));
        for (int i = 0; i < f.arguments(); ++i) {
          const int argument = b_.graph.operand_of(id, f.carried_argument(0) + i);
          const bool walks = i >= f.carried;
          if (of(argument) >= 0 || !is_differentiable(b_.graph[argument].type) || (walks && depends[b_.graph.operand_of(id, f.sequence(i - f.carried))] == 0)) continue;
          tangent(argument) = add_bound(b_, derivative_type(b_.graph[argument].type), b_.graph.shape_of(argument)).id;
          again = true;
        }
      }
    }
  }

  constexpr ref zeros_like(ref x) { return broadcast_to(b_.add_constant(0, derivative_type(x.type()), false), x.shape()); }
  constexpr void visit_control(int id, const sequence<ref>& x, const sequence<ref>& t) {
    const auto* op = b_.graph[id].op;
    if (op == id_of<loop_op>()) return visit_loop(id);
    if (!is_differentiable(b_.graph[id].type)) return;
    if (op == id_of<choice_op>()) {
      if (!t[1].exists() && !t[2].exists()) return;
      const ref both[]{x[0], t[1].exists() ? t[1] : zeros_like(x[1]), t[2].exists() ? t[2] : zeros_like(x[2])};
      tangent(id) = b_.add(op, {}, both).id;
    } else {
      for (const auto& l : loops_) {
        if (l.loop != x[0].id) continue;
        if (op == id_of<final_op>()) tangent(id) = final_of(b_.at(l.moved), l.carried[static_cast<std::size_t>(b_.graph.attributes_of(id).a)]).id;
        else if (t[1].exists()) tangent(id) = stacked_of(b_.at(l.moved), t[1]).id;
      }
    }
  }
  /// The loop together with its tangents: values first, then their tangents.
  constexpr void visit_loop(int id) {
    const ref loop = b_.at(id);
    const auto f = form_of(loop);
    sequence<ref> first, sequences, next, carried, elements;
    loop_with_tangents with{id, -1, sequence<int>(static_cast<std::size_t>(f.carried), -1)};
    const auto at = [&](int i) { return operand_of(loop, i); };
    const auto moved = [&](ref y) { return of(y.id) >= 0 ? b_.at(of(y.id)) : zeros_like(y); };
    bool moves = false;
    for (int i = 0; i < f.carried; ++i) first.push_back(at(f.first(i))), next.push_back(at(f.next(i))), carried.push_back(at(f.carried_argument(i)));
    for (int i = 0; i < f.sliced; ++i) sequences.push_back(at(f.sequence(i))), elements.push_back(at(f.element_argument(i)));
    for (int i = 0; i < f.carried; ++i) {
      const int t = of(at(f.carried_argument(i)).id);
      if (t < 0) continue;
      with.carried[i] = static_cast<int>(first.size());
      first.push_back(moved(at(f.first(i)))), next.push_back(moved(at(f.next(i)))), carried.push_back(b_.at(t));
      moves = true;
    }
    for (int i = 0; i < f.sliced; ++i) {
      const int t = of(at(f.element_argument(i)).id);
      if (t < 0) continue;
      sequences.push_back(moved(at(f.sequence(i)))), elements.push_back(b_.at(t));
      moves = true;
    }
    if (!moves) return;
    auto form = f;
    form.carried = static_cast<int>(first.size()), form.sliced = static_cast<int>(sequences.size());
    sequence<ref> all = first;
    all.append(sequences), all.append(next), all.append(carried), all.append(elements);
    if (f.conditional) all.push_back(at(f.condition()));
    if (f.counted) all.push_back(at(f.count()));
    with.moved = b_.add(id_of<loop_op>(), form.packed(loop.shape()), {all.data(), all.size()}).id;
    loops_.push_back(with);
  }

  struct loop_with_tangents {
    int loop, moved;
    sequence<int> carried;  ///< by carried value of the loop: where its tangent is carried
  };
  builder& b_;
  sequence<loop_with_tangents> loops_;
  sequence<int> tangents_;
  sequence<char> needed_;
};

}  // namespace tapeless
