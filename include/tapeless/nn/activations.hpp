#pragma once
#include <tapeless/ops/gelu.hpp>
#include <tapeless/ops/hyperbolic.hpp>
#include <tapeless/ops/relu.hpp>
#include <tapeless/ops/shape_forms.hpp>
#include <tapeless/ops/sigmoid.hpp>
#include <tapeless/ops/softmax.hpp>

/// Functions of one tensor as objects, to stand between layers: `sequential(dense<"a", 100>, relu, dense<"b", 10>)`.
namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {
struct relu_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::relu(x); }
};
struct leaky_relu_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::leaky_relu(x); }
};
struct elu_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::elu(x); }
};
struct gelu_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::gelu(x); }
};
struct silu_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::silu(x); }
};
struct sigmoid_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::sigmoid(x); }
};
struct softplus_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::softplus(x); }
};
struct tanh_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::tanh(x); }
};
struct softmax_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::softmax(x); }
};
struct log_softmax_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::log_softmax(x); }
};
struct flatten_function {
  template <class X> constexpr auto operator()(X x) const { return tapeless::flatten<1>(x); }
};
}  // namespace detail

inline constexpr detail::relu_function relu{};
inline constexpr detail::leaky_relu_function leaky_relu{};
inline constexpr detail::elu_function elu{};
inline constexpr detail::gelu_function gelu{};
inline constexpr detail::silu_function silu{};
inline constexpr detail::sigmoid_function sigmoid{};
inline constexpr detail::softplus_function softplus{};
inline constexpr detail::tanh_function tanh{};
inline constexpr detail::softmax_function softmax{};
inline constexpr detail::log_softmax_function log_softmax{};
/// All axes but the first become one.
inline constexpr detail::flatten_function flatten{};

}  // namespace tapeless::nn
