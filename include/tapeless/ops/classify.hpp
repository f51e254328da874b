#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/absolute.hpp>
#include <tapeless/ops/comparison.hpp>

#include <limits>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
struct isnan_of {
  template <class X> constexpr auto operator()(X x) const { return x != x; }
};
struct isinf_of {
  template <class X> constexpr auto operator()(X x) const { return abs(x) == std::numeric_limits<double>::infinity(); }
};
struct isfinite_of {
  template <class X> constexpr auto operator()(X x) const { return abs(x) < std::numeric_limits<double>::infinity(); }
};
}  // namespace detail

// Elementwise questions about floating numbers: shape that of x, dtype bool, no gradient.

template <class X> requires any_operand<X> constexpr auto isnan(X x) { return tapeless::invoke(detail::isnan_of{}, x); }
template <class X> requires any_operand<X> constexpr auto isinf(X x) { return tapeless::invoke(detail::isinf_of{}, x); }
template <class X> requires any_operand<X> constexpr auto isfinite(X x) { return tapeless::invoke(detail::isfinite_of{}, x); }

}  // namespace tapeless
