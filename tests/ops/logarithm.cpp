#include "support/check.hpp"

#include <tapeless/ops/logarithm.hpp>

namespace checks {

TEST_CASE("log") {
  const auto exact = [](wide x) { return std::log(x); };
  check_value<tl::log_op>(exact, {.from = 1e-30, .to = 1e-27, .ulp = 1.5});
  check_value<tl::log_op>(exact, {.from = 0.5, .to = 2, .ulp = 1.5});
  check_value<tl::log_op>(exact, {.from = 2, .to = 1e38, .ulp = 1.5});
  check_limits<tl::log_op>({{0, -inf}, {-0.0, -inf}, {inf, inf}, {-1, nan}, {-inf, nan}, {nan, nan}, {1, 0}});
  check_limits<tl::log_op, float>({{1e-40, std::log(static_cast<double>(1e-40f))}}, 1);
  check_limits<tl::log_op, double>({{5e-324, -744.4400719213812}}, 1);
  check_gradient<tl::log_op>({.from = 0.5, .to = 4});
  check_gradient_limits<tl::log_op>({{0, inf}, {-0.0, -inf}, {inf, 0}, {nan, nan}, {-2, -0.5}});
  check_curve<tl::log_op>(oracle::curves::log);
}

TEST_CASE("log2") {
  const auto exact = [](wide x) { return std::log2(x); };
  check_value<tl::log2_op>(exact, {.from = 0.5, .to = 2, .ulp = 2});
  check_value<tl::log2_op>(exact, {.from = 2, .to = 1e38, .ulp = 2});
  check_limits<tl::log2_op>({{0, -inf}, {-0.0, -inf}, {inf, inf}, {-1, nan}, {nan, nan}, {1, 0}, {2, 1}, {0.125, -3}, {1024, 10}, {1048576, 20}});
  check_gradient<tl::log2_op>({.from = 0.5, .to = 4});
  check_curve<tl::log2_op>(oracle::curves::log2);
}

TEST_CASE("log1p") {
  const auto exact = [](wide x) { return std::log1p(x); };
  check_value<tl::log1p_op>(exact, {.from = -0.99, .to = 1, .ulp = 1.5});
  check_value<tl::log1p_op>(exact, {.from = 1, .to = 1e30, .ulp = 1.5});
  check_limits<tl::log1p_op>({{0, 0}, {-0.0, -0.0}, {-1, -inf}, {inf, inf}, {-2, nan}, {-inf, nan}, {nan, nan}});
  check_limits<tl::log1p_op, double>({{1e-20, 1e-20}, {-1e-20, -1e-20}});
  check_gradient<tl::log1p_op>({.from = -0.5, .to = 3});
  check_gradient_limits<tl::log1p_op>({{-1, inf}, {inf, 0}, {nan, nan}, {0, 1}});
  check_curve<tl::log1p_op>(oracle::curves::log1p);
}

}  // namespace checks
