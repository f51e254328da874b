// A small convolutional net, trained by gradient descent.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/convolution.hpp"
#include "steps.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <vector>

namespace checks::convolution {

namespace tl = tapeless;
namespace nn = tapeless::nn;
namespace expected = oracle::convolution;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "N"_d, 1, expected::size, expected::size> x;
constexpr tl::placeholder<"label", std::int64_t, "N"_d> label;

constexpr auto net = nn::sequential(nn::conv2d<"one", 6, tl::per_axis{5}, tl::convolution{.padding = 2}>, nn::relu, nn::max_pool2d<>,
                                    nn::conv2d<"two", 9, tl::per_axis{3}, tl::convolution{.stride = 2, .padding = {1, 2, 1, 2}}>, nn::tanh, nn::average_pool2d<>,
                                    nn::flatten, nn::dense<"three", expected::classes>);
constexpr auto loss = tl::losses::softmax_cross_entropy(net(x), label);

TEST_CASE_TEMPLATE_DEFINE("a convolutional net learns as in JAX", Backend, learns_as_in_jax) {
  auto session = tl::session<Backend>(loss, tl::optimizers::sgd(0.2_c).minimize(loss));
  const auto start = [](auto variable, std::uint64_t seed, double scale) {
    std::ranges::copy(oracle::uniform_vector<float>(seed, static_cast<std::size_t>(variable.size()), scale), variable.data());
  };
  start(session.template variable<"one/weights">(), expected::seed_w1, expected::scale_w1);
  start(session.template variable<"one/bias">(), expected::seed_b1, expected::scale_b1);
  start(session.template variable<"two/weights">(), expected::seed_w2, expected::scale_w2);
  start(session.template variable<"two/bias">(), expected::seed_b2, expected::scale_b2);
  start(session.template variable<"three/weights">(), expected::seed_w3, expected::scale_w3);
  start(session.template variable<"three/bias">(), expected::seed_b3, expected::scale_b3);
  const auto images = oracle::uniform_vector<float>(expected::seed_x, expected::batch * expected::size * expected::size);
  const auto classes = oracle::integer_vector(expected::seed_label, expected::batch, expected::classes);
  const std::vector<std::int64_t> labels(classes.begin(), classes.end());
  const auto xs = tl::view(images.data(), expected::batch, 1, expected::size, expected::size);

  {
    constexpr tl::variable<"one/weights", float, 6, 1, 5, 5> w1;
    constexpr tl::variable<"two/weights", float, 9, 6, 3, 3> w2;
    constexpr tl::variable<"one/bias", float, 6> b1;
    const auto [d_w1, d_w2, d_b1] = session.run(tl::fetch(tl::derivative(loss, w1), tl::derivative(loss, w2), tl::derivative(loss, b1)), x = xs, label = labels);
    oracle::check_samples(d_w1, expected::first_grad_w1, 1e-6);
    oracle::check_sums(d_w1, expected::first_grad_w1_sum, expected::first_grad_w1_abs_sum, expected::first_grad_w1_square_sum, 1e-5);
    oracle::check_samples(d_w2, expected::first_grad_w2, 1e-6);
    oracle::check_sums(d_w2, expected::first_grad_w2_sum, expected::first_grad_w2_abs_sum, expected::first_grad_w2_square_sum, 1e-5);
    oracle::check_samples(d_b1, expected::first_grad_b1, 1e-6);
  }
  std::vector<float> losses;
  for (std::size_t step = 0; step < steps_on<Backend>(expected::steps); ++step) losses.push_back(std::get<0>(session.run(x = xs, label = labels)));
  CHECK(oracle::relative_distance(losses, first(expected::loss, losses.size())) <= 8 * expected::float_deviation);
  if (losses.size() < expected::steps) return;
  oracle::check_samples(session.template variable<"one/weights">(), expected::last_w1, 8 * expected::float_weight_deviation);
  oracle::check_samples(session.template variable<"two/weights">(), expected::last_w2, 8 * expected::float_weight_deviation);
  oracle::check_samples(session.template variable<"two/bias">(), expected::last_b2, 8 * expected::float_weight_deviation);
  oracle::check_samples(session.template variable<"three/weights">(), expected::last_w3, 8 * expected::float_weight_deviation);
}

}  // namespace checks::convolution
