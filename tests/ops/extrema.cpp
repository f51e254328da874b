#include "support/check.hpp"

#include <tapeless/ops/extrema.hpp>

namespace checks {

TEST_CASE("minimum") {
  check_exact<tl::minimum_op, float, double, std::int32_t, std::int64_t>([](auto a, auto b) { return a < b || a != a ? a : b; });
  check_gradient<tl::minimum_op>({.from = 0, .to = 1, .from_b = 2, .to_b = 3});
  check_gradient<tl::minimum_op>({.from = 2, .to = 3, .from_b = 0, .to_b = 1});
  check_gradient_limits<tl::minimum_op>({{1, 1, 0.5, 0.5}, {0, -0.0, 0.5, 0.5}, {-inf, 1, 1, 0}, {nan, 1, 1, 1}, {1, nan, 1, 1}});
}

TEST_CASE("maximum") {
  check_exact<tl::maximum_op, float, double, std::int32_t, std::int64_t>([](auto a, auto b) { return a > b || a != a ? a : b; });
  check_gradient<tl::maximum_op>({.from = 0, .to = 1, .from_b = 2, .to_b = 3});
  check_gradient<tl::maximum_op>({.from = 2, .to = 3, .from_b = 0, .to_b = 1});
  check_gradient_limits<tl::maximum_op>({{1, 1, 0.5, 0.5}, {0, -0.0, 0.5, 0.5}, {inf, 1, 1, 0}, {nan, 1, 1, 1}, {1, nan, 1, 1}});
}

TEST_CASE("clip") {
  check_limits<tl::clip_op>({{0.5, -1, 1, 0.5}, {-2, -1, 1, -1}, {2, -1, 1, 1}, {-1, -1, 1, -1}, {1, -1, 1, 1}, {5, 3, 3, 3}, {0, 3, 2, 2}, {7, 3, 2, 2},
                             {inf, -1, 1, 1}, {-inf, -1, 1, -1}, {nan, -1, 1, nan}, {0, nan, 1, nan}, {0, -1, nan, nan}});
  check_gradient_limits<tl::clip_op>({{0.5, -1, 1, 1, 0, 0}, {-2, -1, 1, 0, 1, 0}, {2, -1, 1, 0, 0, 1}, {-1, -1, 1, 1, 0, 0}, {1, -1, 1, 1, 0, 0},
                                      {3, 3, 3, 1, 0, 0}, {0, 3, 2, 0, 0, 1}, {7, 3, 2, 0, 0, 1}, {inf, -1, 1, 0, 0, 1}});
}

}  // namespace checks
