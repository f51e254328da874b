// P8: a softmax classifier, with the loss written out from the prediction and with the fused form from the logits.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/softmax_classifier.hpp"
#include "steps.hpp"

#include <tapeless/nn/losses.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace checks::softmax_classifier {

namespace tl = tapeless;
namespace expected = oracle::softmax_classifier;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "batch"_d, 784> x;
constexpr tl::placeholder<"label", float, "batch"_d, 10> label;
constexpr tl::variable<"W", float, 784, 10> W;
constexpr tl::variable<"b", float, 10> b;

constexpr auto logits = tl::matmul(x, W) + b;
constexpr auto prediction = tl::softmax(logits);
constexpr auto written_out = tl::mean(-tl::sum<1>(label * tl::log(prediction)));
constexpr auto fused = tl::losses::softmax_cross_entropy(logits, label);

struct data {
  std::vector<float> x = oracle::uniform_vector<float>(expected::seed_x, 100 * 784);
  std::vector<float> label = std::vector<float>(100 * 10);
  data() {
    for (auto& v : x) v = std::max(v - 0.5f, 0.0f);
    const auto classes = oracle::integer_vector(expected::seed_label, 100, 10);
    for (std::size_t i = 0; i < 100; ++i) label[10 * i + static_cast<std::size_t>(classes[i])] = 1;
  }
};

template <class Backend, class Loss> void check_training(Loss loss) {
  const data given;
  auto session = tl::session<Backend>(loss, tl::optimizers::sgd(0.5_c).minimize(loss));
  std::ranges::copy(oracle::uniform_vector<float>(expected::seed_w, 784 * 10, expected::w_scale), session[W].data());

  {
    const auto [p, d_w, d_b] = session.run(tl::fetch(prediction, tl::derivative(loss, W), tl::derivative(loss, b)), x = given.x, label = given.label);
    oracle::check_samples(p, expected::first_prediction, 1e-6);
    oracle::check_samples(d_w, expected::first_grad_w, 1e-7);
    oracle::check_sums(d_w, expected::first_grad_w_sum, expected::first_grad_w_abs_sum, expected::first_grad_w_square_sum, 1e-6);
    oracle::check_all(d_b, expected::first_grad_b, 1e-7);
  }
  std::vector<float> losses;
  for (std::size_t step = 0; step < steps_on<Backend>(expected::steps); ++step) losses.push_back(std::get<0>(session.run(x = given.x, label = given.label)));
  CHECK(oracle::relative_distance(losses, first(expected::loss, losses.size())) <= 8 * expected::float_deviation);
  if (losses.size() < expected::steps) return;
  oracle::check_samples(session[W], expected::last_w, 8 * expected::float_weight_deviation);
  oracle::check_sums(session[W], expected::last_w_sum, expected::last_w_abs_sum, expected::last_w_square_sum, 1e-6);
  oracle::check_all(session[b], expected::last_b, 8 * expected::float_weight_deviation);

  constexpr auto hits = tl::arg_max(prediction) == tl::arg_max(label);
  const auto [accuracy] = session.run(tl::fetch(tl::mean(tl::cast<float>(hits))), x = given.x, label = given.label);
  CHECK(accuracy == expected::last_accuracy);
}

TEST_CASE_TEMPLATE_DEFINE("softmax classifier, loss written out", Backend, loss_written_out) { check_training<Backend>(written_out); }
TEST_CASE_TEMPLATE_DEFINE("softmax classifier, loss from logits", Backend, loss_from_logits) { check_training<Backend>(fused); }

TEST_CASE_TEMPLATE_DEFINE("the loss from logits survives huge ones", Backend, huge_logits) {
  namespace e = expected::huge_logits;
  constexpr tl::placeholder<"z", double, 4, 3> z;
  constexpr tl::placeholder<"labels", std::int64_t, 4> labels;
  constexpr auto rows = tl::softmax_cross_entropy(z, labels);
  constexpr auto dense_rows = tl::softmax_cross_entropy(z, tl::one_hot<3, double>(labels));
  auto session = tl::session<Backend>(rows, tl::derivative(tl::sum(rows), z), dense_rows, tl::derivative(tl::sum(dense_rows), z), tl::losses::softmax_cross_entropy(z, labels));
  const auto [value, gradient, dense_value, dense_gradient, mean] = session.run(z = std::span(e::logits), labels = e::labels);
  oracle::check_all(value, e::loss, 1e-12);
  oracle::check_all(gradient, e::grad_logits, 1e-12);
  oracle::check_all(dense_value, e::loss, 1e-12);
  oracle::check_all(dense_gradient, e::grad_logits, 1e-12);
  CHECK(mean == doctest::Approx(e::mean_loss).epsilon(1e-15));
}

}  // namespace checks::softmax_classifier
