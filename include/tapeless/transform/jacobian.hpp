#pragma once
#include <tapeless/expr/jacobian.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/where.hpp>
#include <tapeless/transform/jacobian_products.hpp>
#include <tapeless/transform/vmap.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The unit tensors of a shape, one behind the other.
constexpr ref unit_tensors(builder& b, dtype type, dim count, const shape& s) {
  const ref places = iota(b, dtype::i64, count);
  const ref is_own = reshape(places, shape(count, dim(1))) == places;
  return reshape(cast_to(is_own, type), with_samples(count, s));
}
/// A leaf that stands for something like another tensor, such as one direction of many.
constexpr ref stand_in(builder& b, ref like, std::string_view what) {
  text name;
  name << what << " at " << std::int64_t{b.graph.size()};
  return b.add_leaf({.kind = leaf_kind::cotangent, .name = name.view(), .type = like.type(), .shape = like.shape()});
}
constexpr bool goes_forward(sweep how, dim rows, dim columns) {
  if (how != sweep::by_size) return how == sweep::forward;
  if (rows.is_static() && columns.is_static()) return columns.constant <= rows.constant;
  return columns.is_static();
}
/// The first `count` axes behind the others.
constexpr ref rotated(ref x, int count) {
  const int rank = x.shape().rank;
  if (count == 0 || count == rank) return x;
  attributes a{.b = rank};
  for (int i = 0; i < rank; ++i) a.a |= std::int64_t{(i + count) % rank} << (4 * i);
  return apply<transpose_op>(a, x);
}
/// The adjoint of x from a scalar, by the sweep that serves all x.
constexpr ref slope(builder& b, ref y, ref x) { return adjoint_or_zero(b, adjoints_of(b, y), x); }

constexpr ref jacobian_by_rows(builder& b, ref y, ref x, dim rows) {
  if (y.shape().rank == 0) return cast_to(slope(b, y, x), y.type());
  const ref u = stand_in(b, y, "direction"), along = add_vjp(b, y, x, u);
  batching all(b, rows, batching::draws::of_all);
  all.replace(u, unit_tensors(b, y.type(), rows, y.shape()));
  return cast_to(reshape(all(along), joined(y.shape(), x.shape())), y.type());
}

}  // namespace detail

/// The Jacobians of some tensors by x, each of the shape of that tensor followed by that of x: products with all unit tensors
/// at once. One walk from x serves all that go forward. By a scalar a Jacobian is the tangent and of a scalar the gradient: no
/// products with unit tensors are left there.
constexpr sequence<ref> add_jacobians(builder& b, const sequence<ref>& of, ref x, sweep how) {
  sequence<ref> result = of;
  sequence<int> forward;
  const auto columns = detail::count_elements(x.shape());
  for (std::size_t i = 0; i < of.size() && b.mistake.empty(); ++i) {
    const ref y = of[i];
    const auto rows = detail::count_elements(y.shape());
    text m;
    if (!is_floating(y.type()) || !is_floating(x.type())) m << "jacobian: only floating tensors are differentiated, by floating tensors";
    else if (y.shape().rank + x.shape().rank > max_rank) m << "jacobian: the result would have more than eight axes";
    else if (!rows.ok || !columns.ok) m << "jacobian: the product of two dynamic dims has no name";
    if (!m.empty()) {
      detail::print_operand(m << ":", {y.type(), y.shape()});
      detail::print_operand(m << " by", {x.type(), x.shape()});
      b.report(m);
    } else if (detail::goes_forward(how, rows.value, columns.value)) {
      forward.push_back(y.id);
    } else {
      result[i] = detail::jacobian_by_rows(b, y, x, rows.value);
    }
  }
  if (!b.mistake.empty() || forward.empty()) return result;
  const bool scalar = x.shape().rank == 0;
  const ref v = scalar ? b.add_constant(1, x.type(), false) : detail::stand_in(b, x, "direction");
  const forward_sweep tangents(b, {forward.data(), forward.size()}, x.id, v.id);
  batching all(b, columns.value, batching::draws::of_all);
  if (!scalar) all.replace(v, detail::unit_tensors(b, x.type(), columns.value, x.shape()));
  std::size_t next = 0;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (next == forward.size() || result[i].id != forward[next]) continue;
    const ref y = of[i], t = b.at(x.id > y.id ? -1 : tangents.of(y.id));
    const ref dy = t.exists() ? t : broadcast_to(b.add_constant(0, y.type(), false), y.shape());
    b.derived.push_back(dy.id);
    result[i] = scalar ? dy : reshape(detail::rotated(all(dy), 1), detail::joined(y.shape(), x.shape()));
    ++next;
  }
  return result;
}
constexpr ref add_jacobian(builder& b, ref y, ref x, sweep how) { return add_jacobians(b, sequence<ref>(1, y), x, how)[0]; }

