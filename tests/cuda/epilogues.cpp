// Loops that become epilogues of products: which do and which do not, and that results stay the same.
#include "support/kernels_on_host.hpp"

#include <tapeless/device/fuse_products.hpp>
#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

namespace checks {

using namespace tl::literals;
using tl::device::epilogue;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, 100> x;
constexpr tl::placeholder<"t", float, "N"_d, 10> t;
constexpr tl::variable<"w", float, 100, 50> w;
constexpr tl::variable<"b", float, 50> b;
constexpr tl::variable<"v", float, 50, 10> v;
constexpr tl::variable<"c", float, 10> c;

/// The products of the plan in order, as "finish" or "finish(accesses)".
template <class... Fetches> std::string finishes(Fetches...) {
  using program = tl::device::planned_with_epilogues<tl::program<Fetches...>>;
  constexpr const char* names[]{"none", "bias", "relu", "relu_bias", "relu_bias_mask", "gelu", "gelu_bias", "drelu", "drelu_sums", "sums_of_b"};
  std::string s;
  int loops = 0;
  for (const auto& k : program::plan.kernels) {
    loops += k.kind == tl::kernel_kind::loop;
    if (k.kind == tl::kernel_kind::contraction) s += std::string(names[k.finish]) + " ";
  }
  return s + "and " + std::to_string(loops) + (loops == 1 ? " loop" : " loops");
}

}  // namespace

TEST_CASE("what follows a product becomes its epilogue") {
  const auto y = tl::matmul(x, w);
  CHECK(finishes(y + b) == "bias and 0 loops");
  CHECK(finishes(tl::relu(y)) == "relu and 0 loops");
  CHECK(finishes(tl::relu(b + y)) == "relu_bias and 0 loops");
  CHECK(finishes(tl::gelu_tanh(y)) == "gelu and 0 loops");
  CHECK(finishes(tl::gelu_tanh(y + b)) == "gelu_bias and 0 loops");
  CHECK(finishes(tl::matmul(tl::relu(y + b), v) + c) == "relu_bias bias and 0 loops");
}

TEST_CASE("what is no epilogue of the library stays a loop") {
  const auto y = tl::matmul(x, w);
  constexpr tl::placeholder<"r", float, "N"_d, 50> rest;
  constexpr tl::placeholder<"d", double, "N"_d, 100> d;
  constexpr tl::variable<"e", double, 100, 50> e;
  constexpr tl::placeholder<"s", float, 50, 50> square;
  CHECK(finishes(tl::gelu(y + b)) == "none and 1 loop");             // by erfc
  CHECK(finishes(tl::tanh(y + b)) == "none and 1 loop");
  CHECK(finishes(tl::relu(y + rest)) == "none and 1 loop");          // no bias
  CHECK(finishes(tl::relu(y + b), y) == "none and 1 loop");          // the product is fetched
  CHECK(finishes(tl::relu(y + b), tl::sum(y)).starts_with("none"));  // another reads it
  CHECK(finishes(tl::relu(tl::matmul(d, e))) == "none and 1 loop");  // of doubles
  CHECK(finishes(tl::relu(tl::reshape<50, 50>(tl::transpose<1, 0>(tl::matmul(square, square) * 2_c)) + b)).starts_with("none"));
  CHECK(finishes(tl::relu(tl::transpose(tl::matmul(square, square)) + b)) == "relu_bias and 0 loops");  // a product of the operands transposed
  CHECK(finishes(tl::gelu_tanh(y + b), tl::derivative(tl::sum(tl::gelu_tanh(y + b)), b)).starts_with("none"));  // what the gradient needs is stored
}

TEST_CASE("gradients of relu by the mask, sums of the bias's gradient by products") {
  const auto h = tl::relu(tl::matmul(x, w) + b);
  const auto loss = tl::sum(tl::square(tl::matmul(h, v) + c - t));
  CHECK(finishes(loss, tl::derivative(loss, w), tl::derivative(loss, b), tl::derivative(loss, v), tl::derivative(loss, c)) == "relu_bias_mask none drelu_sums sums_of_b none and 1 loop");
  CHECK(finishes(tl::derivative(loss, w), tl::derivative(loss, v)) == "relu_bias_mask none drelu none none and 1 loop");
}

TEST_CASE_TEMPLATE("each epilogue is what the loop was", Policy, kernels_with_epilogues, kernels_with_library) {
  const auto y = tl::matmul(x, w);
  const auto farthest = [](auto fetch) {
    tl::session_type<Policy, decltype(fetch), decltype(tl::sum(b))> session;
    tl::session_type<tl::reference, decltype(fetch), decltype(tl::sum(b))> plain;
    session.initialize(1), plain.initialize(1);
    for (std::size_t i = 0; i < 50; ++i) session[b].data()[i] = plain[b].data()[i] = static_cast<float>(i % 7) / 4 - 0.7f;
    double most = 0;
    for (const std::int64_t n : {0, 1, 7, 600}) {
      std::vector<float> xs(static_cast<std::size_t>(n * 100));
      for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 101) / 50 - 1;
      most = std::max(most, distance_of_tuples(session.run(x = tl::view(xs.data(), n, 100)), plain.run(x = tl::view(xs.data(), n, 100))));
    }
    return most;
  };
  CHECK(farthest(y + b) < 2e-6);
  CHECK(farthest(tl::relu(y)) < 2e-6);
  CHECK(farthest(tl::relu(y + b)) < 2e-6);
  CHECK(farthest(tl::gelu_tanh(y)) < 2e-6);
  CHECK(farthest(tl::gelu_tanh(b + y)) < 2e-6);
}

TEST_CASE("a net that is trained with epilogues computes what it does without") {
  namespace nn = tl::nn;
  const auto y = nn::sequential(nn::dense<"one", 50>, nn::relu, nn::dense<"two", 24>, nn::relu, nn::dense<"three", 10>)(x);
  const auto loss = tl::mean(tl::square(y - t));
  const auto update = tl::optimizers::sgd(0.1_c).minimize(loss);
  tl::session_type<kernels_on_host, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(update)>> plain;
  tl::session_type<kernels_with_epilogues, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(update)>> own;
  tl::session_type<kernels_with_library, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(update)>> library;
  plain.initialize(1), own.initialize(1), library.initialize(1);
  for (const std::int64_t n : {33, 5, 64}) {
    std::vector<float> xs(static_cast<std::size_t>(n * 100)), ts(static_cast<std::size_t>(n * 10));
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 101) / 50 - 1;
    for (std::size_t i = 0; i < ts.size(); ++i) ts[i] = static_cast<float>(i * 31 % 17) / 17;
    for (int step = 0; step < 3; ++step) {
      const auto of = [&](auto& session) { return std::get<0>(session.run(x = tl::view(xs.data(), n, 100), t = tl::view(ts.data(), n, 10))); };
      const auto expected = of(plain);
      CHECK(std::abs(of(own) - expected) <= 1e-5f * std::abs(expected));
      CHECK(std::abs(of(library) - expected) <= 1e-5f * std::abs(expected));
    }
  }
}

}  // namespace checks
