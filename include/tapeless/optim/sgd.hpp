#pragma once
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/optim/minimize.hpp>

namespace tapeless::inline TAPELESS_ABI {

template <scalar_expression Rate> struct sgd_rule : optimizer<sgd_rule<Rate>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, g = p.gradient, rate = p.number<Rate>();
    p.assign(w, w - rate * g);
  }
};

/// Nesterov's form looks ahead: the gradient is added once more, as if taken where the velocity leads.
template <scalar_expression Rate, scalar_expression Mu, bool Nesterov> struct momentum_rule : optimizer<momentum_rule<Rate, Mu, Nesterov>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, g = p.gradient, rate = p.number<Rate>(), mu = p.number<Mu>();
    const ref velocity = p.slot("momentum");
    const ref v = mu * velocity + g;
    p.assign(velocity, v);
    p.assign(w, w - rate * (Nesterov ? g + mu * v : v));
  }
};

struct nesterov_t {};
inline constexpr nesterov_t nesterov{};

namespace optimizers {

/// Gradient descent: w -= rate g.
template <scalar_expression Rate> constexpr sgd_rule<Rate> sgd(Rate) { return {}; }

/// Gradient descent with momentum: v = mu v + g; w -= rate v. `momentum(0.1_c, 0.9_c, tl::nesterov)`: w -= rate (g + mu v).
///   keeps     "w/momentum"
///   source    Sutskever et al. 2013, with the velocity scaled as in PyTorch
template <scalar_expression Rate, scalar_expression Mu> constexpr momentum_rule<Rate, Mu, false> momentum(Rate, Mu) { return {}; }
template <scalar_expression Rate, scalar_expression Mu> constexpr momentum_rule<Rate, Mu, true> momentum(Rate, Mu, nesterov_t) { return {}; }

}  // namespace optimizers

}  // namespace tapeless
