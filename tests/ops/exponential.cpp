#include "support/check.hpp"

#include <tapeless/ops/exponential.hpp>

namespace checks {

TEST_CASE("exp") {
  check_value<tl::exp_op>([](wide x) { return std::exp(x); }, {.from = -87, .to = 88, .ulp = 1.5});
  check_limits<tl::exp_op>({{-inf, 0}, {inf, inf}, {nan, nan}, {0, 1}, {-0.0, 1}, {-1000, 0}, {1000, inf}});
  check_gradient<tl::exp_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::exp_op>({{-inf, 0}, {inf, inf}, {nan, nan}, {0, 1}});
  check_curve<tl::exp_op>(oracle::curves::exp);
}

TEST_CASE("exp2") {
  check_value<tl::exp2_op>([](wide x) { return std::exp2(x); }, {.from = -126, .to = 127, .ulp = 1.5});
  check_limits<tl::exp2_op>({{-inf, 0}, {inf, inf}, {nan, nan}, {0, 1}, {-0.0, 1}, {10, 1024}, {-3, 0.125}, {-2000, 0}, {2000, inf}});
  check_gradient<tl::exp2_op>({.from = -2, .to = 2});
  check_curve<tl::exp2_op>(oracle::curves::exp2);
}

TEST_CASE("expm1") {
  check_value<tl::expm1_op>([](wide x) { return std::expm1(x); }, {.from = -30, .to = 88, .ulp = 2.5});
  check_value<tl::expm1_op>([](wide x) { return std::expm1(x); }, {.from = -1, .to = 1, .ulp = 2.5});
  check_limits<tl::expm1_op>({{-inf, -1}, {inf, inf}, {nan, nan}, {0, 0}, {-0.0, -0.0}, {1000, inf}});
  check_limits<tl::expm1_op, double>({{1e-20, 1e-20}, {-1e-20, -1e-20}});
  check_gradient<tl::expm1_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::expm1_op>({{-inf, 0}, {inf, inf}, {nan, nan}, {0, 1}});
  check_curve<tl::expm1_op>(oracle::curves::expm1, {.ulp = 2, .floor = 1});
}

}  // namespace checks
