#include "oracles/modes.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// All third derivatives of an option's price by four numbers: 64 of which 20 differ, as straight code.

namespace {

namespace tl = tapeless;

constexpr auto black_scholes = [](auto s, auto k, auto v, auto t) {
  const auto d1 = (tl::log(s / k) + (0.02 + 0.5 * v * v) * t) / (v * tl::sqrt(t));
  const auto d2 = d1 - v * tl::sqrt(t);
  const auto normal = [](auto x) { return 0.5 * (1.0 + tl::erf(x * 0.70710678118654752)); };
  return s * normal(d1) - k * tl::exp(-0.02 * t) * normal(d2);
};

}  // namespace

TEST_CASE("third order: equals what JAX gives, and is symmetric to the bit") {
  const auto third = tl::jacobian(tl::hessian(black_scholes))(100.0, 95.0, 0.2, 1.5);
  std::vector<double> row;
  std::apply([&](const auto&... plane) { (std::apply([&](const auto&... line) { (std::apply([&](auto... x) { (row.push_back(x), ...); }, line), ...); }, plane), ...); }, third);
  REQUIRE(row.size() == 64);
  for (std::size_t i = 0; i < 64; ++i) CHECK(row[i] == doctest::Approx(oracle::modes::options::third[i]).epsilon(1e-11));
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j)
      for (std::size_t k = 0; k < 4; ++k) CHECK(row[16 * i + 4 * j + k] == row[16 * k + 4 * j + i]);
}
