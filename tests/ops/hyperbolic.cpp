#include "support/check.hpp"

#include <tapeless/ops/hyperbolic.hpp>

namespace checks {

TEST_CASE("sinh") {
  check_value<tl::sinh_op>([](wide x) { return std::sinh(x); }, {.from = -80, .to = 80, .ulp = 2.5});
  check_value<tl::sinh_op>([](wide x) { return std::sinh(x); }, {.from = -1, .to = 1, .ulp = 2.5});
  check_limits<tl::sinh_op>({{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, -inf}, {nan, nan}, {1000, inf}});
  check_gradient<tl::sinh_op>({.from = -2, .to = 2});
  check_curve<tl::sinh_op>(oracle::curves::sinh, {.ulp = 2});
}

TEST_CASE("cosh") {
  check_value<tl::cosh_op>([](wide x) { return std::cosh(x); }, {.from = -80, .to = 80, .ulp = 2});
  check_limits<tl::cosh_op>({{0, 1}, {-0.0, 1}, {inf, inf}, {-inf, inf}, {nan, nan}, {-1000, inf}});
  check_gradient<tl::cosh_op>({.from = -2, .to = 2});
  check_curve<tl::cosh_op>(oracle::curves::cosh, {.ulp = 2});
}

TEST_CASE("tanh") {
  check_value<tl::tanh_op>([](wide x) { return std::tanh(x); }, {.from = -10, .to = 10, .ulp = 2});
  check_value<tl::tanh_op>([](wide x) { return std::tanh(x); }, {.from = -0.01, .to = 0.01, .ulp = 2});
  check_limits<tl::tanh_op>({{0, 0}, {-0.0, -0.0}, {inf, 1}, {-inf, -1}, {nan, nan}, {100, 1}, {-100, -1}});
  check_gradient<tl::tanh_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::tanh_op>({{inf, 0}, {-inf, 0}, {0, 1}});
  check_curve<tl::tanh_op>(oracle::curves::tanh, {.ulp = 2, .floor = 1});  // 1 - y^2 cancels far out
}

}  // namespace checks
