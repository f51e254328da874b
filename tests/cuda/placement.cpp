#include <doctest/doctest.h>

#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/run/placement.hpp>
#include <tapeless/tapeless.hpp>

#include <array>
#include <cmath>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

using card = tl::cuda_on_host;
constexpr tl::placeholder<"x", float, "N"_d, 4> x;
constexpr tl::variable<"w", float, 4, 5, tl::glorot_uniform> w;
constexpr tl::variable<"v", float, 5, 3, tl::glorot_uniform> v;
constexpr auto first = [](auto a) { return tl::tanh(tl::matmul(a, w)); };
constexpr auto second = [](auto h) { return tl::relu(tl::matmul(h, v)); };
constexpr auto plain = tl::mean(tl::exp(tl::invoke(second, tl::invoke(first, x))));
template <class Loss> constexpr auto training(Loss loss) { return tl::optimizers::sgd(0.05_c).minimize(loss); }

template <class A> void check_as_on_the_processor(A& a) {
  auto b = tl::session<tl::simd>(plain, training(plain));
  for (std::int64_t rows : {6, 3, 6, 6}) {
    std::vector<float> xs(static_cast<std::size_t>(rows) * 4);
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<float>(i) * 0.7f);
    const auto [p] = a.run(x = tl::view(xs.data(), rows, 4));
    const auto [q] = b.run(x = tl::view(xs.data(), rows, 4));
    const float number = p;
    CHECK(number == doctest::Approx(q).epsilon(1e-5));
  }
  const auto wa = a[w];
  const auto wb = b[w];
  for (std::int64_t i = 0; i < wb.size(); ++i) CHECK(wa.begin()[i] == doctest::Approx(wb.begin()[i]).epsilon(1e-5));
}

}  // namespace

TEST_CASE("a session on the processor with a part on the card") {
  constexpr auto y = tl::mean(tl::exp(tl::on<card>(second)(tl::invoke(first, x))));
  auto session = tl::session<tl::simd>(y, training(y));
  CHECK(decltype(session)::program::transfers == 6);
  check_as_on_the_processor(session);
}
TEST_CASE("a session on the card with a part on the processor") {
  constexpr auto y = tl::mean(tl::exp(tl::invoke(second, tl::on<tl::simd>(first)(x))));
  auto session = tl::session<card>(y, training(y));
  CHECK(decltype(session)::program::transfers == 5);  // x, w and the hidden layer; its adjoint and the gradient of w
  check_as_on_the_processor(session);
}
TEST_CASE("the card is where the session computes: no transfer") {
  constexpr auto y = tl::mean(tl::exp(tl::on<card>(second)(tl::invoke(first, x))));
  auto session = tl::session<card>(y, training(y));
  CHECK(decltype(session)::program::transfers == 0);
  check_as_on_the_processor(session);
}
TEST_CASE("a variable on the card that a later part reads is written when all have run") {
  constexpr tl::variable<"n", float, 3> n;
  constexpr auto old = tl::on<tl::simd>(tl::on<card>(tl::on<tl::simd>([](auto a) { return a * 2_c; })(n) + 1_c) * n);
  auto session = tl::session<card>(old, tl::assign(n, n + 1_c));
  auto values = session[n];
  for (int i = 0; i < 3; ++i) values[i] = static_cast<float>(i);
  for (int run = 0; run < 3; ++run) {
    const auto [y] = session.run();
    for (int i = 0; i < 3; ++i) {
      const float before = static_cast<float>(i + run);
      CHECK(y[i] == (2 * before + 1) * before);
      CHECK(session[n][i] == before + 1);
    }
  }
}
