#pragma once
#include "quad.hpp"

#include <array>

namespace checks {

/// A function's first three derivatives at 0.
using three_derivatives = std::array<quad, 3>;

namespace detail {

inline constexpr int reach = 6;  // steps to each side
/// Weights that turn half the sums or differences of f at +-1, ..., +-reach steps into two coefficients of its series.
struct difference_weights {
  std::array<std::array<quad, reach>, 3> of{};  // of x, x^2 and x^3

  difference_weights() {
    for (int parity : {1, 2}) {
      std::array<std::array<quad, 2 * reach>, reach> m{};  // powers of the steps beside the unit matrix
      for (std::size_t j = 0; j < reach; ++j) {
        const quad step = static_cast<quad>(j + 1);
        quad power = parity == 1 ? step : step * step;
        for (std::size_t k = 0; k < reach; ++k, power *= step * step) m[j][k] = power;
        m[j][reach + j] = 1;
      }
      for (std::size_t c = 0; c < reach; ++c) {
        std::size_t pivot = c;
        for (std::size_t r = c; r < reach; ++r) pivot = magnitude(m[r][c]) > magnitude(m[pivot][c]) ? r : pivot;
        std::swap(m[c], m[pivot]);
        const quad lead = m[c][c];
        for (auto& e : m[c]) e /= lead;
        for (std::size_t r = 0; r < reach; ++r)
          if (const quad factor = m[r][c]; r != c)
            for (std::size_t k = 0; k < 2 * reach; ++k) m[r][k] -= factor * m[c][k];
      }
      for (std::size_t j = 0; j < reach; ++j) {
        of[static_cast<std::size_t>(parity) - 1][j] = m[0][reach + j];
        if (parity == 1) of[2][j] = m[1][reach + j];
      }
    }
  }
};

}  // namespace detail

/// Central differences of order 12 in 113 bits: off by about 1e-24 where f is analytic within a hundred steps.
template <class F> three_derivatives differences(const F& f, quad h) {
  static const detail::difference_weights weights;
  const quad centre = f(quad(0));
  three_derivatives d{};
  for (std::size_t j = 0; j < detail::reach; ++j) {
    const quad step = static_cast<quad>(j + 1) * h, right = f(step), left = f(-step);
    const quad odd = (right - left) / 2, even = (right + left) / 2 - centre;
    d[0] += weights.of[0][j] * odd, d[1] += weights.of[1][j] * even, d[2] += weights.of[2][j] * odd;
  }
  return {d[0] / h, 2 * d[1] / (h * h), 6 * d[2] / (h * h * h)};
}

}  // namespace checks
