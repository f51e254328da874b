#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/hyperbolic.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise 1 / (1 + e^-x); it never overflows and keeps its precision down to the subnormals.
///   shape     that of x             dtype  that of x (floating)
///   limits    sigmoid(-inf) = 0, sigmoid(inf) = 1
///   gradient  dx = dy e^x / (1 + e^x)^2, in full precision also where y is near 1
struct sigmoid_op : elementwise<1> {
  static constexpr auto name = "sigmoid";
  template <class T> [[gnu::always_inline]] TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::sigmoid; return sigmoid(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * apply<sigmoid_slope_op>(x)); }
};
template <class X> requires any_operand<X> constexpr auto sigmoid(X x) { return apply<sigmoid_op>(x); }

/// Elementwise log(1 + e^x); it never overflows before x does.
///   shape     that of x             dtype  that of x (floating)
///   limits    softplus(-inf) = 0, softplus(inf) = inf, softplus(89.f) = 89
///   gradient  dx = dy sigmoid(x)
struct softplus_op : elementwise<1> {
  static constexpr auto name = "softplus";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::softplus; return softplus(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy * sigmoid(x)); }
};
template <class X> requires any_operand<X> constexpr auto softplus(X x) { return apply<softplus_op>(x); }

namespace detail {
struct log_sigmoid_of {
  template <class X> constexpr auto operator()(X x) const { return -softplus(-x); }
};
struct silu_of {
  template <class X> constexpr auto operator()(X x) const { return x * sigmoid(x); }
};
}  // namespace detail

/// Elementwise log(sigmoid(x)): log_sigmoid(-1000) = -1000, log_sigmoid(inf) = -0.
///   gradient  dx = dy sigmoid(-x)
template <class X> requires any_operand<X> constexpr auto log_sigmoid(X x) { return tapeless::invoke(detail::log_sigmoid_of{}, x); }

/// Elementwise x sigmoid(x), also known as swish; NaN at -inf, as the product says.
///   gradient  dx = dy (s + x s (1 - s)), s = sigmoid(x)
template <class X> requires any_operand<X> constexpr auto silu(X x) { return tapeless::invoke(detail::silu_of{}, x); }

}  // namespace tapeless
