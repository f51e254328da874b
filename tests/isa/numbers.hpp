#pragma once
#include "net.hpp"

#include <doctest/doctest.h>

#include <cmath>

inline std::vector<float> some_floats() {
  std::vector<float> all(net::rows * net::columns);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(std::sin(static_cast<double>(i * i)));
  return all;
}
inline std::vector<double> some_doubles() {
  std::vector<double> all(net::columns);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = 3 * std::cos(static_cast<double>(i * i));
  return all;
}

/// Sums in another order, fused multiply-add and polynomials for exp and tanh: a few float roundings of numbers below 1 for
/// the net, of double for the chain.
inline void check_near(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr std::size_t floats = 1 + net::columns * net::hidden + net::hidden * net::classes;
  REQUIRE(a.size() == floats + 2 * net::columns);
  REQUIRE(b.size() == a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(a[i] - b[i]) <= (i < floats ? 0x1p-20 : 0x1p-48) * (1 + std::abs(b[i])));
  }
}
