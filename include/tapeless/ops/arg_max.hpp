#pragma once
#include <tapeless/ops/axis.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The base of ops that find a place along an axis. attributes.a: axis; .b: 1 keeps it with extent 1.
struct place_along_axis {
  static constexpr op_kind kind = op_kind::indexed;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{dtype::i64, {}};
    for (int i = 0; i < x[0].shape.rank; ++i) {
      if (i != a.a) r.shape.push(x[0].shape[i]);
      else if (a.b == 1) r.shape.push(dim(1));
    }
    if (a.a < 0 || a.a >= x[0].shape.rank) r.problem = detail::no_such_axis;
    else if (is_narrow(x[0].type)) r.problem = only_stored;
    else if (x[0].shape[static_cast<int>(a.a)] == dim(0)) r.problem = "an axis without elements has no greatest or least one";
    return r;
  }
  static constexpr void print(text& out, const attributes& a) { out << " axis=" << a.a << (a.b == 1 ? " keepdims" : ""); }
  static constexpr ref batch(ref y, dim, std::span<const batched> x) {
    auto a = y.attributes();
    ++a.a;
    return detail::apply_like(y, a, x[0].value);
  }
};

/// The place of the greatest element along an axis, the last one unless given.
///   shape     without the axis, or with extent 1      dtype  int64
///   limits    the first of equal ones; the first NaN if there is one
///   gradient  none
struct arg_max_op : place_along_axis {
  static constexpr auto name = "arg_max";
  template <class T> TAPELESS_HOST_DEVICE static constexpr bool better(T candidate, T best) { return candidate > best || (candidate != candidate && best == best); }
};

/// The place of the least element along an axis; otherwise as arg_max.
struct arg_min_op : place_along_axis {
  static constexpr auto name = "arg_min";
  template <class T> TAPELESS_HOST_DEVICE static constexpr bool better(T candidate, T best) { return candidate < best || (candidate != candidate && best == best); }
};

namespace detail {
template <class Op, int Axis, bool Keep, class X> constexpr auto place(X x) {
  if constexpr (traced<X>) return apply<Op>({.a = axis_of(Axis, x.shape().rank), .b = Keep}, x);
  else return apply<with<Op, attributes{.a = axis_of(Axis, X::shape.rank), .b = Keep}>>(x);
}
}  // namespace detail

template <int Axis = -1, class X> requires any_operand<X> constexpr auto arg_max(X x) { return detail::place<arg_max_op, Axis, false>(x); }
template <int Axis = -1, class X> requires any_operand<X> constexpr auto arg_max(X x, keepdims_t) { return detail::place<arg_max_op, Axis, true>(x); }
template <int Axis = -1, class X> requires any_operand<X> constexpr auto arg_min(X x) { return detail::place<arg_min_op, Axis, false>(x); }
template <int Axis = -1, class X> requires any_operand<X> constexpr auto arg_min(X x, keepdims_t) { return detail::place<arg_min_op, Axis, true>(x); }

}  // namespace tapeless