/// The block by a and then by x of the Hessian of a scalar, from the gradient by a: forward over reverse. Mirrored: with the axes
/// of x first, as the block on the other side of the diagonal has them.
constexpr ref add_hessian(builder& b, ref y, ref a, ref x, bool mirrored) {
  if (!b.mistake.empty()) return y;
  const ref block = add_jacobian(b, detail::slope(b, y, a), x, sweep::forward);
  return mirrored && b.mistake.empty() ? detail::rotated(block, a.shape().rank) : block;
}

namespace detail {

/// Whether each element of y is computed from the one element of x at its place, and numbers that do not depend on x.
constexpr bool is_pointwise(const builder& b, ref y, ref x) {
  if (!(y.shape() == x.shape()) || y.id < x.id) return false;
  const auto& g = b.graph;
  sequence<char> needed(static_cast<std::size_t>(y.id) + 1, 0), depends(static_cast<std::size_t>(y.id) + 1, 0);
  needed.back() = 1;
  for (int id = y.id; id > x.id; --id)
    if (needed[id] != 0)
      for (int o : g.operands_of(id)) needed[o] = 1;
  depends[x.id] = 1;
  for (int id = x.id + 1; id <= y.id; ++id) {
    if (needed[id] == 0) continue;
    for (int o : g.operands_of(id))
      if (depends[o] != 0) depends[id] = 1;
    const auto* const op = g[id].op;
    const bool in_place = op->kind == op_kind::elementwise || op == id_of<reshape_op>() || op == id_of<broadcast_to_op>() || op == id_of<stop_gradient_op>();
    if (depends[id] != 0 && !(in_place && g.shape_of(id) == x.shape())) return false;
  }
  return true;
}

}  // namespace detail

/// The diagonal of the Hessian of a scalar y by x, in the shape of x. Where the gradient's elements depend on the element of x
/// at their place only, one product gives all of it; else all columns are made and one element of each is kept.
constexpr ref add_hessian_diagonal(builder& b, ref y, ref x) {
  if (!b.mistake.empty()) return x;
  const ref slope = detail::slope(b, y, x);
  if (!b.mistake.empty()) return x;
  const ref one = b.add_constant(1, x.type(), false);
  if (detail::is_pointwise(b, slope, x)) return add_jvp(b, slope, x, broadcast_to(one, x.shape()));
  const auto count = detail::count_elements(x.shape());
  if (!count.ok) {
    text m;
    b.report(m << "hessian_diagonal: the product of two dynamic dims has no name");
    return x;
  }
  const ref v = detail::stand_in(b, x, "direction"), along = add_jvp(b, slope, x, v);
  batching all(b, count.value, batching::draws::of_all);
  const ref units = detail::unit_tensors(b, x.type(), count.value, x.shape());
  all.replace(v, units);
  const ref column = all(along);
  return apply<sum_op>({.a = 1}, where(units == 1.0, column, 0.0));
}

}  // namespace tapeless
