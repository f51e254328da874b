#include "support/check.hpp"

#include <tapeless/ops/error_function.hpp>

namespace checks {

TEST_CASE("erf") {
  check_value<tl::erf_op>([](wide x) { return std::erf(x); }, {.from = -5, .to = 5, .ulp = 2});
  check_value<tl::erf_op>([](wide x) { return std::erf(x); }, {.from = -0.01, .to = 0.01, .ulp = 2});
  check_limits<tl::erf_op>({{0, 0}, {-0.0, -0.0}, {inf, 1}, {-inf, -1}, {nan, nan}});
  check_gradient<tl::erf_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::erf_op>({{inf, 0}, {-inf, 0}});
  check_curve<tl::erf_op>(oracle::curves::erf, {.ulp = 2, .tolerance = 1e-13});
}

TEST_CASE("erfc") {
  check_value<tl::erfc_op>([](wide x) { return std::erfc(x); }, {.from = -5, .to = 9, .ulp = 5});
  check_limits<tl::erfc_op>({{0, 1}, {-0.0, 1}, {inf, 0}, {-inf, 2}, {nan, nan}});
  check_gradient<tl::erfc_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::erfc_op>({{inf, 0}, {-inf, 0}});
  check_curve<tl::erfc_op>(oracle::curves::erfc, {.ulp = 5, .tolerance = 1e-13});
}

}  // namespace checks
