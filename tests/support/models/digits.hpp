// The net of examples/digits.cpp from the oracle's starts: the same losses, and the digits recognised.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/digits.hpp"
#include "../../../examples/digits_data.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <vector>

namespace checks::digits_net {

namespace tl = tapeless;
namespace expected = oracle::digits;
using namespace tl::literals;

constexpr auto net = tl::nn::sequential(tl::nn::dense<"hidden", expected::hidden>, tl::nn::relu, tl::nn::dense<"logits", 10>);
constexpr tl::placeholder<"images", float, "N"_d, digits::pixels> images;
constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
constexpr auto logits = net(images);
constexpr auto loss = tl::losses::softmax_cross_entropy(logits, 0.9_c * tl::one_hot<10>(labels) + 0.01_c);
constexpr auto right = tl::sum(tl::cast<std::int64_t>(tl::arg_max(logits) == tl::cast<std::int64_t>(labels)));
constexpr auto update = tl::optimizers::momentum(0.1_c, 0.9_c).minimize(loss);

struct trained {
  std::vector<double> losses;    ///< of each step
  std::vector<float> weights;    ///< of the hidden layer
  std::int64_t right = 0, judged = 0;
  std::int64_t steps = 0;        ///< of an epoch
};

/// Trains from the oracle's start of a run.
template <class Session> trained train(Session& session, std::int64_t run, std::int64_t epochs) {
  const auto [train, held_out] = digits::split(digits::load((std::filesystem::path(__FILE__).parent_path() / "../../../examples/data/digits.txt").string()));
  const auto seed = static_cast<std::uint64_t>(1000 * run);
  session.initialize(0);
  const auto start = [](auto to, std::uint64_t from, double scale) {
    std::ranges::copy(oracle::uniform_vector<float>(from, static_cast<std::size_t>(to.size()), scale), to.data());
  };
  start(session.template variable<"hidden/weights">(), seed + 501, std::sqrt(6.0 / (64 + 128)));
  start(session.template variable<"logits/weights">(), seed + 502, std::sqrt(6.0 / (128 + 10)));

  trained t;
  t.steps = train.size / expected::batch;
  std::vector<float> pixels;
  std::vector<std::int32_t> drawn;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto order = digits::shuffled_order(train.size, seed + static_cast<std::uint64_t>(epoch));
    for (std::int64_t step = 0; step < t.steps; ++step) {
      digits::gather(train, order, step * expected::batch, expected::batch, pixels, drawn);
      t.losses.push_back(std::get<0>(session.run(images = pixels, labels = drawn)));
    }
  }
  const auto [count] = session.run(tl::fetch(right), images = held_out.images, labels = held_out.labels);
  t.right = count, t.judged = held_out.size;
  const auto weights = session.template variable<"hidden/weights">();
  t.weights.assign(weights.data(), weights.data() + weights.size());
  return t;
}

/// Over 30 epochs a rounding takes an input of a ReLU to the other side of 0, and an image or two may be seen otherwise.
TEST_CASE_TEMPLATE_DEFINE("digits", Backend, thirty_epochs) {
  auto session = tl::session<Backend>(loss, update);
  const auto t = train(session, 0, expected::epochs);
  CHECK(oracle::relative_distance(t.losses, expected::first_loss) <= 32 * expected::float_deviation);
  for (std::int64_t epoch = 0; epoch < expected::epochs; ++epoch) {
    const auto first = t.losses.begin() + epoch * t.steps;
    CHECK(std::accumulate(first, first + t.steps, 0.0) / static_cast<double>(t.steps) == doctest::Approx(expected::epoch_loss[epoch]).epsilon(0.01));
  }
  CHECK(std::abs(t.right - expected::right[0]) <= 2);
  CHECK(static_cast<double>(t.right) >= 0.97 * static_cast<double>(t.judged));
}

/// Where none does, all recognise the same.
TEST_CASE_TEMPLATE_DEFINE("digits: as many recognised as in float64", Backend, sure_digits) {
  static_assert(expected::sure_distance > 3 * expected::sure_deviation && expected::sure_lead > 1e-2);
  auto session = tl::session<Backend>(loss, update);
  const auto t = train(session, expected::sure_run, expected::sure_epochs);
  CHECK(t.right == expected::sure_right);
}

}  // namespace checks::digits_net
