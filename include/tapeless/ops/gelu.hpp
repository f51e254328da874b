#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/error_function.hpp>
#include <tapeless/ops/hyperbolic.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
struct gelu_of {
  // erfc and not 1 + erf: the left tail keeps its precision.
  template <class X> constexpr auto operator()(X x) const { return 0.5 * x * erfc(-(1 / std::numbers::sqrt2) * x); }
};
struct gelu_tanh_of {
  template <class X> constexpr auto operator()(X x) const {
    constexpr double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return 0.5 * x * (1.0 + tanh(scale * (x + 0.044715 * (x * x * x))));
  }
};
}  // namespace detail

/// Elementwise x P(N <= x) for a standard normal N.
///   shape     that of x             dtype  that of x (floating)
///   limits    gelu(+-0) = +-0, gelu(inf) = inf, gelu(-inf) = NaN, as the product says
///   gradient  dx = dy (P + x p), p the density of N
template <class X> requires any_operand<X> constexpr auto gelu(X x) { return tapeless::invoke(detail::gelu_of{}, x); }

/// The approximation of gelu by tanh, as older networks were trained with: within 5e-4 of it.
template <class X> requires any_operand<X> constexpr auto gelu_tanh(X x) { return tapeless::invoke(detail::gelu_tanh_of{}, x); }

}  // namespace tapeless
