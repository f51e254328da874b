#include "support/check.hpp"

#include <tapeless/ops/trigonometric.hpp>

#include <numbers>

namespace checks {

namespace {
constexpr double pi = std::numbers::pi;
}

TEST_CASE("asin") {
  check_value<tl::asin_op>([](wide x) { return std::asin(x); }, {.from = -1, .to = 1, .ulp = 2.5});
  check_limits<tl::asin_op>({{0, 0}, {-0.0, -0.0}, {1, pi / 2}, {-1, -pi / 2}, {1.5, nan}, {-inf, nan}, {nan, nan}});
  check_gradient<tl::asin_op>({.from = -0.75, .to = 0.75});
  check_gradient_limits<tl::asin_op>({{1, inf}, {-1, inf}, {0, 1}, {2, nan}});
  check_curve<tl::asin_op>(oracle::curves::asin, {.ulp = 1.5, .floor = 1});
}

TEST_CASE("acos") {
  check_value<tl::acos_op>([](wide x) { return std::acos(x); }, {.from = -1, .to = 1, .ulp = 2});
  check_limits<tl::acos_op>({{1, 0}, {-1, pi}, {0, pi / 2}, {1.5, nan}, {-inf, nan}, {nan, nan}});
  check_gradient<tl::acos_op>({.from = -0.75, .to = 0.75});
  check_gradient_limits<tl::acos_op>({{1, -inf}, {-1, -inf}, {0, -1}, {2, nan}});
  check_curve<tl::acos_op>(oracle::curves::acos, {.ulp = 1.5, .floor = 1});
}

TEST_CASE("atan") {
  check_value<tl::atan_op>([](wide x) { return std::atan(x); }, {.from = -20, .to = 20, .ulp = 2});
  check_limits<tl::atan_op>({{0, 0}, {-0.0, -0.0}, {inf, pi / 2}, {-inf, -pi / 2}, {nan, nan}});
  check_gradient<tl::atan_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::atan_op>({{inf, 0}, {-inf, 0}, {0, 1}});
  check_curve<tl::atan_op>(oracle::curves::atan);
}

TEST_CASE("atan2") {
  check_value<tl::atan2_op>([](wide a, wide b) { return std::atan2(a, b); }, {.from = -3, .to = 3, .ulp = 2});
  check_limits<tl::atan2_op>({{0, 0, 0}, {-0.0, 0, -0.0}, {0, -0.0, pi}, {-0.0, -0.0, -pi}, {0, 1, 0}, {0, -1, pi}, {-0.0, -1, -pi},
                              {1, 0, pi / 2}, {-1, 0, -pi / 2},
                              {1, inf, 0}, {1, -inf, pi}, {inf, 1, pi / 2}, {inf, inf, pi / 4}, {inf, -inf, 3 * pi / 4}, {nan, 1, nan}, {1, nan, nan}});
  check_gradient<tl::atan2_op>({.from = -2, .to = 2, .from_b = 1, .to_b = 3});
  check_gradient_limits<tl::atan2_op>({{0, 0, nan, nan}, {0, 2, 0.5, 0}});
  check_surface<tl::atan2_op>(oracle::curves::atan2);
}

}  // namespace checks
