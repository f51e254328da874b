// The net of examples/digits.cpp from the oracle's start: the same losses, and enough digits recognised.
#include "oracles/digits.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <vector>

#include "../../examples/digits_data.hpp"
#include "compare.hpp"

namespace tl = tapeless;
namespace expected = oracle::digits;
using namespace tl::literals;

namespace {

constexpr auto net = tl::nn::sequential(tl::nn::dense<"hidden", expected::hidden>, tl::nn::relu, tl::nn::dense<"logits", 10>);
constexpr tl::placeholder<"images", float, "N"_d, digits::pixels> images;
constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
constexpr auto logits = net(images);
constexpr auto loss = tl::losses::softmax_cross_entropy(logits, 0.9_c * tl::one_hot<10>(labels) + 0.01_c);
constexpr auto right = tl::sum(tl::cast<std::int64_t>(tl::arg_max(logits) == tl::cast<std::int64_t>(labels)));

}  // namespace

TEST_CASE("digits") {
  const auto [train, held_out] = digits::split(digits::load(std::filesystem::path(__FILE__).parent_path() / "../../examples/data/digits.txt"));
  auto session = tl::session<tl::simd>(loss, tl::optimizers::momentum(0.1_c, 0.9_c).minimize(loss));
  std::ranges::copy(oracle::uniform_vector<float>(501, 64 * 128, std::sqrt(6.0 / (64 + 128))), session.variable<"hidden/weights">().data());
  std::ranges::copy(oracle::uniform_vector<float>(502, 128 * 10, std::sqrt(6.0 / (128 + 10))), session.variable<"logits/weights">().data());

  std::vector<float> pixels;
  std::vector<std::int32_t> digits_drawn;
  const std::int64_t steps = train.size / expected::batch;
  for (std::uint64_t epoch = 0; epoch < expected::epochs; ++epoch) {
    const auto order = digits::shuffled_order(train.size, epoch);
    std::vector<double> losses;
    for (std::int64_t step = 0; step < steps; ++step) {
      digits::gather(train, order, step * expected::batch, expected::batch, pixels, digits_drawn);
      losses.push_back(std::get<0>(session.run(images = pixels, labels = digits_drawn)));
    }
    if (epoch == 0) CHECK(oracle::relative_distance(losses, expected::first_loss) <= 32 * expected::float_deviation);
    const double mean = std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(steps);
    CHECK(mean == doctest::Approx(expected::epoch_loss[epoch]).epsilon(0.01));
  }
  const auto [count] = session.run(tl::fetch(right), images = held_out.images, labels = held_out.labels);
  CHECK(std::abs(count - expected::right[0]) <= 2);
  CHECK(static_cast<double>(count) >= 0.97 * static_cast<double>(held_out.size));
}
