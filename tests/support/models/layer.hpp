// P1: a layer as a graph; one graph for every batch size, variables that keep their values from run to run.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/layer.hpp"

#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <vector>

namespace checks::layer {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "N"_d, 784> x;
constexpr tl::variable<"W", float, 784, 100, tl::uniform(-1, 1)> W;
constexpr tl::variable<"b", float, 100> b;
constexpr auto h = tl::relu(tl::matmul(x, W) + b);

constexpr double tolerance = 1e-4;  // sums of 784 products of up to 1, in float

std::size_t positive(const auto& tensor) {
  return static_cast<std::size_t>(std::count_if(tensor.data(), tensor.data() + tensor.size(), [](float v) { return v > 0; }));
}

TEST_CASE_TEMPLATE_DEFINE("a layer as a graph", Backend, as_a_graph) {
  namespace expected = oracle::layer;
  auto session = tl::session<Backend>(h);
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w, 784 * 100), session[W].data());
  const auto xs = oracle::uniform_vector<float>(expected::seed_x, 100 * 784);

  {
    const auto [one] = session.run(x = tl::view(xs.data(), 1, 784));
    CHECK(one.shape() == std::array<std::int64_t, 2>{1, 100});
    oracle::check_samples(one, expected::h_one, tolerance);
    oracle::check_sums(one, expected::h_one_sum, expected::h_one_abs_sum, expected::h_one_square_sum, 1e-6);
    CHECK(positive(one) == expected::h_one_positive);
  }
  {
    const auto [hundred] = session.run(x = tl::view(xs.data(), 100, 784));
    CHECK(hundred.shape() == std::array<std::int64_t, 2>{100, 100});
    oracle::check_samples(hundred, expected::h_hundred, tolerance);
    oracle::check_sums(hundred, expected::h_hundred_sum, expected::h_hundred_abs_sum, expected::h_hundred_square_sum, 1e-6);
    CHECK(positive(hundred) == expected::h_hundred_positive);
  }
  std::fill_n(session[b].data(), 100, 0.5f);
  const auto [shifted] = session.run(x = xs);
  oracle::check_samples(shifted, expected::h_shifted, tolerance);
  oracle::check_sums(shifted, expected::h_shifted_sum, expected::h_shifted_abs_sum, expected::h_shifted_square_sum, 1e-6);
}

}  // namespace checks::layer
