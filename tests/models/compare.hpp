// Holds tensors against what the oracles stored of them: some elements and sums over all.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "generator.hpp"

namespace oracle {

/// The stored elements, each within `tolerance` of what is stored.
template <class Tensor> void check_samples(const Tensor& tensor, std::span<const sample> expected, double tolerance) {
  for (const auto& s : expected) {
    CAPTURE(s.index);
    const double value = tensor.data()[s.index];
    CHECK(std::abs(value - s.value) <= tolerance);
  }
}

/// Every element, each within `tolerance`.
template <class Tensor, class Expected> void check_all(const Tensor& tensor, const Expected& expected, double tolerance) {
  REQUIRE(static_cast<std::size_t>(tensor.size()) == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CAPTURE(i);
    const double value = tensor.data()[i];
    CHECK(std::abs(value - expected[i]) <= tolerance);
  }
}

/// Sum and sums of magnitudes and squares; `tolerance` is relative to the magnitudes that were added up.
template <class Tensor> void check_sums(const Tensor& tensor, double sum, double abs_sum, double square_sum, double tolerance) {
  double s = 0, magnitude = 0, squares = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
    const double value = tensor.data()[i];
    s += value, magnitude += std::abs(value), squares += value * value;
  }
  CHECK(std::abs(s - sum) <= tolerance * abs_sum);
  CHECK(std::abs(magnitude - abs_sum) <= tolerance * abs_sum);
  CHECK(std::abs(squares - square_sum) <= 2 * tolerance * square_sum);
}

/// The greatest relative distance of two curves; infinite where one is no number.
template <class Curve, class Expected> double relative_distance(const Curve& curve, const Expected& expected) {
  double most = 0;
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const double distance = std::abs(curve[i] - expected[i]) / std::abs(expected[i]);
    most = distance >= 0 ? std::fmax(most, distance) : std::numeric_limits<double>::infinity();
  }
  return most;
}

}  // namespace oracle
