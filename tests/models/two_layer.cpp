// P3 to P7: a two-layer ReLU net; everything fed, with variables updated in the graph, and with optimizers and losses.
#include "oracles/two_layer.hpp"

#include <tapeless/nn/losses.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <vector>

#include "compare.hpp"

namespace tl = tapeless;
namespace expected = oracle::two_layer;
using namespace tl::literals;

namespace {

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

template <class Session> std::vector<float> train(Session& session, const std::vector<float>& targets = ys) {
  start(session);
  std::vector<float> losses;
  for (std::size_t step = 0; step < expected::steps; ++step) losses.push_back(std::get<0>(session.run(x = xs, y = targets)));
  return losses;
}

template <class Session> void check_summed(Session& session, const std::vector<float>& losses) {
  namespace e = expected::summed;
  CHECK(oracle::relative_distance(losses, e::loss) <= slack * e::float_deviation);
  oracle::check_samples(session[w1], e::last_w1, slack * e::float_weight_deviation);
  oracle::check_samples(session[w2], e::last_w2, slack * e::float_weight_deviation);
  oracle::check_sums(session[w1], e::last_w1_sum, e::last_w1_abs_sum, e::last_w1_square_sum, 1e-6);
  oracle::check_sums(session[w2], e::last_w2_sum, e::last_w2_abs_sum, e::last_w2_square_sum, 1e-6);
}

}  // namespace

TEST_CASE("everything is fed and the host updates") {
  namespace e = expected::summed;
  constexpr tl::placeholder<"w1", float, 1000, 100> fed_w1;
  constexpr tl::placeholder<"w2", float, 100, 1000> fed_w2;
  constexpr auto h = tl::maximum(tl::matmul(x, fed_w1), 0_c);
  constexpr auto loss = tl::mean(tl::sum<1>(tl::square(tl::matmul(h, fed_w2) - y)));
  auto session = tl::session<tl::simd>(loss, tl::derivative(loss, fed_w1), tl::derivative(loss, fed_w2));

  auto host_w1 = start_w1, host_w2 = start_w2;
  std::vector<float> losses;
  for (std::size_t step = 0; step < expected::steps; ++step) {
    const auto [value, grad_w1, grad_w2] = session.run(x = xs, y = ys, fed_w1 = host_w1, fed_w2 = host_w2);
    if (step == 0) {
      oracle::check_samples(grad_w1, e::first_grad_w1, 1e-2);
      oracle::check_samples(grad_w2, e::first_grad_w2, 1e-2);
      oracle::check_sums(grad_w1, e::first_grad_w1_sum, e::first_grad_w1_abs_sum, e::first_grad_w1_square_sum, 1e-6);
      oracle::check_sums(grad_w2, e::first_grad_w2_sum, e::first_grad_w2_abs_sum, e::first_grad_w2_square_sum, 1e-6);
    }
    losses.push_back(value);
    for (std::size_t i = 0; i < host_w1.size(); ++i) host_w1[i] -= 1e-5f * grad_w1.data()[i];
    for (std::size_t i = 0; i < host_w2.size(); ++i) host_w2[i] -= 1e-5f * grad_w2.data()[i];
  }
  CHECK(oracle::relative_distance(losses, e::loss) <= slack * e::float_deviation);
  oracle::check_samples(host_w1, e::last_w1, slack * e::float_weight_deviation);
  oracle::check_samples(host_w2, e::last_w2, slack * e::float_weight_deviation);
}

TEST_CASE("the update is in the graph, and runs only where it is fetched") {
  constexpr auto grad_w1 = tl::derivative(summed_loss, w1);
  constexpr auto grad_w2 = tl::derivative(summed_loss, w2);
  constexpr auto update = tl::group(tl::assign(w1, w1 - 1e-5_c * grad_w1), tl::assign(w2, w2 - 1e-5_c * grad_w2));
  auto session = tl::session<tl::simd>(summed_loss, update);

  start(session);
  for (int i = 0; i < 2; ++i) {
    const auto [loss] = session.run(tl::fetch(summed_loss), x = xs, y = ys);
    CHECK(loss == doctest::Approx(expected::summed::loss[0]).epsilon(1e-6));
  }
  CHECK(std::ranges::equal(start_w1, std::span(session[w1].data(), start_w1.size())));
  CHECK(std::ranges::equal(start_w2, std::span(session[w2].data(), start_w2.size())));

  check_summed(session, train(session));
}

TEST_CASE("an optimizer makes the same update") {
  auto session = tl::session<tl::simd>(summed_loss, tl::optimizers::sgd(1e-5_c).minimize(summed_loss));
  check_summed(session, train(session));
}

TEST_CASE("mean squared error, also as an auto-encoder") {
  constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-3_c).minimize(loss));
  {
    namespace e = expected::mean_squared;
    const auto losses = train(session);
    CHECK(oracle::relative_distance(losses, e::loss) <= slack * e::float_deviation);
    oracle::check_samples(session[w1], e::last_w1, slack * e::float_weight_deviation);
    oracle::check_samples(session[w2], e::last_w2, slack * e::float_weight_deviation);
  }
  namespace e = expected::autoencoder;
  const auto losses = train(session, xs);
  CHECK(oracle::relative_distance(losses, e::loss) <= slack * e::float_deviation);
  oracle::check_samples(session[w1], e::last_w1, slack * e::float_weight_deviation);
  oracle::check_samples(session[w2], e::last_w2, slack * e::float_weight_deviation);
}
