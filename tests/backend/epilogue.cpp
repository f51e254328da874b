#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/nn/losses.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/run/session.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Loops that run by the blocks of a product, against the same graph computed node by node.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

template <class A, class B> double farthest(const A& a, const B& b) {
  double far = 0;
  REQUIRE(a.size() == b.size());
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(a.size()); ++i) {
    const double distance = std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]));
    far = !(distance <= far) ? distance : far;  // nan is far
  }
  return far;
}

template <class Session> constexpr int blocked() {
  int n = 0;
  for (const auto& k : Session::program::plan.kernels) n += k.epilogue;
  return n;
}

}  // namespace

TEST_CASE_TEMPLATE("epilogue: bias, activation and a residual, of any number of rows and in parts of blocks", T, float, double) {
  constexpr tl::placeholder<"x", T, "N"_d, 300> x;
  constexpr tl::placeholder<"w", T, 300, 333> w;
  constexpr tl::placeholder<"b", T, 333> b;
  constexpr tl::placeholder<"r", T, "N"_d, 1> r;
  constexpr auto y = tl::relu(tl::matmul(x, w) + b) * r;
  auto fast = tl::session<tl::simd>(y, tl::matmul(x, w));
  auto slow = tl::session<tl::reference>(y, tl::matmul(x, w));
  static_assert(blocked<decltype(fast)>() == 1);
  const auto ws = waves<T>(300 * 333, 0.7), bs = waves<T>(333, 1.3);
  for (const std::int64_t n : {1, 2, 31, 200}) {
    CAPTURE(n);
    const auto xs = waves<T>(n * 300, 0.37), rs = waves<T>(n, 0.9);
    const auto [a, product] = fast.run(x = xs, w = ws, b = bs, r = rs);
    const auto [c, expected] = slow.run(x = xs, w = ws, b = bs, r = rs);
    CHECK(farthest(a, c) <= (sizeof(T) == 4 ? 1e-4 : 1e-12));
    CHECK(farthest(product, expected) <= (sizeof(T) == 4 ? 1e-4 : 1e-12));
  }
}

TEST_CASE("epilogue: a network's updates, while other products read the same weights") {
  constexpr tl::placeholder<"x", float, 50, 90> x;
  constexpr tl::variable<"first", float, 90, 110, tl::glorot_uniform> first;
  constexpr tl::variable<"second", float, 110, 90, tl::glorot_uniform> second;
  constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(tl::relu(tl::matmul(x, first)), second), x);
  constexpr auto update = tl::optimizers::sgd(1_c).minimize(loss);
  auto fast = tl::session<tl::simd>(loss, update);
  auto slow = tl::session<tl::reference>(loss, update);
  static_assert(blocked<decltype(fast)>() == 4);
  fast.initialize(3);
  slow.initialize(3);
  const auto xs = waves<float>(50 * 90, 0.11);
  for (int step = 0; step < 5; ++step) {
    fast.run(x = xs);
    slow.run(x = xs);
  }
  CHECK(farthest(fast[first], slow[first]) <= 1e-5);
  CHECK(farthest(fast[second], slow[second]) <= 1e-5);
  CHECK(std::get<0>(fast.run(x = xs)) < 0.4);
}

TEST_CASE("epilogue: a gradient that only the update reads is never there as a whole") {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 1000> y;
  constexpr tl::variable<"w1", float, 1000, 100, tl::uniform(-0.07, 0.07)> w1;
  constexpr tl::variable<"w2", float, 100, 1000, tl::uniform(-0.07, 0.07)> w2;
  constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(tl::relu(tl::matmul(x, w1)), w2), y);
  constexpr auto descent = tl::optimizers::sgd(1e-3_c).minimize(loss);
  auto fast = tl::session<tl::simd>(loss, descent);
  auto fetching = tl::session<tl::simd>(loss, descent, tl::derivative(loss, w1));
  auto slow = tl::session<tl::reference>(loss, descent);
  // The weights' gradients, 400 kB each, were the largest tensors; what is left is y_pred and scratch memory for products.
  static_assert(decltype(fast)::arena_bytes < 800'000 && decltype(fetching)::arena_bytes >= decltype(fast)::arena_bytes + 400'000 - 8192);
  using program = decltype(fast)::program;
  const auto text = tl::to_string(program::graph, program::plan);
  for (const char* product : {"matmul (100, 1000)", "matmul (1000, 100)"}) {  // both gradients
    const auto at = text.find(product);
    REQUIRE(at != text.npos);
    CHECK(text.substr(at, text.find('\n', at) - at).ends_with(" a block at a time"));
  }
  const auto xs = waves<float>(64'000, 0.11), ys = waves<float>(64'000, 0.7);
  fast.initialize(3);
  fetching.initialize(3);
  slow.initialize(3);
  for (int step = 0; step < 3; ++step) {
    const auto expected = std::get<0>(slow.run(x = xs, y = ys));
    CHECK(std::get<0>(fast.run(x = xs, y = ys)) == doctest::Approx(expected).epsilon(1e-4));
    CHECK(std::get<0>(fetching.run(x = xs, y = ys)) == doctest::Approx(expected).epsilon(1e-4));
  }
  CHECK(farthest(fast[w1], slow[w1]) <= 1e-5);
  CHECK(farthest(fast[w2], slow[w2]) <= 1e-5);
  CHECK(farthest(fetching[w1], slow[w1]) <= 1e-5);
}

