// P9 to P14: a net with one hidden layer: backward by hand, automatic, with a ReLU of our own, as modules, with Adam.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/feed_forward.hpp"
#include "steps.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/adam.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace checks::feed_forward {

namespace tl = tapeless;
namespace expected = oracle::feed_forward;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, 64, 1000> x;
constexpr tl::placeholder<"y", float, 64, 10> y;

const auto xs = oracle::uniform_vector<float>(expected::seed_x, 64 * 1000);
const auto ys = oracle::uniform_vector<float>(expected::seed_y, 64 * 10);

/// Losses of 500 steps, against the stored ones: relative at first, later relative to the first loss. Whether there were so many.
template <class Backend, class Session> bool check_losses(Session& session, std::span<const double> stored, double deviation) {
  std::vector<double> losses;
  for (std::size_t step = 0; step < steps_on<Backend>(expected::steps); ++step) losses.push_back(std::get<0>(session.run(x = xs, y = ys)));
  for (std::size_t i = 0; i < stored.size() && static_cast<std::size_t>(expected::shown_steps[i]) < losses.size(); ++i) {
    CAPTURE(expected::shown_steps[i]);
    const double distance = std::abs(losses[static_cast<std::size_t>(expected::shown_steps[i])] - stored[i]);
    CHECK(distance <= 16 * deviation * stored[0]);
    if (expected::shown_steps[i] <= 50) CHECK(distance <= 1e-5 * stored[i]);
  }
  return losses.size() == expected::steps;
}

constexpr tl::variable<"w1", float, 1000, 100> w1;
constexpr tl::variable<"w2", float, 100, 10> w2;

template <class Backend, class Update, class Loss> void check_by_hand(Loss loss, Update update) {
  namespace e = expected::by_hand;
  auto session = tl::session<Backend>(loss, update);
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w1, 1000 * 100), session[w1].data());
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w2, 100 * 10), session[w2].data());
  if (!check_losses<Backend>(session, e::loss, e::float_deviation)) return;
  oracle::check_samples(session[w1], e::last_w1, 16 * e::float_weight_deviation);
  oracle::check_samples(session[w2], e::last_w2, 16 * e::float_weight_deviation);
}

/// A ReLU that states its own forward and backward.
struct my_relu : tl::elementwise<1> {
  static constexpr auto name = "my_relu";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T v) { using tl::math::max; return max(v, T(0)); }
  static constexpr tl::gradients gradient(tl::ref dy, tl::ref, tl::ref input) { return tl::inputs(tl::where(input < 0.0, 0.0, dy)); }
};

TEST_CASE_TEMPLATE_DEFINE("backward by hand", Backend, by_hand) {
  constexpr auto h = tl::matmul(x, w1);
  constexpr auto h_relu = tl::relu(h);
  constexpr auto difference = tl::matmul(h_relu, w2) - y;
  constexpr auto loss = tl::sum(tl::square(difference));

  constexpr auto grad_y_pred = 2_c * difference;
  constexpr auto grad_w2 = tl::matmul(tl::transpose(h_relu), grad_y_pred);
  constexpr auto grad_h = tl::where(h > 0_c, tl::matmul(grad_y_pred, tl::transpose(w2)), 0_c);
  constexpr auto grad_w1 = tl::matmul(tl::transpose(x), grad_h);
  check_by_hand<Backend>(loss, tl::group(tl::assign(w1, w1 - 1e-6_c * grad_w1), tl::assign(w2, w2 - 1e-6_c * grad_w2)));
}

TEST_CASE_TEMPLATE_DEFINE("automatic gradients", Backend, automatic) {
  constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w1)), w2) - y));
  constexpr auto grads = tl::gradient(loss, w1, w2);
  check_by_hand<Backend>(loss, tl::group(tl::assign(w1, w1 - 1e-6_c * std::get<0>(grads)), tl::assign(w2, w2 - 1e-6_c * std::get<1>(grads))));
}

TEST_CASE_TEMPLATE_DEFINE("a user-defined op has the rights of a built-in one", Backend, own_op) {
  constexpr auto h = tl::apply<my_relu>(tl::matmul(x, w1));
  constexpr auto loss = tl::sum(tl::square(tl::matmul(h, w2) - y));
  check_by_hand<Backend>(loss, tl::optimizers::sgd(1e-6_c).minimize(loss));
}

template <class Session> void start_layers(Session& session) {
  const auto fill = [](auto to, std::uint64_t seed, double scale) {
    std::ranges::copy(oracle::uniform_vector<float>(seed, static_cast<std::size_t>(to.size()), scale), to.data());
  };
  fill(session.template variable<"hidden/weights">(), expected::seed_w1, 0.03);
  fill(session.template variable<"hidden/bias">(), expected::seed_b1, 0.03);
  fill(session.template variable<"output/weights">(), expected::seed_w2, 0.1);
  fill(session.template variable<"output/bias">(), expected::seed_b2, 0.1);
}

/// A module of the user's own, with two children.
struct two_layer_net {
  template <class X> constexpr auto operator()(X input) const {
    const auto h = tl::relu(tl::nn::dense<"hidden", 100>(input));
    return tl::nn::dense<"output", 10>(h);
  }
};

template <class Backend, class Net> void check_layers(Net net) {
  namespace e = expected::linear_layers;
  constexpr auto loss = tl::sum(tl::square(net(x) - y));
  auto session = tl::session<Backend>(loss, tl::optimizers::sgd(1e-4_c).minimize(loss));
  start_layers(session);
  if (!check_losses<Backend>(session, e::loss, e::float_deviation)) return;
  oracle::check_samples(session.template variable<"hidden/weights">(), e::last_w1, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"hidden/bias">(), e::last_b1, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"output/weights">(), e::last_w2, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"output/bias">(), e::last_b2, 16 * e::float_weight_deviation);
}

TEST_CASE_TEMPLATE_DEFINE("layers in sequence", Backend, in_sequence) { check_layers<Backend>(tl::nn::sequential(tl::nn::dense<"hidden", 100>, tl::nn::relu, tl::nn::dense<"output", 10>)); }
TEST_CASE_TEMPLATE_DEFINE("a module class", Backend, module_class) { check_layers<Backend>(two_layer_net{}); }

TEST_CASE_TEMPLATE_DEFINE("layers with Adam", Backend, with_adam) {
  namespace e = expected::linear_layers_adam;
  constexpr auto loss = tl::sum(tl::square(two_layer_net{}(x) - y));
  auto session = tl::session<Backend>(loss, tl::optimizers::adam(1e-4_c).minimize(loss));
  start_layers(session);
  if (!check_losses<Backend>(session, e::loss, e::float_deviation)) return;
  oracle::check_samples(session.template variable<"hidden/weights">(), e::last_w1, 4 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"output/weights">(), e::last_w2, 4 * e::float_weight_deviation);
}

}  // namespace checks::feed_forward
