#include "support/check.hpp"

#include <tapeless/ops/rounding.hpp>

namespace checks {

namespace {
/// Values at the steps and between, with signs of zero, and gradients that are 0 everywhere.
template <class Op, class Oracle> void check_rounding(const Oracle& oracle) {
  check_exact<Op, float, double>(oracle);
  check_value<Op>(oracle, {.from = -20, .to = 20, .ulp = 0});
  check_gradient_limits<Op>({{0, 0}, {0.5, 0}, {1, 0}, {-1.25, 0}, {inf, 0}, {nan, 0}});
}
}  // namespace

TEST_CASE("floor") { check_rounding<tl::floor_op>([](auto x) { return std::floor(x); }); }
TEST_CASE("ceil") { check_rounding<tl::ceil_op>([](auto x) { return std::ceil(x); }); }
TEST_CASE("trunc") { check_rounding<tl::trunc_op>([](auto x) { return std::trunc(x); }); }
TEST_CASE("round") {
  check_rounding<tl::round_op>([](auto x) { return std::nearbyint(x); });
  check_limits<tl::round_op>({{0.5, 0}, {-0.5, -0.0}, {1.5, 2}, {2.5, 2}, {-1.5, -2}, {-2.5, -2}, {0.25, 0}, {-0.0, -0.0}});
}

}  // namespace checks