TEST_CASE_TEMPLATE("epilogue: updates of all forms, of any number of rows", T, float, double) {
  constexpr tl::placeholder<"x", T, "N"_d, 70> x;
  constexpr tl::placeholder<"g", T, "N"_d, 100> g;
  constexpr tl::placeholder<"rate", T> rate;
  constexpr tl::variable<"w", T, 70, 100, tl::glorot_uniform> w;
  constexpr tl::variable<"m", T, 70, 100> m;
  constexpr auto dw = tl::matmul(tl::transpose(x), g);
  const auto check = [&](auto... updates) {
    auto fast = tl::session<tl::simd>(updates...);
    auto slow = tl::session<tl::reference>(updates...);
    fast.initialize(5);
    slow.initialize(5);
    constexpr bool has_rate = tl::detail::find_leaf(decltype(fast)::program::graph, "rate") >= 0;
    for (const std::int64_t n : {1, 64, 300, 500}) {
      const auto xs = waves<T>(n * 70, 0.37), gs = waves<T>(n * 100, 0.9);
      if constexpr (has_rate) fast.run(x = xs, g = gs, rate = T(0.25)), slow.run(x = xs, g = gs, rate = T(0.25));
      else fast.run(x = xs, g = gs), slow.run(x = xs, g = gs);
    }
    CHECK(farthest(fast[w], slow[w]) <= (sizeof(T) == 4 ? 1e-4 : 1e-11));
  };
  check(tl::assign(w, w - rate * dw));
  check(tl::assign(w, w - (0.9_c * m + dw)), tl::assign(m, 0.9_c * m + dw));
  if constexpr (sizeof(T) == 8) {  // arithmetic in the same loops
    check(tl::assign(w, w - dw * 0.5_c));
    check(tl::assign(w, w + 0.5_c * dw));
    check(tl::assign(w, dw * 0.5_c + w));
    check(tl::assign(w, dw * 0.5_c - w));
    check(tl::assign(w, w - dw * w));
  }
}

TEST_CASE("epilogue: the operands of the product stand beside it in the loop") {
  constexpr tl::placeholder<"x", double, 130, 130> x;
  constexpr auto h = tl::exp(x);
  constexpr auto y = h - tl::matmul(h, h) * 0.01_c;
  auto fast = tl::session<tl::simd>(y);
  auto slow = tl::session<tl::reference>(y);
  static_assert(blocked<decltype(fast)>() == 1);
  const auto xs = waves<double>(130 * 130, 0.5);
  CHECK(farthest(std::get<0>(fast.run(x = xs)), std::get<0>(slow.run(x = xs))) <= 1e-11);
}

TEST_CASE("epilogue: a variable that the product reads is written when it has finished") {
  constexpr tl::variable<"w", double, 100, 100, tl::glorot_uniform> w;
  constexpr auto update = tl::assign(w, w - tl::matmul(w, w) * 0.1_c);
  auto fast = tl::session<tl::simd>(update);
  auto slow = tl::session<tl::reference>(update);
  fast.initialize(5);
  slow.initialize(5);
  for (int step = 0; step < 3; ++step) fast.run(), slow.run();
  CHECK(farthest(fast[w], slow[w]) <= 1e-12);
}
