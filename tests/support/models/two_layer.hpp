// P3 to P7: a two-layer ReLU net; everything fed, with variables updated in the graph, and with optimizers and losses.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/two_layer.hpp"
#include "steps.hpp"

#include <tapeless/nn/losses.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <vector>

namespace checks::two_layer {

namespace tl = tapeless;
namespace expected = oracle::two_layer;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, 64, 1000> x;
constexpr tl::placeholder<"y", float, 64, 1000> y;
constexpr tl::variable<"w1", float, 1000, 100> w1;
constexpr tl::variable<"w2", float, 100, 1000> w2;

constexpr auto y_pred = tl::matmul(tl::maximum(tl::matmul(x, w1), 0_c), w2);
constexpr auto summed_loss = tl::mean(tl::sum<1>(tl::square(y_pred - y)));

const auto xs = oracle::uniform_vector<float>(expected::seed_x, 64 * 1000);
const auto ys = oracle::uniform_vector<float>(expected::seed_y, 64 * 1000);
const auto start_w1 = oracle::uniform_vector<float>(expected::seed_w1, 1000 * 100);
const auto start_w2 = oracle::uniform_vector<float>(expected::seed_w2, 100 * 1000);

// NumPy's float32 is this far from float64; sums in another order may be as far again, and more over 50 steps.
constexpr double slack = 16;

template <class Session> void start(Session& session) {
  std::ranges::copy(start_w1, session[w1].data());
  std::ranges::copy(start_w2, session[w2].data());
}

template <class Backend, class Session> std::vector<float> train(Session& session, const std::vector<float>& targets = ys) {
  start(session);
  std::vector<float> losses;
  for (std::size_t step = 0; step < steps_on<Backend>(expected::steps); ++step) losses.push_back(std::get<0>(session.run(x = xs, y = targets)));
  return losses;
}

template <class Backend, class Session> void check_summed(Session& session) {
  namespace e = expected::summed;
  const auto losses = train<Backend>(session);
  CHECK(oracle::relative_distance(losses, first(e::loss, losses.size())) <= slack * e::float_deviation);
  if (losses.size() < expected::steps) return;
  oracle::check_samples(session[w1], e::last_w1, slack * e::float_weight_deviation);
  oracle::check_samples(session[w2], e::last_w2, slack * e::float_weight_deviation);
  oracle::check_sums(session[w1], e::last_w1_sum, e::last_w1_abs_sum, e::last_w1_square_sum, 1e-6);
  oracle::check_sums(session[w2], e::last_w2_sum, e::last_w2_abs_sum, e::last_w2_square_sum, 1e-6);
}

TEST_CASE_TEMPLATE_DEFINE("everything is fed and the host updates", Backend, all_fed) {
  namespace e = expected::summed;
  constexpr tl::placeholder<"w1", float, 1000, 100> fed_w1;
  constexpr tl::placeholder<"w2", float, 100, 1000> fed_w2;
  constexpr auto h = tl::maximum(tl::matmul(x, fed_w1), 0_c);
  constexpr auto loss = tl::mean(tl::sum<1>(tl::square(tl::matmul(h, fed_w2) - y)));
  auto session = tl::session<Backend>(loss, tl::derivative(loss, fed_w1), tl::derivative(loss, fed_w2));

  auto host_w1 = start_w1, host_w2 = start_w2;
  std::vector<float> losses;
  for (std::size_t step = 0; step < steps_on<Backend>(expected::steps); ++step) {
    const auto [value, grad_w1, grad_w2] = session.run(x = xs, y = ys, fed_w1 = host_w1, fed_w2 = host_w2);
    if (step == 0) {
      oracle::check_samples(grad_w1, e::first_grad_w1, 1e-2);
      oracle::check_samples(grad_w2, e::first_grad_w2, 1e-2);
      oracle::check_sums(grad_w1, e::first_grad_w1_sum, e::first_grad_w1_abs_sum, e::first_grad_w1_square_sum, 1e-6);
      oracle::check_sums(grad_w2, e::first_grad_w2_sum, e::first_grad_w2_abs_sum, e::first_grad_w2_square_sum, 1e-6);
    }
    losses.push_back(value);
    const auto g1 = grad_w1.data(), g2 = grad_w2.data();
    for (std::size_t i = 0; i < host_w1.size(); ++i) host_w1[i] -= 1e-5f * g1[i];
    for (std::size_t i = 0; i < host_w2.size(); ++i) host_w2[i] -= 1e-5f * g2[i];
  }
  CHECK(oracle::relative_distance(losses, first(e::loss, losses.size())) <= slack * e::float_deviation);
  if (losses.size() < expected::steps) return;
  oracle::check_samples(host_w1, e::last_w1, slack * e::float_weight_deviation);
  oracle::check_samples(host_w2, e::last_w2, slack * e::float_weight_deviation);
}

TEST_CASE_TEMPLATE_DEFINE("the update is in the graph, and runs only where it is fetched", Backend, updated_in_graph) {
  constexpr auto grad_w1 = tl::derivative(summed_loss, w1);
  constexpr auto grad_w2 = tl::derivative(summed_loss, w2);
  constexpr auto update = tl::group(tl::assign(w1, w1 - 1e-5_c * grad_w1), tl::assign(w2, w2 - 1e-5_c * grad_w2));
  auto session = tl::session<Backend>(summed_loss, update);

  start(session);
  for (int i = 0; i < 2; ++i) {
    const auto [loss] = session.run(tl::fetch(summed_loss), x = xs, y = ys);
    CHECK(loss == doctest::Approx(expected::summed::loss[0]).epsilon(1e-6));
  }
  CHECK(std::ranges::equal(start_w1, std::span(session[w1].data(), start_w1.size())));
  CHECK(std::ranges::equal(start_w2, std::span(session[w2].data(), start_w2.size())));

  check_summed<Backend>(session);
}

TEST_CASE_TEMPLATE_DEFINE("an optimizer makes the same update", Backend, by_optimizer) {
  auto session = tl::session<Backend>(summed_loss, tl::optimizers::sgd(1e-5_c).minimize(summed_loss));
  check_summed<Backend>(session);
}

namespace detail {

template <class Backend, class Session> void check_curve(Session& session, const std::vector<float>& targets, const auto& loss, double deviation, const auto& last_w1, const auto& last_w2, double weight_deviation) {
  const auto losses = train<Backend>(session, targets);
  CHECK(oracle::relative_distance(losses, first(loss, losses.size())) <= slack * deviation);
  if (losses.size() < expected::steps) return;
  oracle::check_samples(session[w1], last_w1, slack * weight_deviation);
  oracle::check_samples(session[w2], last_w2, slack * weight_deviation);
}

}  // namespace detail

TEST_CASE_TEMPLATE_DEFINE("mean squared error, also as an auto-encoder", Backend, mean_squared) {
  namespace e = expected::mean_squared;
  namespace a = expected::autoencoder;
  constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
  auto session = tl::session<Backend>(loss, tl::optimizers::sgd(1e-3_c).minimize(loss));
  detail::check_curve<Backend>(session, ys, e::loss, e::float_deviation, e::last_w1, e::last_w2, e::float_weight_deviation);
  detail::check_curve<Backend>(session, xs, a::loss, a::float_deviation, a::last_w1, a::last_w2, a::float_weight_deviation);
}

}  // namespace checks::two_layer
