#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Functions with rules of their own, and checkpoints, over many samples: the rules see one sample at a time.

namespace {

namespace tl = tapeless;

/// The rule reads shapes: it would be wrong on all samples at once.
struct spread : tl::custom_rules<spread> {
  static constexpr auto forward(auto x, auto factor) { return tl::sum(x) * factor; }
  static constexpr auto gradient(auto dy, auto, auto x, auto factor) {
    const auto ones = x * 0.0 + 1.0;
    return std::tuple(3.0 * dy * factor * ones, dy * tl::sum(x) * 5.0);
  }
};
struct by_tangent : tl::custom_rules<by_tangent> {
  static constexpr auto forward(auto x) { return x * x; }
  static constexpr auto tangent(auto dx, auto, auto x) { return 7.0 * x * dx; }
};

constexpr auto saving = [](auto x) { return tl::checkpoint([](auto t) { return tl::sum(tl::sin(t) * tl::exp(t)); })(x); };

const std::vector<double> xs{1, 2, 3, 4, 5, 6};
const std::vector<double> factors{10, 20};

}  // namespace

TEST_CASE("rules of samples: gradients of each, with an argument that is the same for all") {
  auto f = tl::vmap(tl::grad([](auto x, auto factor) { return spread{}(x, factor); }));
  const auto [dx, df] = f(tl::view(xs.data(), 2, 3), factors);
  for (int i = 0; i < 2; ++i) {
    const auto n = static_cast<std::size_t>(i);
    for (int j = 0; j < 3; ++j) CHECK(dx(i, j) == 3 * factors[n]);
    CHECK(df[i] == 5 * (xs[3 * n] + xs[3 * n + 1] + xs[3 * n + 2]));
  }
  // the sum over the samples, differentiated by what they share
  auto g = tl::grad([](auto x, auto factor) { return tl::sum(tl::vmap<0, tl::unmapped>([](auto row, auto shared) { return spread{}(row, shared); })(x, factor)); });
  const auto [gx, gf] = g(tl::view(xs.data(), 2, 3), 10.0);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) CHECK(gx(i, j) == 30);
  CHECK(gf == 5 * 21);
}
TEST_CASE("rules of samples: rules of forward mode, samples of samples, Jacobians, second derivatives") {
  auto f = tl::vmap(tl::vmap(tl::grad([](auto x) { return by_tangent{}(x); })));
  const auto d = f(tl::view(xs.data(), 2, 3));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) CHECK(d(i, j) == 7 * xs[static_cast<std::size_t>(3 * i + j)]);
  auto g = tl::grad([](auto x) { return tl::sum(tl::vmap(tl::vmap(by_tangent{}))(x)); });
  const auto e = g(tl::view(xs.data(), 2, 3));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) CHECK(e(i, j) == 7 * xs[static_cast<std::size_t>(3 * i + j)]);
  auto second = tl::vmap(tl::grad(tl::grad([](auto x) { return by_tangent{}(x) * x; })));  // 7 x x + x x, then 14 x, and 7 x by the rule
  const auto s = second(xs);
  for (std::size_t i = 0; i < xs.size(); ++i) CHECK(s[static_cast<int>(i)] == 7 * 2 * xs[i] + 7 * xs[i]);
  auto jacobian = tl::jacobian([](auto x) { return by_tangent{}(x); });
  const auto j = jacobian(xs);
  for (int r = 0; r < 6; ++r)
    for (int c = 0; c < 6; ++c) CHECK(j(r, c) == (r == c ? 7 * xs[static_cast<std::size_t>(r)] : 0));
}
TEST_CASE("rules of samples: checkpoints") {
  auto each = tl::vmap(tl::grad(saving));
  auto all = tl::grad([](auto x) { return tl::sum(tl::vmap(saving)(x)); });
  const auto a = each(tl::view(xs.data(), 2, 3)), b = all(tl::view(xs.data(), 2, 3));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) {
      const double t = xs[static_cast<std::size_t>(3 * i + j)], expected = (std::sin(t) + std::cos(t)) * std::exp(t);
      CHECK(std::abs(a(i, j) - expected) < 1e-13 * std::exp(t));
      CHECK(std::abs(b(i, j) - expected) < 1e-13 * std::exp(t));
    }
}
