#pragma once
#include <tapeless/ops/loops.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

struct choosing {
  constexpr ref operator()(ref condition, ref a, ref b) const {
    if (is_weak(a)) a = settled_like(a, is_weak(b) ? dtype::f64 : b.type(), b.shape());
    if (is_weak(b)) b = settled_like(b, a.type(), a.shape());
    const ref x[]{condition, a, b};
    return add_node(*condition.owner, id_of<choice_op>(), {}, x);
  }
};
/// A branch may be a function without arguments, which computes it.
template <class Branch> constexpr auto branch_value(const Branch& branch) {
  if constexpr (requires { branch(); }) return branch();
  else return branch;
}

}  // namespace detail

/// One of two values, of which only that is computed: `tl::cond(flag > 0_c, tl::matmul(x, w1), tl::matmul(x, w2))`.
///   condition  a bool scalar         branches  values, or functions without arguments that give them; tuples choose each part
///   shape      that of both          dtype     that of both
///   gradient   to the branch that is taken, whose derivative is all that is computed; exactly 0 to the other
template <class C, class A, class B> requires detail::any_traced<C> constexpr auto cond(C condition, A a, B b) {
  const auto first = detail::branch_value(a), second = detail::branch_value(b);
  sequence<ref> x, y;
  detail::put_in_row(*condition.owner, x, first), detail::put_in_row(*condition.owner, y, second);
  static_assert(detail::row_size<decltype(first)>() == detail::row_size<decltype(second)>(), "tapeless: cond: the branches give different numbers of values");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = detail::choosing{}(condition, x[i], y[i]);
  return detail::handles<std::remove_cv_t<decltype(first)>>(x.data());
}
template <expression C, class A, class B> constexpr auto cond(C condition, A a, B b) {
  const auto first = detail::branch_value(a);
  const auto x = detail::tuple_of_parts(first);
  const auto y = detail::tuple_of_parts(detail::branch_value(b));
  static_assert(std::tuple_size_v<decltype(x)> == std::tuple_size_v<decltype(y)>, "tapeless: cond: the branches give different numbers of values");
  return detail::in_structure<std::remove_cv_t<decltype(first)>>([&](auto i) { return tapeless::invoke(detail::choosing{}, condition, std::get<i()>(x), std::get<i()>(y)); });
}

}  // namespace tapeless
