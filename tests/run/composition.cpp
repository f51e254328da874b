#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Derivatives of functions that ask for derivatives themselves, in any order and depth.

namespace {

namespace tl = tapeless;

constexpr auto fourth_power = [](auto x) { return x * x * x * x; };
constexpr auto product = [](auto x, auto y) { return x * x * y; };
constexpr auto by_x = [](auto x, auto y) { return std::get<0>(tl::grad(product)(x, y)); };
constexpr auto loss = [](auto v) { return tl::sum(tl::exp(v) * v); };

static_assert(tl::grad(fourth_power)(2.0) == 32.0);
static_assert(tl::grad(tl::grad(fourth_power))(2.0) == 48.0);
static_assert(tl::grad(tl::grad(tl::grad(fourth_power)))(2.0) == 48.0);
static_assert(tl::grad(tl::grad(tl::grad(tl::grad(fourth_power))))(2.0) == 24.0);
static_assert(tl::grad(tl::jit(fourth_power))(2.0) == 32.0);

}  // namespace

TEST_CASE("composition: a mixed derivative, taken by one argument of a derivative by another") {
  constexpr auto by_both = [](auto x, auto y) { return std::get<1>(tl::grad(by_x)(x, y)); };
  static_assert(tl::jit(by_both)(3.0, 5.0) == 6.0);
  CHECK(tl::jit(by_both)(3.0, 5.0) == 6.0);
}
TEST_CASE("composition: the gradient of a gradient's length") {
  auto penalty = tl::value_and_grad([](auto w) {
    const auto d = tl::grad(loss)(w);
    return tl::sum(d * d);
  });
  const std::vector<double> w{0.1, 0.2, -1};
  const auto [p, dp] = penalty(w);
  double expected = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double e = std::exp(w[i]), d = e * (1 + w[i]);
    expected += d * d;
    CHECK(std::abs(dp[static_cast<int>(i)] - 2 * d * e * (2 + w[i])) < 1e-13);
  }
  CHECK(std::abs(p - expected) < 1e-14);
}
TEST_CASE("composition: products with vectors, and derivatives of them") {
  const std::vector<double> x{0.1, 0.2}, y{1, 2}, v{3, 4}, w{5, 6};
  auto f = [](auto a, auto b) { return tl::sin(a) * b; };
  auto forward = tl::jvp(f);
  auto reverse = tl::vjp(f);
  const auto [value, moved] = forward(x, y, v, w);
  const auto [same, dx, dy] = reverse(x, y, v);
  // the length of a tangent, differentiated; and the Hessian of sum x^3 times v, whose derivative along v is 6 v^2
  auto length = tl::grad([](auto a, auto b) {
    const auto [t, dt] = tl::jvp([](auto s) { return s * s; })(a, b);
    return tl::sum(dt * dt);
  });
  const auto [by_x, by_v] = length(x, v);
  auto product = tl::hvp([](auto a) { return tl::sum(a * a * a); });
  auto third = tl::jvp([](auto a, auto b) { return tl::hvp([](auto c) { return tl::sum(c * c * c); })(a, b); });
  const auto hv = product(x, v);
  const auto [hv_again, along] = third(x, v, v, std::vector<double>{0, 0});
  for (int i = 0; i < 2; ++i) {
    const auto n = static_cast<std::size_t>(i);
    CHECK(value[i] == same[i]);
    CHECK(std::abs(moved[i] - (std::cos(x[n]) * v[n] * y[n] + std::sin(x[n]) * w[n])) < 1e-15 * 10);
    CHECK(std::abs(dx[i] - std::cos(x[n]) * y[n] * v[n]) < 1e-15 * 10);
    CHECK(std::abs(dy[i] - std::sin(x[n]) * v[n]) < 1e-15 * 10);
    CHECK(std::abs(by_x[i] - 8 * x[n] * v[n] * v[n]) < 1e-14);
    CHECK(std::abs(by_v[i] - 8 * x[n] * x[n] * v[n]) < 1e-14);
    CHECK(std::abs(hv[i] - 6 * x[n] * v[n]) < 1e-14);
    CHECK(std::abs(hv_again[i] - hv[i]) < 1e-15);
    CHECK(std::abs(along[i] - 6 * v[n] * v[n]) < 1e-13);
  }
  static_assert(std::get<1>(tl::jvp([](auto a) { return a * a; })(3.0, 2.0)) == 12.0);
  static_assert(std::get<1>(tl::vjp([](auto a) { return a * a; })(3.0, 2.0)) == 12.0);
}
TEST_CASE("composition: value and derivative inside a function") {
  // Newton's step from x on x^4 - 3
  auto step = tl::jit([](auto x) {
    const auto [value, slope] = tl::value_and_grad([](auto t) { return t * t * t * t - 3.0; })(x);
    return x - value / slope;
  });
  double x = 1;
  for (int i = 0; i < 8; ++i) x = step(x);
  CHECK(std::abs(x - std::pow(3, 0.25)) < 1e-15);
}
