#pragma once
#include <tapeless/ops/pooling.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {
template <pooling Options> struct max_pool2d_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::max_pool2d<Options>(x); }
};
template <pooling Options> struct average_pool2d_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::average_pool2d<Options>(x); }
};
}  // namespace detail

/// Pooling as an object, to stand between layers: `max_pool2d<>` takes windows of 2x2, `max_pool2d<tl::pooling{3}>` of 3x3.
template <pooling Options = pooling{}> inline constexpr detail::max_pool2d_function<Options> max_pool2d{};
template <pooling Options = pooling{}> inline constexpr detail::average_pool2d_function<Options> average_pool2d{};

}  // namespace tapeless::nn
