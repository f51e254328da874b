#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/exponential.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise max(x, 0).
///   shape     that of x             dtype  that of x (numeric)
///   limits    relu(+-0) = 0, NaN stays NaN
///   gradient  dx = dy where y > 0, else 0: also at 0 and for NaN
struct relu_op : elementwise<1, element_domain::numeric> {
  static constexpr int cost = 1;
  static constexpr auto name = "relu";
  static constexpr bool tame = true;
  // One comparison, which NaN fails; max needs a second one for it.
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) {
    using math::full_like, math::select;
    return select(x <= full_like(x, 0), full_like(x, 0), x);
  }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(detail::choose(y > 0.0, dy, 0.0)); }
};
template <class X> requires any_operand<X> constexpr auto relu(X x) { return apply<relu_op>(x); }

namespace detail {
struct relu6_of {
  template <class X> constexpr auto operator()(X x) const { return detail::choose(x <= 0.0, 0.0, detail::choose(x >= 6.0, 6.0, x)); }
};
struct leaky_relu_of {
  template <class X, class S> constexpr auto operator()(X x, S slope) const { return detail::choose(x > 0.0, x, slope * x); }
  template <class X> constexpr auto operator()(X x) const { return (*this)(x, 0.01); }
};
struct elu_of {
  template <class X, class S> constexpr auto operator()(X x, S scale) const { return detail::choose(x > 0.0, x, scale * expm1(x)); }
  template <class X> constexpr auto operator()(X x) const { return detail::choose(x > 0.0, x, expm1(x)); }
};
}  // namespace detail

/// Elementwise min(max(x, 0), 6); NaN stays NaN.
///   gradient  dx = dy strictly between 0 and 6, else 0
template <class X> requires any_operand<X> constexpr auto relu6(X x) { return tapeless::invoke(detail::relu6_of{}, x); }

/// Elementwise x where x > 0, else slope x; the slope is 0.01 unless given: `leaky_relu(x, 0.2_c)`.
///   shape     broadcast of both     dtype  that of x (floating)
///   gradient  dx = dy where x > 0, else dy slope: also at 0; dslope = dy x where x <= 0, else exactly 0
template <class X> requires any_operand<X> constexpr auto leaky_relu(X x) { return tapeless::invoke(detail::leaky_relu_of{}, x); }
template <class X, class S> requires any_operand<X, S> constexpr auto leaky_relu(X x, S slope) { return tapeless::invoke(detail::leaky_relu_of{}, x, slope); }

/// Elementwise x where x > 0, else scale (e^x - 1); the scale is 1 unless given.
///   shape     broadcast of both     dtype  that of x (floating)
///   limits    elu(-inf) = -scale, elu(inf) = inf
///   gradient  dx = dy where x > 0, else dy scale e^x: also at 0
template <class X> requires any_operand<X> constexpr auto elu(X x) { return tapeless::invoke(detail::elu_of{}, x); }
template <class X, class S> requires any_operand<X, S> constexpr auto elu(X x, S scale) { return tapeless::invoke(detail::elu_of{}, x, scale); }

}  // namespace tapeless
