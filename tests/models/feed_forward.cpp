// P9 to P14: a net with one hidden layer: backward by hand, automatic, with a ReLU of our own, as modules, with Adam.
#include "oracles/feed_forward.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/adam.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <span>
#include <vector>

#include "compare.hpp"

namespace tl = tapeless;
namespace expected = oracle::feed_forward;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, 64, 1000> x;
constexpr tl::placeholder<"y", float, 64, 10> y;

const auto xs = oracle::uniform_vector<float>(expected::seed_x, 64 * 1000);
const auto ys = oracle::uniform_vector<float>(expected::seed_y, 64 * 10);

/// Losses of 500 steps, against the stored ones: relative at first, later relative to the first loss.
template <class Session> void check_losses(Session& session, std::span<const double> stored, double deviation) {
  std::vector<double> losses;
  for (std::size_t step = 0; step < expected::steps; ++step) losses.push_back(std::get<0>(session.run(x = xs, y = ys)));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    CAPTURE(expected::shown_steps[i]);
    const double distance = std::abs(losses[static_cast<std::size_t>(expected::shown_steps[i])] - stored[i]);
    CHECK(distance <= 16 * deviation * stored[0]);
    if (expected::shown_steps[i] <= 50) CHECK(distance <= 1e-5 * stored[i]);
  }
}

constexpr tl::variable<"w1", float, 1000, 100> w1;
constexpr tl::variable<"w2", float, 100, 10> w2;

template <class Update, class Loss> void check_by_hand(Loss loss, Update update) {
  namespace e = expected::by_hand;
  auto session = tl::session<tl::simd>(loss, update);
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w1, 1000 * 100), session[w1].data());
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w2, 100 * 10), session[w2].data());
  check_losses(session, e::loss, e::float_deviation);
  oracle::check_samples(session[w1], e::last_w1, 16 * e::float_weight_deviation);
  oracle::check_samples(session[w2], e::last_w2, 16 * e::float_weight_deviation);
}

/// A ReLU that states its own forward and backward.
struct my_relu : tl::elementwise<1> {
  static constexpr auto name = "my_relu";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T v) { using tl::math::max; return max(v, T(0)); }
  static constexpr tl::gradients gradient(tl::ref dy, tl::ref, tl::ref input) { return tl::inputs(tl::where(input < 0.0, 0.0, dy)); }
};

}  // namespace

TEST_CASE("backward by hand") {
  constexpr auto h = tl::matmul(x, w1);
  constexpr auto h_relu = tl::relu(h);
  constexpr auto difference = tl::matmul(h_relu, w2) - y;
  constexpr auto loss = tl::sum(tl::square(difference));

  constexpr auto grad_y_pred = 2_c * difference;
  constexpr auto grad_w2 = tl::matmul(tl::transpose(h_relu), grad_y_pred);
  constexpr auto grad_h = tl::where(h > 0_c, tl::matmul(grad_y_pred, tl::transpose(w2)), 0_c);
  constexpr auto grad_w1 = tl::matmul(tl::transpose(x), grad_h);
  check_by_hand(loss, tl::group(tl::assign(w1, w1 - 1e-6_c * grad_w1), tl::assign(w2, w2 - 1e-6_c * grad_w2)));
}

TEST_CASE("automatic gradients") {
  constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w1)), w2) - y));
  constexpr auto grads = tl::gradient(loss, w1, w2);
  check_by_hand(loss, tl::group(tl::assign(w1, w1 - 1e-6_c * std::get<0>(grads)), tl::assign(w2, w2 - 1e-6_c * std::get<1>(grads))));
}

TEST_CASE("a user-defined op has the rights of a built-in one") {
  constexpr auto h = tl::apply<my_relu>(tl::matmul(x, w1));
  constexpr auto loss = tl::sum(tl::square(tl::matmul(h, w2) - y));
  check_by_hand(loss, tl::optimizers::sgd(1e-6_c).minimize(loss));
}

namespace {

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

template <class Net> void check_layers(Net net) {
  namespace e = expected::linear_layers;
  constexpr auto loss = tl::sum(tl::square(net(x) - y));
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-4_c).minimize(loss));
  start_layers(session);
  check_losses(session, e::loss, e::float_deviation);
  oracle::check_samples(session.template variable<"hidden/weights">(), e::last_w1, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"hidden/bias">(), e::last_b1, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"output/weights">(), e::last_w2, 16 * e::float_weight_deviation);
  oracle::check_samples(session.template variable<"output/bias">(), e::last_b2, 16 * e::float_weight_deviation);
}

}  // namespace

TEST_CASE("layers in sequence") { check_layers(tl::nn::sequential(tl::nn::dense<"hidden", 100>, tl::nn::relu, tl::nn::dense<"output", 10>)); }
TEST_CASE("a module class") { check_layers(two_layer_net{}); }

TEST_CASE("layers with Adam") {
  namespace e = expected::linear_layers_adam;
  constexpr auto loss = tl::sum(tl::square(two_layer_net{}(x) - y));
  auto session = tl::session<tl::simd>(loss, tl::optimizers::adam(1e-4_c).minimize(loss));
  start_layers(session);
  check_losses(session, e::loss, e::float_deviation);
  oracle::check_samples(session.variable<"hidden/weights">(), e::last_w1, 4 * e::float_weight_deviation);
  oracle::check_samples(session.variable<"output/weights">(), e::last_w2, 4 * e::float_weight_deviation);
}
