#pragma once
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/shape_ops.hpp>
#include <tapeless/ops/where.hpp>

#include <limits>

namespace tapeless::inline TAPELESS_ABI {

/// Asks a reduction to keep the reduced axes with extent 1.
struct keepdims_t {};
inline constexpr keepdims_t keepdims{};

namespace detail {
inline constexpr const char* bad_axes = "an axis is out of range or given twice";
}

/// The base of reductions. attributes.a: bit i set: axis i is reduced; attributes.b: 1 keeps them with extent 1;
/// attributes.c: 1: an axis was out of range.
template <element_domain Domain> struct reduction {
  static constexpr op_kind kind = op_kind::reduction;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, {}};
    for (int i = 0; i < x[0].shape.rank; ++i) {
      if ((a.a >> i & 1) == 0) r.shape.push(x[0].shape[i]);
      else if (a.b == 1) r.shape.push(dim(1));
    }
    if (a.c == 1) r.problem = detail::bad_axes;
    else if (!contains(Domain, x[0].type)) r.problem = requirement(Domain, x[0].type);
    return r;
  }
  static constexpr void print(text& out, const attributes& a) {
    out << " axes=(";
    int count = 0;
    for (int i = 0; i < max_rank; ++i)
      if ((a.a >> i & 1) != 0) out << (count++ > 0 ? ", " : "") << std::int64_t{i};
    out << (count == 1 ? ",)" : ")") << (a.b == 1 ? " keepdims" : "");
  }
};

namespace detail {

template <int... Axes> constexpr attributes reduced_axes(int rank, bool keep) {
  attributes a{.b = keep};
  if constexpr (sizeof...(Axes) == 0) a.a = (std::int64_t{1} << rank) - 1;
  for (int axis : std::array<int, sizeof...(Axes)>{Axes...}) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || (a.a >> axis & 1) != 0) return {.c = 1};
    a.a |= std::int64_t{1} << axis;
  }
  return a;
}
template <class Op, bool Keep, int... Axes, class X> constexpr auto apply_reduction(X x) {
  if constexpr (number<X>) return x;
  else if constexpr (traced<X>) return apply<Op>(reduced_axes<Axes...>(x.shape().rank, Keep), x);
  else return apply<with<Op, reduced_axes<Axes...>(X::shape.rank, Keep)>>(x);
}

/// The shape of x with the axes that y = reduce(x) lacks put back with extent 1, so that y's values broadcast over x.
constexpr shape kept_shape(const shape& x, const attributes& a) {
  shape s = x;
  for (int i = 0; i < x.rank; ++i)
    if ((a.a >> i & 1) != 0) s[i] = dim(1);
  return s;
}
constexpr ref spread(ref r, ref y, ref x) { return reshape(r, kept_shape(x.shape(), y.attributes())); }

}  // namespace detail

/// Sum over axes.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (numeric)
///   limits    an empty sum is 0
///   gradient  dx = dy repeated
struct sum_op : reduction<element_domain::numeric> {
  static constexpr auto name = "sum";
  static constexpr bool is_addition = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() { return T(0); }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { return a + b; }
  static constexpr gradients gradient(ref dy, ref y, ref x) { return inputs(broadcast_to(detail::spread(dy, y, x), x.shape())); }
};
template <int... Axes, class X> requires any_operand<X> constexpr auto sum(X x) { return detail::apply_reduction<sum_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto sum(X x, keepdims_t) { return detail::apply_reduction<sum_op, true, Axes...>(x); }

/// Greatest element over axes; NaN if there is one.
///   limits    of no elements: -inf (floating), lowest (integer)
///   gradient  elements that tie share dy equally; 0 for all where the greatest is NaN
struct max_op : reduction<element_domain::numeric> {
  static constexpr auto name = "max";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return -std::numeric_limits<T>::infinity();
    else return std::numeric_limits<T>::lowest();
  }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { using math::max; return max(b, a); }
  static constexpr gradients gradient(ref dy, ref y, ref x);
};
template <int... Axes, class X> requires any_operand<X> constexpr auto max(X x) { return detail::apply_reduction<max_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto max(X x, keepdims_t) { return detail::apply_reduction<max_op, true, Axes...>(x); }

/// Least element over axes; otherwise as max.
struct min_op : reduction<element_domain::numeric> {
  static constexpr auto name = "min";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return std::numeric_limits<T>::infinity();
    else return std::numeric_limits<T>::max();
  }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T combine(T a, T b) { using math::min; return min(b, a); }
  static constexpr gradients gradient(ref dy, ref y, ref x) { return max_op::gradient(dy, y, x); }
};
template <int... Axes, class X> requires any_operand<X> constexpr auto min(X x) { return detail::apply_reduction<min_op, false, Axes...>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto min(X x, keepdims_t) { return detail::apply_reduction<min_op, true, Axes...>(x); }

/// Sums a gradient to the shape of the operand that was broadcast.
constexpr ref sum_to(ref g, shape target) {
  if (g.shape() == target) return g;
  const int lead = g.shape().rank - target.rank;
  if (lead < 0) return broadcast_to(g, target);
  attributes a;
  bool grows = false;
  for (int i = 0; i < g.shape().rank; ++i) {
    const bool summed = i < lead || (target[i - lead].is_one() && !g.shape()[i].is_one());
    if (summed) a.a |= std::int64_t{1} << i;
    else if (!(g.shape()[i] == target[i - lead])) grows = true;
  }
  if (grows) return broadcast_to(g, target);
  return reshape(apply<sum_op>(a, g), target);
}

constexpr gradients max_op::gradient(ref dy, ref y, ref x) {
  const auto hit = x == detail::spread(y, y, x);
  const auto hits = detail::choose(hit, broadcast_to(add_constant(*x.owner, 1, x.type(), false), x.shape()), 0.0);
  const auto count = apply<sum_op>(y.attributes(), hits);
  return inputs(detail::choose(hit, detail::spread(dy / count, y, x), 0.0));
}

}  // namespace tapeless
