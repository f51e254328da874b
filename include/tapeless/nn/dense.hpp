#pragma once
#include <tapeless/nn/layer.hpp>
#include <tapeless/ops/matmul.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {
template <fixed_string Name, std::int64_t Units, initializer Weights, initializer... Bias> struct dense_body {
  static constexpr std::string_view scope = Name.view();
  constexpr ref operator()(ref x) const {
    const int rank = x.shape().rank;
    if (rank == 0 || !x.shape()[rank - 1].is_static() || !is_floating(x.type())) {
      text m;
      fail(*x.owner, x.shape().print(m << scope << ": a dense layer takes floating tensors whose last extent is static, not ") << " " << to_string(x.type()));
      return x;
    }
    const ref y = matmul(x, trainable(*x.owner, "weights", x.type(), shape(x.shape()[rank - 1], Units), Weights));
    if constexpr (sizeof...(Bias) == 0) return y;
    else return y + trainable(*x.owner, "bias", x.type(), shape(Units), Bias...);
  }
};
}  // namespace detail

/// x W + b over the last axis.
///   shape      (..., n) -> (..., Units)
///   variables  "Name/weights" (n, Units), "Name/bias" (Units)
template <fixed_string Name, std::int64_t Units, initializer Weights = glorot_uniform, initializer Bias = zeros>
inline constexpr layer<detail::dense_body<Name, Units, Weights, Bias>> dense{};

/// The same without a bias: x W.
template <fixed_string Name, std::int64_t Units, initializer Weights = glorot_uniform>
inline constexpr layer<detail::dense_body<Name, Units, Weights>> dense_without_bias{};

}  // namespace tapeless::nn
