#pragma once
#include <tapeless/ops/exponential.hpp>
#include <tapeless/ops/logarithm.hpp>
#include <tapeless/ops/mean.hpp>
#include <tapeless/ops/roots.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// x less its greatest element along each row of the reduced axes: no exponential of it overflows. Softmax does not
/// depend on the shift, so no gradient is lost by stopping it.
constexpr ref shifted(ref x, const attributes& rows) { return x - stop_gradient(apply<max_op>(rows, x)); }

constexpr ref softmax(ref x, const attributes& rows) {
  if (!reducible(x, rows, "softmax")) return x;
  const ref e = exp(shifted(x, rows));
  return e * reciprocal(apply<sum_op>(rows, e));  // one division for each row
}
constexpr ref log_softmax(ref x, const attributes& rows) {
  if (!reducible(x, rows, "log_softmax")) return x;
  const ref d = shifted(x, rows);
  return d - log(apply<sum_op>(rows, exp(d)));
}
template <int Axis> struct softmax_of {
  constexpr ref operator()(ref x) const { return softmax(x, reduced_axes<Axis>(x.shape().rank, true)); }
};
template <int Axis> struct log_softmax_of {
  constexpr ref operator()(ref x) const { return log_softmax(x, reduced_axes<Axis>(x.shape().rank, true)); }
};

}  // namespace detail

/// e^x / sum(e^x) along an axis, the last one unless given.
///   shape     that of x             dtype  that of x (floating)
///   limits    finite for any finite x; a row of which an element is inf or NaN, or all are -inf, has NaN
///   gradient  dx = y (dy - sum(dy y))
template <int Axis = -1, class X> requires any_operand<X> constexpr auto softmax(X x) { return detail::reduce_by<detail::softmax_of<Axis>>(x); }

/// log(softmax(x)) without forming it: never -inf for finite x.
///   shape     that of x             dtype  that of x (floating)
///   gradient  dx = dy - softmax(x) sum(dy)
template <int Axis = -1, class X> requires any_operand<X> constexpr auto log_softmax(X x) { return detail::reduce_by<detail::log_softmax_of<Axis>>(x); }

}  // namespace tapeless
