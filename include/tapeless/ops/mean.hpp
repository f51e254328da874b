#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The number of elements that are reduced, as a constant, or as a leaf that the session fills in where it depends on
/// dynamic dims.
constexpr ref reduced_count(ref x, const attributes& reduced) {
  shape s;
  for (int i = 0; i < x.shape().rank; ++i)
    if ((reduced.a >> i & 1) != 0) s.push(x.shape()[i]);
  if (s.is_static()) return add_constant(*x.owner, static_cast<double>(element_count(s)), x.type(), false);
  text name;
  s.print(name << "number of elements in ") << " as " << to_string(x.type());
  return add_leaf(*x.owner, {leaf_kind::extent, name.view(), x.type(), s, {}, false});
}

/// Whether a composed reduction can be made of x; else the mistake is reported under that op's name.
constexpr bool reducible(ref x, const attributes& reduced, std::string_view op) {
  if (reduced.c == 0 && is_floating(x.type())) return true;
  text m;
  m << op << ": " << (reduced.c == 1 ? bad_axes : requirement(element_domain::floating, x.type())) << ": ";
  x.owner->describe(m, x.id, 1);
  print_operand(m, {x.type(), x.shape()});
  fail(*x.owner, m);
  return false;
}

constexpr ref mean(ref x, const attributes& a) {
  return reducible(x, a, "mean") ? apply<sum_op>(a, x) / reduced_count(x, a) : x;
}

template <bool Keep, int... Axes> struct mean_of {
  constexpr ref operator()(ref x) const { return mean(x, reduced_axes<Axes...>(x.shape().rank, Keep)); }
};

/// A composed reduction on expressions and handles.
template <class F, class X> constexpr auto reduce_by(X x) {
  static_assert(!number<X>, "tapeless: this op works on tensors, not on plain numbers");
  return tapeless::invoke(F{}, x);
}

}  // namespace detail

/// Mean over axes: `mean(x)`, `mean<0>(x)`, `mean<-1>(x, keepdims)`.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (floating)
///   limits    of no elements: NaN
///   gradient  dx = dy / n repeated
template <int... Axes, class X> requires any_operand<X> constexpr auto mean(X x) {
  if constexpr (number<X>) return x;
  else return detail::reduce_by<detail::mean_of<false, Axes...>>(x);
}
template <int... Axes, class X> requires any_operand<X> constexpr auto mean(X x, keepdims_t) { return detail::reduce_by<detail::mean_of<true, Axes...>>(x); }

}  // namespace tapeless
