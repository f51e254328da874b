#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/models/digits.hpp"

// Models on a card as on the processor; the same bits from run to run; what sessions share a card, and run out of it.

namespace tl = tapeless;
using namespace tl::literals;

namespace {

TEST_CASE("digits: a card learns what the processor learns, and twice the same") {
  namespace net = checks::digits_net;
  auto on_card = tl::session<tl::cuda>(net::loss, net::update);
  auto once_more = tl::session<tl::cuda>(net::loss, net::update);
  auto on_processor = tl::session<tl::simd>(net::loss, net::update);
  cudaStream_t stream = nullptr;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  once_more.use_stream(stream);
  const auto a = net::train(on_card, 0, 10), b = net::train(once_more, 0, 10), c = net::train(on_processor, 0, 10);
  CHECK(a.losses == b.losses);
  CHECK(a.weights == b.weights);
  CHECK(a.right == b.right);
  for (std::size_t i = 0; i < 40; ++i) CHECK(a.losses[i] == doctest::Approx(c.losses[i]).epsilon(1e-4));
  CHECK(a.right >= 345);  // of 359
  CHECK(net::train(on_card, 1, 1).losses.front() != a.losses.front());  // a training that differs is seen to differ
  const auto sure_on_card = net::train(on_card, net::expected::sure_run, net::expected::sure_epochs), sure = net::train(on_processor, net::expected::sure_run, net::expected::sure_epochs);
  CHECK(sure_on_card.right == sure.right);
  CHECK(sure_on_card.right == net::expected::sure_right);
  once_more.use_stream(static_cast<cudaStream_t>(nullptr));
  cudaStreamDestroy(stream);
}
TEST_CASE_TEMPLATE_INVOKE(checks::digits_net::thirty_epochs, tl::cuda);

constexpr tl::placeholder<"x", float, "M"_d, "K"_d> x;
constexpr tl::placeholder<"y", float, "M"_d, "K"_d> y;
constexpr tl::placeholder<"z", float, "M"_d, "K"_d> z;
constexpr auto c = tl::sum(x * y + z);

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}

TEST_CASE("P2 on a card: the gradients are y, x and ones") {
  auto session = tl::session<tl::cuda>(c, tl::derivative(c, x), tl::derivative(c, y), tl::derivative(c, z));
  for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{3, 4}, {3000, 4000}, {3, 4}}) {
    const auto count = static_cast<std::size_t>(m * n);
    const auto xs = wave(count, 0.7f), ys = wave(count, 0.3f), zs = wave(count, 0.9f);
    const auto [value, dx, dy, dz] = session.run(x = tl::view(xs.data(), m, n), y = tl::view(ys.data(), m, n), z = tl::view(zs.data(), m, n));
    double expected = 0, scale = 0;
    for (std::size_t i = 0; i < count; ++i) expected += static_cast<double>(xs[i]) * static_cast<double>(ys[i]) + static_cast<double>(zs[i]), scale += 1;
    CHECK(std::abs(static_cast<double>(value) - expected) <= 1e-6 * scale);
    CHECK(std::equal(ys.begin(), ys.end(), dx.begin()));
    CHECK(std::equal(xs.begin(), xs.end(), dy.begin()));
    CHECK(std::all_of(dz.begin(), dz.end(), [](float e) { return e == 1; }));
  }
}

constexpr tl::placeholder<"inputs", float, 64, 1000> inputs;
constexpr tl::placeholder<"targets", float, 64, 1000> targets;
constexpr tl::variable<"w1", float, 1000, 100, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 100, 1000, tl::glorot_uniform> w2;
constexpr auto squares = tl::mean(tl::sum<1>(tl::square(tl::matmul(tl::relu(tl::matmul(inputs, w1)), w2) - targets)));
constexpr auto descent = tl::optimizers::sgd(1e-5_c).minimize(squares);

TEST_CASE("P4 on a card: 50 steps, replayed, in two sessions that take turns; fed from the card") {
  auto first = tl::session<tl::cuda>(squares, descent);
  auto second = tl::session<tl::cuda>(squares, descent);
  auto plain = tl::session<tl::simd>(squares, descent);
  const auto xs = wave(64000, 0.37f), ys = wave(64000, 0.11f);
  float *on_card_x = nullptr, *on_card_y = nullptr;
  REQUIRE(cudaMalloc(&on_card_x, 256000) == cudaSuccess);
  REQUIRE(cudaMalloc(&on_card_y, 256000) == cudaSuccess);
  REQUIRE(cudaMemcpy(on_card_x, xs.data(), 256000, cudaMemcpyHostToDevice) == cudaSuccess);
  REQUIRE(cudaMemcpy(on_card_y, ys.data(), 256000, cudaMemcpyHostToDevice) == cudaSuccess);
  for (int step = 0; step < 50; ++step) {
    const auto [a] = first.run(inputs = xs, targets = ys);
    const auto [b] = second.run(inputs = tl::device_pointer(on_card_x, 64, 1000), targets = tl::device_pointer(on_card_y, 64, 1000));
    const auto [d] = plain.run(inputs = xs, targets = ys);
    CHECK(static_cast<float>(a) == static_cast<float>(b));
    CHECK(static_cast<float>(a) == doctest::Approx(d).epsilon(1e-4));
  }
  cudaFree(on_card_x), cudaFree(on_card_y);
}

TEST_CASE("a run that the card has no memory for changes nothing; a smaller one works") {
  constexpr tl::placeholder<"row", float, "P"_d> row;
  constexpr tl::placeholder<"column", float, "Q"_d> column;
  constexpr tl::variable<"count", float, 1> runs;
  constexpr auto table = tl::tanh(tl::reshape<-1, 1>(row) + tl::reshape<1, -1>(column));
  auto session = tl::session<tl::cuda>(table, tl::assign(runs, runs + 1.0_c));
  const std::vector<float> small(30, 0.5f), large(1 << 19, 0.5f);  // a table of 2^38 numbers is a TiB
  session.run(row = small, column = small);
  CHECK_THROWS_AS(session.run(row = large, column = large), tl::device_error);
  const auto [values] = session.run(row = small, column = small);
  CHECK(values.data()[7] == doctest::Approx(std::tanh(1.0f)));
  CHECK(session[runs].to_host().data()[0] == 2);
}

}  // namespace
