#pragma once
#include <tapeless/ops/cross_entropy.hpp>
#include <tapeless/ops/mean.hpp>
#include <tapeless/ops/roots.hpp>

/// Losses: scalars to be minimized, each the mean over all elements or rows.
namespace tapeless::inline TAPELESS_ABI::losses {

namespace detail {
struct mean_squared_error_of {
  template <class P, class T> constexpr auto operator()(P prediction, T target) const { return mean(square(prediction - target)); }
};
struct softmax_cross_entropy_of {
  template <class X, class Y> constexpr auto operator()(X logits, Y labels) const { return mean(tapeless::softmax_cross_entropy(logits, labels)); }
};
struct sigmoid_cross_entropy_of {
  template <class X, class Y> constexpr auto operator()(X logits, Y labels) const { return mean(tapeless::sigmoid_cross_entropy(logits, labels)); }
};
}  // namespace detail

/// mean((prediction - target)^2) over all elements.
template <class P, class T> requires any_operand<P, T> constexpr auto mean_squared_error(P prediction, T target) {
  return tapeless::invoke(detail::mean_squared_error_of{}, prediction, target);
}

/// The mean over all rows of the cross-entropy of softmax(logits) with labels: probabilities, or integers.
template <class X, class Y> requires any_operand<X, Y> constexpr auto softmax_cross_entropy(X logits, Y labels) {
  return tapeless::invoke(detail::softmax_cross_entropy_of{}, logits, labels);
}

/// The mean over all elements of the cross-entropy of sigmoid(logits) with labels in [0, 1].
template <class X, class Y> requires any_operand<X, Y> constexpr auto sigmoid_cross_entropy(X logits, Y labels) {
  return tapeless::invoke(detail::sigmoid_cross_entropy_of{}, logits, labels);
}

}  // namespace tapeless::losses
