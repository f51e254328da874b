#pragma once
#include <tapeless/ops/absolute.hpp>
#include <tapeless/ops/exponential.hpp>
#include <tapeless/ops/logarithm.hpp>
#include <tapeless/ops/mean.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

template <bool Keep, int... Axes> struct logsumexp_of {
  constexpr ref operator()(ref x) const {
    const auto a = reduced_axes<Axes...>(x.shape().rank, Keep);
    if (!reducible(x, a, "logsumexp")) return x;
    // The result does not depend on the shift, so no gradient is lost by stopping it; an infinite one would give NaN.
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const ref greatest = stop_gradient(apply<max_op>(a, x));
    const ref shift = detail::choose(abs(greatest) < infinity, greatest, 0.0);
    const ref s = apply<sum_op>(a, exp(x - reshape(shift, kept_shape(x.shape(), a))));
    return detail::choose(s == 0.0, -infinity, log(s)) + shift;
  }
};

}  // namespace detail

/// log(sum(e^x)) over axes, without overflow.
///   shape     without the reduced axes, or with extent 1      dtype  that of x (floating)
///   limits    -inf for no elements or if all are -inf; inf if one is inf; NaN if one is NaN
///   gradient  dx = dy softmax(x); exactly 0 if all are -inf; NaN for elements that are inf, 0 for those beside them
template <int... Axes, class X> requires any_operand<X> constexpr auto logsumexp(X x) { return detail::reduce_by<detail::logsumexp_of<false, Axes...>>(x); }
template <int... Axes, class X> requires any_operand<X> constexpr auto logsumexp(X x, keepdims_t) { return detail::reduce_by<detail::logsumexp_of<true, Axes...>>(x); }

}  // namespace tapeless
