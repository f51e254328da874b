#pragma once
#include <tapeless/nn/layer.hpp>
#include <tapeless/ops/random.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {
template <fixed_string Name, expression Rate> struct dropout_body {
  static constexpr std::string_view scope = Name.view();
  constexpr ref operator()(ref x) const {
    const ref rate = Rate::trace(*x.owner);
    const ref dropped = draw<random_uniform_op>(*x.owner, "mask", x.type(), x.shape()) < rate;
    return tapeless::detail::choose(dropped, 0.0, x / (1.0 - rate));
  }
};
}  // namespace detail

/// Sets each element to 0 with the probability `rate`, and divides the others by 1 - rate: `dropout<"drop">(0.5_c)`. For
/// training only: a net is judged as the same layers without it, which have the same variables.
///   shape     that of x             dtype  that of x (floating)
///   gradient  dx = 0 where the element was dropped, else dy / (1 - rate)
///   source    Srivastava et al. 2014
template <fixed_string Name, expression Rate> constexpr layer<detail::dropout_body<Name, Rate>> dropout(Rate) { return {}; }

}  // namespace tapeless::nn
