#include "oracles/modes.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

// Modes of differentiation and their compositions against what JAX gives.

namespace {

namespace tl = tapeless;
namespace options = oracle::modes::options;
namespace nets = oracle::modes::net;

constexpr auto black_scholes = [](auto s, auto k, auto v, auto t) {
  const auto d1 = (tl::log(s / k) + (0.02 + 0.5 * v * v) * t) / (v * tl::sqrt(t));
  const auto d2 = d1 - v * tl::sqrt(t);
  const auto normal = [](auto x) { return 0.5 * (1.0 + tl::erf(x * 0.70710678118654752)); };
  return s * normal(d1) - k * tl::exp(-0.02 * t) * normal(d2);
};
constexpr auto net = [](auto x, auto w) { return tl::softmax(tl::tanh(tl::matmul(w, x)) * tl::sum(x)); };
constexpr auto loss = [](auto x, auto w) { return tl::log(tl::take<0, 0>(net(x, w))); };

/// Results in a row, whatever tuples they stand in.
template <class R> void collect(std::vector<double>& row, const R& r) {
  if constexpr (tl::element<R>) row.push_back(r);
  else if constexpr (tl::detail::tuple_like<R>) std::apply([&](const auto&... parts) { (collect(row, parts), ...); }, r);
  else row.insert(row.end(), r.begin(), r.end());
}
/// The greatest difference, relative to the greatest number that is expected.
template <class R, std::size_t N> double difference(const R& r, const double (&expected)[N]) {
  std::vector<double> row;
  collect(row, r);
  REQUIRE(row.size() == N);
  double most = 0, apart = 0;
  for (std::size_t i = 0; i < N; ++i) most = std::max(most, std::abs(expected[i])), apart = std::max(apart, std::abs(row[i] - expected[i]));
  return apart / most;
}

struct inputs {
  double x[4], w[2][4], batch[3][4];
  inputs() {
    for (int i = 0; i < 4; ++i) x[i] = std::sin(i + 1.0);
    for (int i = 0; i < 8; ++i) w[i / 4][i % 4] = std::cos(i);
    for (int i = 0; i < 12; ++i) batch[i / 4][i % 4] = std::sin(i + 0.5);
  }
};

}  // namespace

TEST_CASE("modes: first and second derivatives of an option's price") {
  CHECK(difference(tl::grad(black_scholes)(100.0, 95.0, 0.2, 1.5), options::gradient) < 1e-14);
  CHECK(difference(tl::hessian(black_scholes)(100.0, 95.0, 0.2, 1.5), options::hessian) < 1e-14);
  const auto gammas = tl::vmap<0, tl::unmapped, tl::unmapped, tl::unmapped>(tl::hessian<0>(black_scholes))(std::span(options::spots), 95.0, 0.2, 1.5);
  CHECK(difference(gammas, options::gammas) < 1e-13);
}
TEST_CASE("modes: Jacobians and Hessians of a net, by blocks and over samples") {
  const inputs in;
  const auto [by_x, by_w] = tl::jacobian(net)(in.x, in.w);
  CHECK(difference(by_x, nets::by_x) < 1e-14);
  CHECK(difference(by_w, nets::by_w) < 1e-14);
  CHECK(difference(tl::jacobian<tl::sweep::forward, 1>(net)(in.x, in.w), nets::by_w) < 1e-14);
  const auto h = tl::hessian(loss)(in.x, in.w);
  CHECK(difference(std::get<0>(std::get<0>(h)), nets::xx) < 1e-14);
  CHECK(difference(std::get<1>(std::get<0>(h)), nets::xw) < 1e-14);
  CHECK(difference(std::get<1>(std::get<1>(h)), nets::ww) < 1e-14);
  CHECK(difference(tl::hessian_diagonal<0>(loss)(in.x, in.w), nets::diagonal) < 1e-14);
  CHECK(difference(tl::vmap<0, tl::unmapped>(tl::hessian<0>(loss))(in.batch, in.w), nets::mapped_hessians) < 1e-14);
}
