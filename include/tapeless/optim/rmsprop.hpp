#pragma once
#include <tapeless/ops/roots.hpp>
#include <tapeless/optim/minimize.hpp>

namespace tapeless::inline TAPELESS_ABI {

template <scalar_expression Rate, scalar_expression Rho, scalar_expression Epsilon> struct rmsprop_rule : optimizer<rmsprop_rule<Rate, Rho, Epsilon>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, g = p.gradient, rate = p.number<Rate>(), rho = p.number<Rho>();
    const ref mean_square = p.slot("rmsprop/mean_square");
    const ref v = rho * mean_square + (1.0 - rho) * g * g;
    p.assign(mean_square, v);
    p.assign(w, w - rate * g / (sqrt(v) + p.number<Epsilon>()));
  }
};

template <scalar_expression Rate, scalar_expression Epsilon> struct adagrad_rule : optimizer<adagrad_rule<Rate, Epsilon>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, g = p.gradient, rate = p.number<Rate>();
    const ref sum = p.slot("adagrad/sum_of_squares");
    const ref s = sum + g * g;
    p.assign(sum, s);
    p.assign(w, w - rate * g / (sqrt(s) + p.number<Epsilon>()));
  }
};

namespace optimizers {

/// v = rho v + (1 - rho) g^2; w -= rate g / (sqrt(v) + epsilon).
///   keeps     "w/rmsprop/mean_square"
///   source    Tieleman & Hinton 2012; epsilon outside the root and rho 0.99 as in PyTorch
template <scalar_expression Rate, scalar_expression Rho = decltype(0.99_c), scalar_expression Epsilon = decltype(1e-8_c)>
constexpr rmsprop_rule<Rate, Rho, Epsilon> rmsprop(Rate, Rho = {}, Epsilon = {}) { return {}; }

/// s += g^2; w -= rate g / (sqrt(s) + epsilon).
///   keeps     "w/adagrad/sum_of_squares", from zero
///   source    Duchi et al. 2011
template <scalar_expression Rate, scalar_expression Epsilon = decltype(1e-10_c)>
constexpr adagrad_rule<Rate, Epsilon> adagrad(Rate, Epsilon = {}) { return {}; }

}  // namespace optimizers

}  // namespace tapeless
