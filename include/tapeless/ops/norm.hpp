#pragma once
#include <tapeless/ops/variance.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
template <bool Keep, int... Axes> struct norm_of {
  constexpr ref operator()(ref x) const {
    const auto a = reduced_axes<Axes...>(x.shape().rank, Keep);
    if (!reducible(x, a, "norm")) return x;
    return root_of_sum(apply<sum_op>(a, square(x)));
  }
};
}  // namespace detail

/// Euclidean norm over axes, the root of the sum of squares.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (floating)
///   limits    the squares overflow for elements beyond the root of the greatest number
///   gradient  dx = dy x / y; exactly 0 where all elements are 0
template <int... Axes, class X> requires any_operand<X> constexpr auto norm(X x) { return detail::reduce_by<detail::norm_of<false, Axes...>>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto norm(X x, keepdims_t) { return detail::reduce_by<detail::norm_of<true, Axes...>>(x); }

}  // namespace tapeless
