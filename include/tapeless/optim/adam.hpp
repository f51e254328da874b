#pragma once
#include <tapeless/ops/pow.hpp>
#include <tapeless/ops/roots.hpp>
#include <tapeless/optim/minimize.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Adam's step before the rate: the mean of the gradient over the root of the mean of its square, both corrected for
/// having started from zero. The powers are taken in double: in float, 1 - 0.999^t has four digits at the start.
template <class Beta1, class Beta2, class Epsilon> constexpr ref adam_direction(const parameter& p) {
  const ref g = p.gradient, mean = p.slot("adam/mean"), mean_square = p.slot("adam/mean_square"), steps = p.shared("adam/steps");
  const ref t = steps + 1.0;
  const auto correction = [&](ref beta) { return cast_to(1.0 / (1.0 - pow(beta, t)), g.type()); };

  const ref beta1 = p.number<Beta1>(), beta2 = p.number<Beta2>();
  const ref m = beta1 * mean + (1.0 - beta1) * g;
  const ref v = beta2 * mean_square + (1.0 - beta2) * g * g;
  const ref m_hat = m * correction(p.number<Beta1>(dtype::f64));
  const ref v_hat = v * correction(p.number<Beta2>(dtype::f64));

  p.assign(steps, t);
  p.assign(mean, m);
  p.assign(mean_square, v);
  return m_hat / (sqrt(v_hat) + p.number<Epsilon>());
}

}  // namespace detail

template <scalar_expression Rate, scalar_expression Beta1, scalar_expression Beta2, scalar_expression Epsilon>
struct adam_rule : optimizer<adam_rule<Rate, Beta1, Beta2, Epsilon>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, rate = p.number<Rate>();
    p.assign(w, w - rate * detail::adam_direction<Beta1, Beta2, Epsilon>(p));
  }
};

template <scalar_expression Rate, scalar_expression Decay, scalar_expression Beta1, scalar_expression Beta2, scalar_expression Epsilon>
struct adamw_rule : optimizer<adamw_rule<Rate, Decay, Beta1, Beta2, Epsilon>> {
  static constexpr void step(const parameter& p) {
    const ref w = p.value, rate = p.number<Rate>(), decay = p.number<Decay>();
    p.assign(w, w - rate * (detail::adam_direction<Beta1, Beta2, Epsilon>(p) + decay * w));
  }
};

namespace optimizers {

using default_beta1 = decltype(0.9_c);
using default_beta2 = decltype(0.999_c);
using default_epsilon = decltype(1e-8_c);

/// Adam with bias correction; epsilon stands outside the root.
///   keeps     "w/adam/mean", "w/adam/mean_square", and one "adam/steps" beside the first variable
///   source    Kingma & Ba 2015
template <scalar_expression Rate = decltype(1e-3_c), scalar_expression Beta1 = default_beta1, scalar_expression Beta2 = default_beta2, scalar_expression Epsilon = default_epsilon>
constexpr adam_rule<Rate, Beta1, Beta2, Epsilon> adam(Rate = {}, Beta1 = {}, Beta2 = {}, Epsilon = {}) { return {}; }

/// Adam with weight decay that does not pass through the means: w -= rate (direction + decay w).
///   source    Loshchilov & Hutter 2019
template <scalar_expression Rate, scalar_expression Decay, scalar_expression Beta1 = default_beta1, scalar_expression Beta2 = default_beta2, scalar_expression Epsilon = default_epsilon>
constexpr adamw_rule<Rate, Decay, Beta1, Beta2, Epsilon> adamw(Rate, Decay, Beta1 = {}, Beta2 = {}, Epsilon = {}) { return {}; }

}  // namespace optimizers

}  // namespace tapeless
