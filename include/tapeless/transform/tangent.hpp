#pragma once
#include <tapeless/ops/matmul.hpp>
#include <tapeless/transform/gradient.hpp>

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
  constexpr forward_sweep(builder& b, int y, int x, int v) : b_(b), first_(x), tangents_(static_cast<std::size_t>(y) + 1, -1), needed_(static_cast<std::size_t>(y) + 1, 0) {
    if (x > y) return;
    needed_.back() = 1;
    for (int id = y; id > x; --id)
      if (needed_[static_cast<std::size_t>(id)] != 0)
        for (int o : b.graph.operands_of(id)) needed_[static_cast<std::size_t>(o)] = 1;
    tangent(x) = v;
    for (int id = x + 1; id <= y; ++id)
      if (needed_[static_cast<std::size_t>(id)] != 0 && is_floating(b.graph[id].type)) visit(id);
  }
  /// -1: the node does not depend on x.
  constexpr int of(int id) const { return tangents_[static_cast<std::size_t>(id)]; }

 private:
  constexpr int& tangent(int id) { return tangents_[static_cast<std::size_t>(id)]; }

  constexpr void visit(int id) {
    const auto* op = b_.graph[id].op;
    sequence<ref> x, t;
    bool moves = false;
    for (int o : b_.graph.operands_of(id)) {
      x.push_back(b_.at(o));
      t.push_back(b_.at(o < first_ ? -1 : of(o)));
      moves = moves || t.back().exists();
    }
    if (!moves || op->gradient == nullptr) return;
    const ref y = b_.at(id);
    ref dy;
    if (op == id_of<where_op>()) dy = where(x[0], moved(t[1], x[1]), moved(t[2], x[2]));
    else if (op->kind == op_kind::elementwise && keeps_type(y, t)) dy = through_diagonal(y, x, t);
    else if (op->kind == op_kind::view) dy = again(y, t[0]);
    else if (op->kind == op_kind::contraction) dy = through_product(y, x, t);
    else dy = transposed_twice(y, x, t);
    if (dy.exists()) tangent(id) = fitted(dy, y.shape()).id;
  }

  static constexpr ref sum_of(ref a, ref b) { return !a.exists() ? b : !b.exists() ? a : a + b; }
  static constexpr ref fitted(ref t, const shape& s) { return t.shape() == s ? t : broadcast_to(t, s); }
  constexpr ref moved(ref t, ref x) { return t.exists() ? t : b_.add_constant(0, x.type(), false); }
  template <class... X> constexpr ref again(ref y, X... x) {
    const ref given[]{x...};
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
  constexpr ref transposed_twice(ref y, const sequence<ref>& x, const sequence<ref>& t) {
    text name;
    name << "cotangent of node " << std::int64_t{y.id};
    const ref u = b_.add_leaf({.kind = leaf_kind::cotangent, .name = name.view(), .type = y.type(), .shape = y.shape()});
    sequence<ref> dx(x.size());
    b_.graph[y.id].op->gradient(u, y, {x.data(), x.size()}, {dx.data(), dx.size()});
    ref total;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!t[i].exists() || !dx[i].exists()) continue;
      const ref along = sum_to(dx[i], x[i].shape()) * t[i];
      total = sum_of(total, apply<sum_op>({.a = (std::int64_t{1} << along.shape().rank) - 1}, along));
    }
    if (!total.exists()) return {};
    const auto adjoints = reverse_sweep(b_, total.id, b_.add_constant(1, y.type(), false).id, u.id).adjoints();
    return static_cast<std::size_t>(u.id) < adjoints.size() && adjoints[static_cast<std::size_t>(u.id)] >= 0 ? b_.at(adjoints[static_cast<std::size_t>(u.id)]) : ref{};
  }

  builder& b_;
  int first_;
  sequence<int> tangents_;
  sequence<char> needed_;
};

}  // namespace tapeless
