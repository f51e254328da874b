#pragma once
#include <tapeless/ops/slice.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Tensors one behind the other along an axis. attributes.a: axis.
struct concat_op {
  static constexpr auto name = "concat";
  static constexpr op_kind kind = op_kind::assembly;

  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, x[0].shape};
    if (a.a < 0 || a.a >= r.shape.rank) return {r.type, r.shape, detail::no_such_axis};
    const int axis = static_cast<int>(a.a);
    for (std::size_t i = 1; i < x.size(); ++i) {
      if (x[i].type != r.type) return {r.type, r.shape, "operands have different dtypes; convert one with tl::cast"};
      if (x[i].shape.rank != r.shape.rank) return {r.type, r.shape, "operands have different ranks"};
      for (int k = 0; k < r.shape.rank; ++k)
        if (k != axis && !(x[i].shape[k] == r.shape[k])) return {r.type, r.shape, "extents differ in another axis than the one that is joined"};
      dim& sum = r.shape[axis];
      const dim more = x[i].shape[axis];
      if (sum.is_static()) sum = more.plus(sum.constant);
      else if (more.is_static()) sum = sum.plus(more.constant);
      else if (sum.name == more.name) sum.constant += more.constant, sum.factor += more.factor;
      else return {r.type, r.shape, "the sum of two different dynamic dims has no name"};
    }
    return r;
  }
  static constexpr void print(text& out, const attributes& a) { out << " axis=" << a.a; }

  static constexpr void gradient(ref dy, ref y, std::span<const ref> x, std::span<ref> dx) {
    const int axis = static_cast<int>(y.attributes().a);
    std::int64_t start = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const dim extent = x[i].shape()[axis];
      dx[i] = detail::slice(dy, axis, start, extent);
      if (!extent.is_static() && i + 1 < x.size()) {
        fail(*y.owner, "concat: no gradient by operands behind one of dynamic extent along the joined axis; put that one last");
        return;
      }
      start += extent.constant;
    }
  }
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x) {
    sequence<ref> parts;
    for (const auto& part : x) parts.push_back(detail::lifted(part, samples));
    return detail::apply_like(y, {.a = y.attributes().a + 1}, {parts.data(), parts.size()});
  }
};

namespace detail {
constexpr ref concat(std::span<const ref> x, int axis) { return add_node(*x[0].owner, id_of<concat_op>(), {.a = axis_of(axis, x[0].shape().rank)}, x); }
constexpr ref concat(ref a, ref b, int axis) {
  const ref both[]{a, b};
  return concat(both, axis);
}
}  // namespace detail

/// Tensors one behind the other along an axis: `concat<0>(a, b, c)`.
///   shape     equal but for the axis, whose extents add up     dtype  common
///   gradient  each operand gets its part of dy
template <int Axis, class First, class... Rest> requires any_operand<First, Rest...> constexpr auto concat(First first, Rest... rest) {
  if constexpr (traced<First> || (traced<Rest> || ...)) {
    builder* owner = detail::owner_of(first);
    ((owner = owner != nullptr ? owner : detail::owner_of(rest)), ...);
    const ref x[]{detail::as_ref(*owner, first), detail::as_ref(*owner, rest)...};
    return detail::concat(x, Axis);
  } else {
    return apply<with<concat_op, attributes{.a = detail::axis_of(Axis, First::shape.rank)}>>(first, rest...);
  }
}

/// Tensors of one shape along a new axis: `stack<0>(a, b, c)` has the shape (3, ...).
///   gradient  each operand gets its part of dy
template <int Axis, class First, class... Rest> requires any_operand<First, Rest...> constexpr auto stack(First first, Rest... rest) {
  return concat<Axis>(expand_dims<Axis>(first), expand_dims<Axis>(rest)...);
}

}  // namespace tapeless
