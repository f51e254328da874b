#include "support/check.hpp"

#include <tapeless/ops/trigonometric.hpp>

#include <numbers>

namespace checks {

TEST_CASE("sin") {
  check_value<tl::sin_op>([](wide x) { return std::sin(x); }, {.from = -10, .to = 10, .ulp = 1.5});
  check_value<tl::sin_op>([](wide x) { return std::sin(x); }, {.from = -1e5, .to = 1e5, .ulp = 1.5});
  check_limits<tl::sin_op>({{0, 0}, {-0.0, -0.0}, {inf, nan}, {-inf, nan}, {nan, nan}});
  constexpr double large = 1e22f, near_pi = 3.14159274f;
  check_limits<tl::sin_op, float>({{large, std::sin(large)}, {near_pi, -8.742278012618954e-08}}, 1.5);
  check_limits<tl::sin_op, double>({{1e22, -0.8522008497671888}, {std::numbers::pi, 1.2246467991473532e-16}}, 1.5);
  check_gradient<tl::sin_op>({.from = -2, .to = 2});
  check_curve<tl::sin_op>(oracle::curves::sin, {.ulp = 1.5});
}

TEST_CASE("cos") {
  check_value<tl::cos_op>([](wide x) { return std::cos(x); }, {.from = -10, .to = 10, .ulp = 1.5});
  check_value<tl::cos_op>([](wide x) { return std::cos(x); }, {.from = -1e5, .to = 1e5, .ulp = 1.5});
  check_limits<tl::cos_op>({{0, 1}, {-0.0, 1}, {inf, nan}, {-inf, nan}, {nan, nan}});
  check_limits<tl::cos_op, double>({{1e22, 0.5232147853951389}, {std::numbers::pi / 2, 6.123233995736766e-17}}, 1.5);
  check_gradient<tl::cos_op>({.from = -2, .to = 2});
  check_curve<tl::cos_op>(oracle::curves::cos, {.ulp = 1.5});
}

TEST_CASE("tan") {
  check_value<tl::tan_op>([](wide x) { return std::tan(x); }, {.from = -10, .to = 10, .ulp = 2.5});
  check_limits<tl::tan_op>({{0, 0}, {-0.0, -0.0}, {inf, nan}, {-inf, nan}, {nan, nan}});
  check_gradient<tl::tan_op>({.from = -1, .to = 1});
  check_curve<tl::tan_op>(oracle::curves::tan, {.ulp = 2.5});
}

}  // namespace checks
