#pragma once
#include <tapeless/ops/one_hot.hpp>
#include <tapeless/ops/sigmoid.hpp>
#include <tapeless/ops/softmax.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

struct softmax_cross_entropy_of {
  constexpr ref operator()(ref logits, ref labels) const {
    const int rank = logits.shape().rank;
    if (rank == 0) {
      text m;
      fail(*logits.owner, m << "softmax_cross_entropy: the logits need an axis of classes");
      return logits;
    }
    const ref log_p = log_softmax(logits, reduced_axes<-1>(rank, true));
    const auto classes = reduced_axes<-1>(rank, false);
    if (is_integer(labels.type())) {
      const dim n = logits.shape()[rank - 1];
      if (labels.shape().rank != rank - 1 || !n.is_static()) {
        fail_labels(logits, labels, "integer labels have the shape of the logits without the axis of classes, whose extent is static");
        return apply<sum_op>(classes, log_p);
      }
      const ref picked = apply<sum_op>(classes, detail::choose(is_index(labels, n), log_p, 0.0));
      return detail::choose(labels >= n.constant, std::numeric_limits<double>::quiet_NaN(), -picked);
    }
    if (const auto both = broadcast(logits.shape(), labels.shape()); !both.ok || both.value.rank > rank) {
      fail_labels(logits, labels, "labels are probabilities in the shape of the logits, or integers without the axis of classes");
      return apply<sum_op>(classes, log_p);
    }
    // 0 log 0 = 0: an impossible class that is no label either costs nothing.
    const ref terms = detail::choose(labels == 0.0 && log_p == -std::numeric_limits<double>::infinity(), 0.0, labels * log_p);
    return -apply<sum_op>(classes, terms);
  }

 private:
  static constexpr void fail_labels(ref logits, ref labels, const char* rule) {
    text m;
    print_operand(m << "softmax_cross_entropy: " << rule << ": logits", {logits.type(), logits.shape()});
    print_operand(m << " and labels", {labels.type(), labels.shape()});
    fail(*logits.owner, m);
  }
};

struct sigmoid_cross_entropy_of {
  template <class X, class Y> constexpr auto operator()(X logits, Y labels) const { return softplus(logits) - logits * labels; }
};

}  // namespace detail

/// Cross-entropy of softmax(logits) along the last axis with labels, formed from the logits so that it stays finite.
///   labels    probabilities in the shape of the logits, or integers in [0, classes) in that shape without the last axis
///   shape     that of the logits without the last axis      dtype  that of the logits
///   limits    integer labels below 0 are ignored: loss and gradient 0; labels >= classes give the loss NaN
///   gradient  dlogits = dy (softmax(logits) sum(labels) - labels); dlabels = -dy log_softmax(logits)
template <class X, class Y> requires any_operand<X, Y> constexpr auto softmax_cross_entropy(X logits, Y labels) {
  static_assert(!number<X> && !number<Y>, "tapeless: this op works on tensors, not on plain numbers");
  return tapeless::invoke(detail::softmax_cross_entropy_of{}, logits, labels);
}

/// Elementwise -(z log s + (1 - z) log(1 - s)) for s = sigmoid(logits) and labels z, formed from the logits.
///   shape     broadcast of both     dtype  common (floating)
///   gradient  dlogits = dy (s - z); dlabels = -dy logits
template <class X, class Y> requires any_operand<X, Y> constexpr auto sigmoid_cross_entropy(X logits, Y labels) {
  return tapeless::invoke(detail::sigmoid_cross_entropy_of{}, logits, labels);
}

}  // namespace tapeless
