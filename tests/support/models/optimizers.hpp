#pragma once
#include "models/oracles/optimizers.hpp"

#include <doctest/doctest.h>

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace checks::optimizers {

namespace tl = tapeless;
namespace oracle_of = oracle::optimizers;
using namespace tl::literals;

// loss = sum(curvature * (w - centre)^2) / 2
constexpr tl::placeholder<"curvature", double, 3> curvature;
constexpr tl::placeholder<"centre", double, 3> centre;
constexpr tl::variable<"w", double, 3> w;
constexpr auto loss = tl::sum(curvature * tl::square(w - centre)) / 2_c;

template <class Backend, class Optimizer> void check_path(Optimizer optimizer, std::span<const double> path) {
  auto session = tl::session<Backend>(optimizer.minimize(loss));
  session.initialize(0);
  std::ranges::copy(oracle_of::start, session[w].data());
  for (std::size_t step = 0; step < oracle_of::steps; ++step) {
    session.run(curvature = oracle_of::curvature, centre = oracle_of::centre);
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(step);
      CAPTURE(i);
      CHECK(session[w](i) == doctest::Approx(path[3 * step + i]).epsilon(1e-12));
    }
  }
}

TEST_CASE_TEMPLATE_DEFINE("each optimizer walks the path of its definition", Backend, paths) {
  using namespace tl::optimizers;
  check_path<Backend>(sgd(0.05_c), oracle_of::gradient_descent);
  check_path<Backend>(momentum(0.05_c, 0.9_c), oracle_of::momentum);
  check_path<Backend>(momentum(0.05_c, 0.9_c, tl::nesterov), oracle_of::nesterov);
  check_path<Backend>(adam(0.1_c), oracle_of::adam);
  check_path<Backend>(adam(0.1_c, 0.9_c, 0.999_c, 0.1_c), oracle_of::adam_large_epsilon);
  check_path<Backend>(adamw(0.1_c, 0.01_c), oracle_of::adamw);
  check_path<Backend>(rmsprop(0.01_c), oracle_of::rmsprop);
  check_path<Backend>(adagrad(0.1_c), oracle_of::adagrad);
}

}  // namespace checks::optimizers
