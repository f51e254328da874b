#include "support/processor_kernels.hpp"

#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

using card = tl::device::host_card;
using on_card = tl::cuda_with<tl::device::host_calls, checks::processor_kernels>;

constexpr tl::placeholder<"x", float, 8, 20> x;
constexpr tl::placeholder<"y", float, 8, 5> y;
constexpr tl::variable<"w1", float, 20, 16, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 16, 5, tl::glorot_uniform> w2;
constexpr auto h = tl::relu(tl::matmul(x, w1));
constexpr auto y_pred = tl::matmul(h, w2);
constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}

TEST_CASE("a net trains on a card as on the processor") {
  tl::session_type<on_card, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(y_pred)>, std::remove_const_t<decltype(update)>> session;
  tl::session_type<tl::simd, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(y_pred)>, std::remove_const_t<decltype(update)>> plain;
  const auto xs = wave(160, 0.37f), ys = wave(40, 0.11f);
  for (int step = 0; step < 20; ++step) {
    auto [a, p] = session.run(x = xs, y = ys);
    auto [b, q] = plain.run(x = xs, y = ys);
    CHECK(a == doctest::Approx(b).epsilon(1e-5));
    CHECK(p(3, 2) == doctest::Approx(q(3, 2)).epsilon(1e-4));
  }
}

}  // namespace
