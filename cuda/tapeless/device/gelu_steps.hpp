#pragma once
#include <tapeless/device/loop_steps.hpp>

#include <numbers>

namespace tapeless::inline TAPELESS_ABI::device::detail {

// gelu_tanh and its gradient are known by their values: simplification writes them in many ways, and what the way back needs of
// the way forward is kept in several tensors, all of them functions of gelu's input. Loops of a few dozen additions, products and
// tanh that give these values at a dozen points where all terms count are these functions: another formula would show. They may
// be off by a float's resolution, since simplification multiplies constants with each other and rounds them to floats.

inline constexpr double most_off = 1.0 / (1 << 23);
inline constexpr int samples = 12;
constexpr double sample_input(int i) { return -2.9 + 0.53 * i; }
constexpr double sample_bias(int i) { return 0.37 * (i % 5) - 0.8; }
constexpr double sample_gradient(int i) { return (i % 2 == 0 ? 1 : -1) * (0.6 + 0.17 * (i % 7)); }

constexpr double gelu_of(double u) { return 0.5 * u * (1 + known_tanh(std::numbers::sqrt2 * std::numbers::inv_sqrtpi * (u + 0.044715 * u * u * u))); }
constexpr double gelu_slope_of(double u) {
  constexpr double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const double angle = scale * (u + 0.044715 * u * u * u);
  return 0.5 * (1 + known_tanh(angle)) + 0.5 * u * known_tanh_slope(angle) * scale * (1 + 3 * 0.044715 * u * u);
}

/// The first step that gives these values at all samples; -1: none does.
///   set        puts the values of the reads at a sample
///   expected   of the step
template <class Set, class Expected> constexpr int slot_of_values(const loop_steps& s, Set set, Expected expected) {
  sequence<double> values(static_cast<std::size_t>(s.slots()), 0);
  sequence<int> candidates;
  for (int i = 0; i < samples; ++i) {
    set(i, values);
    s.evaluate(values);
    const double y = expected(i), most = most_off * (1 + (y < 0 ? -y : y));
    const auto fits = [&](int slot) { return values[slot] - y <= most && y - values[slot] <= most; };
    sequence<int> left;
    if (i == 0) {
      for (int slot = s.slots() - s.count(); slot < s.slots(); ++slot)
        if (fits(slot)) left.push_back(slot);
    } else {
      for (int slot : candidates)
        if (fits(slot)) left.push_back(slot);
    }
    if (left.empty()) return -1;
    candidates = left;
  }
  return candidates[0];
}

/// What a product and a bias (-1: there is none) are where their sum is the sample.
constexpr void set_input(int sample, int product, int bias, sequence<double>& values) {
  values[product] = sample_input(sample) - (bias >= 0 ? sample_bias(sample) : 0);
  if (bias >= 0) values[bias] = sample_bias(sample);
}
/// The step of a loop that is gelu_tanh of its product and bias.
constexpr int gelu_slot(const loop_steps& s, int product, int bias) {
  return slot_of_values(s, [&](int i, auto& values) { set_input(i, product, bias, values); }, [](int i) { return gelu_of(sample_input(i)); });
}

}  // namespace tapeless::device::detail
