#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/logarithm.hpp>
#include <tapeless/ops/roots.hpp>
#include <tapeless/ops/where.hpp>

namespace checks {

namespace {
constexpr std::size_t n = 37;
constexpr auto size = static_cast<std::int64_t>(n);
constexpr tl::placeholder<"x", double, size> x;

/// Gradients of sum(y) by the leaves.
template <class B, class Y, class... Leaves> auto gradients_of(Y y, const std::vector<double>& xs, Leaves... leaves) {
  auto session = tl::session<typename B::policy>(tl::derivative(tl::sum(y), leaves)...);
  return std::apply([](auto... g) { return std::array{std::vector<double>(g.begin(), g.end())...}; }, session.run(x = xs));
}
std::vector<double> around_zero() {
  std::vector<double> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? -1.5 : 2.25;
  return v;
}
}  // namespace

TEST_CASE("where") { check_case<oracle::values::where, bool, real, real>([](auto c, auto a, auto b) { return tl::where(c, a, b); }); }

TEST_CASE_TEMPLATE("the dead branch adds exactly nothing", B, simd, reference) {
  const auto xs = around_zero();
  // log(x) and sqrt(x) are -inf, NaN or have infinite slopes where they are not chosen.
  const auto [by_log] = gradients_of<B>(tl::where(x > 0_c, tl::log(x) + tl::sqrt(x) / x, x * x), xs, x);
  for (std::size_t i = 0; i < n; ++i) CHECK(by_log[i] == doctest::Approx(xs[i] > 0 ? 1 / xs[i] - 0.5 * std::pow(xs[i], -1.5) : 2 * xs[i]));
}

TEST_CASE_TEMPLATE("nested choices", B, simd, reference) {
  const auto xs = around_zero();
  const auto inner = tl::where(x > 2_c, tl::sqrt(x - 2_c), tl::log(x));
  const auto [g] = gradients_of<B>(tl::where(x > 0_c, inner, tl::where(x < 0_c, tl::log(-x), 1_c / x)), xs, x);
  for (std::size_t i = 0; i < n; ++i) {
    if (xs[i] > 0) CHECK(g[i] == doctest::Approx(0.5 / std::sqrt(xs[i] - 2)));
    else if (xs[i] < 0) CHECK(g[i] == doctest::Approx(1 / xs[i]));
    else CHECK(g[i] == -inf);
  }
}

TEST_CASE_TEMPLATE("a leaf that both branches share", B, simd, reference) {
  const auto xs = around_zero();
  const auto shared = 1_c / x;  // infinite where x is 0
  const auto [g] = gradients_of<B>(tl::where(x == 0_c, x * 3_c, shared * shared) + x, xs, x);
  for (std::size_t i = 0; i < n; ++i) CHECK(g[i] == doctest::Approx(xs[i] == 0 ? 4 : 1 - 2 / (xs[i] * xs[i] * xs[i])));
}

TEST_CASE_TEMPLATE("a condition that NaN makes", B, simd, reference) {
  auto xs = around_zero();
  xs[5] = nan;
  const auto [g] = gradients_of<B>(tl::where(tl::sqrt(x) >= 0_c, tl::sqrt(x) * x, 5_c * x), xs, x);
  for (std::size_t i = 0; i < n; ++i) {
    if (xs[i] > 0) CHECK(g[i] == doctest::Approx(1.5 * std::sqrt(xs[i])));
    else if (xs[i] == 0) CHECK(is_nan(g[i]));  // the live branch's own 0 times inf
    else CHECK(g[i] == 5);
  }
}

TEST_CASE_TEMPLATE("second derivatives keep dead branches dead", B, simd, reference) {
  const auto xs = around_zero();
  const auto first = tl::derivative(tl::sum(tl::where(x > 0_c, tl::log(x), x * x * x)), x);
  const auto [g] = gradients_of<B>(first, xs, x);
  for (std::size_t i = 0; i < n; ++i) CHECK(g[i] == doctest::Approx(xs[i] > 0 ? -1 / (xs[i] * xs[i]) : 6 * xs[i]));
}

TEST_CASE_TEMPLATE("choices of scalars by tensors and of tensors by scalars", B, simd, reference) {
  constexpr tl::placeholder<"s", double> s;
  const auto xs = around_zero();
  const double scalar = -3;
  const auto y = tl::where(x > s, tl::sqrt(x) * s, s * s);
  auto session = tl::session<typename B::policy>(y, tl::derivative(tl::sum(y), s), tl::where(s > 0_c, x, -x));
  const auto out = session.run(x = xs, s = scalar);
  double expected = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const bool chosen = xs[i] > scalar;
    CHECK(same_bits(std::get<0>(out)[static_cast<std::int64_t>(i)], chosen ? std::sqrt(xs[i]) * scalar : scalar * scalar));
    CHECK(std::get<2>(out)[static_cast<std::int64_t>(i)] == -xs[i]);
    expected += chosen ? std::sqrt(xs[i]) : 2 * scalar;
  }
  CHECK(distance(std::get<1>(out), expected) < 1e-14);
}

}  // namespace checks
