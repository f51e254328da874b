#include "support/check.hpp"

#include <tapeless/ops/relu.hpp>

namespace checks {

namespace {
constexpr auto relu6 = [](auto x) { return tl::relu6(x); };
constexpr auto leaky_relu = [](auto x) { return tl::leaky_relu(x); };
constexpr auto sloped = [](auto x, auto slope) { return tl::leaky_relu(x, slope); };
constexpr auto elu = [](auto x) { return tl::elu(x); };
}  // namespace

TEST_CASE("relu") {
  check_exact<tl::relu_op, float, double, std::int32_t, std::int64_t>([](auto x) { return x > 0 || x != x ? x : decltype(x){0}; });
  check_gradient<tl::relu_op>({.from = 0.5, .to = 2});
  check_gradient<tl::relu_op>({.from = -2, .to = -0.5});
  check_gradient_limits<tl::relu_op>({{0, 0}, {-0.0, 0}, {inf, 1}, {-inf, 0}, {nan, 0}});
  check_curve<tl::relu_op>(oracle::curves::relu, {.ulp = 0, .tolerance = 0});
}

TEST_CASE("relu6") {
  check_limits<decltype(relu6)>({{-1, 0}, {0, 0}, {3, 3}, {6, 6}, {7, 6}, {inf, 6}, {-inf, 0}, {nan, nan}});
  check_gradient_limits<decltype(relu6)>({{-1, 0}, {0, 0}, {3, 1}, {6, 0}, {7, 0}, {inf, 0}});
}

TEST_CASE("leaky_relu") {
  check_limits<decltype(sloped)>({{2, 0.5, 2}, {-2, 0.5, -1}, {0, 0.5, 0}, {inf, 0.5, inf}, {-inf, 0.5, -inf}, {nan, 0.5, nan}});
  check_gradient_limits<decltype(sloped)>({{2, 0.5, 1, 0}, {-2, 0.5, 0.5, -2}, {0, 0.5, 0.5, 0}, {-0.0, 0.5, 0.5, 0}, {inf, 0.5, 1, 0}});
  check_curve<decltype(leaky_relu)>(oracle::curves::leaky_relu);
}

TEST_CASE("elu") {
  check_value<decltype(elu)>([](wide x) { return x > 0 ? x : std::expm1(x); }, {.from = -20, .to = 20, .ulp = 1.5});
  check_limits<decltype(elu)>({{-inf, -1}, {inf, inf}, {nan, nan}, {2, 2}});
  check_gradient<decltype(elu)>({.from = -2, .to = -0.5}, [](wide x) { return std::expm1(x); });
  check_gradient_limits<decltype(elu)>({{0, 1}, {-0.0, 1}, {inf, 1}, {-inf, 0}, {1000, 1}});
  check_curve<decltype(elu)>(oracle::curves::elu, {.ulp = 1.5, .floor = 1});
}

}  // namespace checks
