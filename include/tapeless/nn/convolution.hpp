#pragma once
#include <tapeless/nn/layer.hpp>
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/convolution.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {

/// The root by Newton's steps from above: std::sqrt is not constexpr, and a trace runs in the compiler.
constexpr double constant_root(double x) {
  double r = x > 1 ? x : 1;
  for (double next = (r + x / r) / 2; next < r; next = (r + x / r) / 2) r = next;
  return r;
}

/// An initializer by fans, which elsewhere are the last two extents, for kernels: a fan is channels times places.
constexpr initializer for_kernels(initializer start, double fan_in, double fan_out) {
  const auto within = [](double square) { return uniform(-constant_root(square), constant_root(square)); };
  switch (start.kind) {
    case initializer_kind::glorot_uniform: return within(6 / (fan_in + fan_out));
    case initializer_kind::glorot_normal: return normal(0, constant_root(2 / (fan_in + fan_out)));
    case initializer_kind::he_uniform: return within(6 / fan_in);
    case initializer_kind::he_normal: return normal(0, constant_root(2 / fan_in));
    default: return start;
  }
}

template <fixed_string Name, std::int64_t Channels, per_axis Window, convolution Options, initializer Weights, initializer... Bias> struct conv2d_body {
  static constexpr std::string_view scope = Name.view();
  constexpr ref operator()(ref x) const {
    const auto s = x.shape();
    if (s.rank != 4 || !s[1].is_static() || Options.groups < 1 || s[1].constant % Options.groups != 0 || Channels % Options.groups != 0 || !is_floating(x.type())) {
      text m;
      fail(*x.owner, s.print(m << scope << ": a convolution layer takes floating images (N, C, H, W) whose channels can be dealt out to its groups, not ") << " " << to_string(x.type()));
      return x;
    }
    const std::int64_t channels = s[1].constant / Options.groups, places = std::int64_t{Window.rows} * Window.columns;
    const auto start = for_kernels(Weights, static_cast<double>(channels * places), static_cast<double>(Channels / Options.groups * places));
    const ref y = tapeless::conv2d<Options>(x, trainable(*x.owner, "weights", x.type(), shape(Channels, channels, Window.rows, Window.columns), start));
    if constexpr (sizeof...(Bias) == 0) return y;
    else return y + reshape(trainable(*x.owner, "bias", x.type(), shape(Channels), Bias...), shape(Channels, 1, 1));
  }
};

}  // namespace detail

/// Convolution with kernels that are learnt, and a bias for each channel: `conv2d<"edges", 6, per_axis{5}>`.
///   shape      (N, C, H, W) -> (N, Channels, H', W'), as tl::conv2d with the same options
///   variables  "Name/weights" (Channels, C / groups, rows, columns), "Name/bias" (Channels)
template <fixed_string Name, std::int64_t Channels, per_axis Window, convolution Options = convolution{}, initializer Weights = glorot_uniform, initializer Bias = zeros>
inline constexpr layer<detail::conv2d_body<Name, Channels, Window, Options, Weights, Bias>> conv2d{};

/// The same without a bias.
template <fixed_string Name, std::int64_t Channels, per_axis Window, convolution Options = convolution{}, initializer Weights = glorot_uniform>
inline constexpr layer<detail::conv2d_body<Name, Channels, Window, Options, Weights>> conv2d_without_bias{};

}  // namespace tapeless::nn
