#pragma once
#include <tapeless/ops/extrema.hpp>
#include <tapeless/ops/mean.hpp>
#include <tapeless/ops/roots.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// What the number of elements is lessened by before a variance divides by it: `variance<0>(x, ddof<1>)`.
template <int N> struct ddof_t {};
template <int N> inline constexpr ddof_t<N> ddof{};

namespace detail {

/// sqrt with the gradient 0 at 0, the subgradient of least norm of what is summed under the root.
constexpr ref root_of_sum(ref s) { return detail::choose(s == 0.0, 0.0, sqrt(s)); }

/// Two passes: the mean is taken away before squaring, so that a large offset costs no precision.
constexpr ref variance(ref x, attributes a, int ddof) {
  if (!reducible(x, a, "variance")) return x;
  attributes kept = a;
  kept.b = 1;
  const ref n = reduced_count(x, a);
  const ref squares = apply<sum_op>(a, square(x - apply<sum_op>(kept, x) / n));
  return ddof == 0 ? squares / n : squares / maximum(n - ddof, 0.0);
}

template <int Ddof, bool Keep, int... Axes> struct variance_of {
  constexpr ref operator()(ref x) const { return variance(x, reduced_axes<Axes...>(x.shape().rank, Keep), Ddof); }
};
template <int Ddof, bool Keep, int... Axes> struct deviation_of {
  constexpr ref operator()(ref x) const { return root_of_sum(variance(x, reduced_axes<Axes...>(x.shape().rank, Keep), Ddof)); }
};

}  // namespace detail

/// Variance over axes: the sum of squared distances from the mean, divided by n - ddof; ddof is 0 unless given.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (floating)
///   limits    NaN where n = ddof; 0 for equal elements
///   gradient  dx = 2 dy (x - mean) / (n - ddof)
template <int... Axes, class X> requires any_operand<X> constexpr auto variance(X x) { return detail::reduce_by<detail::variance_of<0, false, Axes...>>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto variance(X x, keepdims_t) { return detail::reduce_by<detail::variance_of<0, true, Axes...>>(x); }
template <int... Axes, class X, int N> requires any_operand<X> constexpr auto variance(X x, ddof_t<N>) { return detail::reduce_by<detail::variance_of<N, false, Axes...>>(x); }
template <int... Axes, class X, int N> requires any_operand<X> constexpr auto variance(X x, ddof_t<N>, keepdims_t) { return detail::reduce_by<detail::variance_of<N, true, Axes...>>(x); }

/// Square root of the variance, with the same arguments.
///   gradient  dx = dy (x - mean) / (y (n - ddof)); exactly 0 where all elements are equal
template <int... Axes, class X> requires any_operand<X> constexpr auto standard_deviation(X x) { return detail::reduce_by<detail::deviation_of<0, false, Axes...>>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto standard_deviation(X x, keepdims_t) { return detail::reduce_by<detail::deviation_of<0, true, Axes...>>(x); }
template <int... Axes, class X, int N> requires any_operand<X> constexpr auto standard_deviation(X x, ddof_t<N>) { return detail::reduce_by<detail::deviation_of<N, false, Axes...>>(x); }
template <int... Axes, class X, int N> requires any_operand<X> constexpr auto standard_deviation(X x, ddof_t<N>, keepdims_t) { return detail::reduce_by<detail::deviation_of<N, true, Axes...>>(x); }

}  // namespace tapeless
