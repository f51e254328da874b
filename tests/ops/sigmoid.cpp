#include "support/check.hpp"

#include <tapeless/ops/sigmoid.hpp>

namespace checks {

namespace {
constexpr auto log_sigmoid = [](auto x) { return tl::log_sigmoid(x); };
constexpr auto silu = [](auto x) { return tl::silu(x); };

wide exact_sigmoid(wide x) { return 1 / (1 + std::exp(-x)); }
wide exact_softplus(wide x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }
}  // namespace

TEST_CASE("sigmoid") {
  check_value<tl::sigmoid_op>(exact_sigmoid, {.from = -80, .to = 80, .ulp = 3});
  check_limits<tl::sigmoid_op>({{-inf, 0}, {inf, 1}, {nan, nan}, {0, 0.5}, {-0.0, 0.5}, {-1e20, 0}, {1000, 1}, {-1000, 0}});
  check_limits<tl::sigmoid_op, float>({{-100, 3.783505853677006e-44}}, 1);  // subnormal, not 0
  check_gradient<tl::sigmoid_op>({.from = -3, .to = 3});
  check_gradient_limits<tl::sigmoid_op>({{1000, 0}, {-1000, 0}, {inf, 0}, {-inf, 0}, {0, 0.25}});
  check_curve<tl::sigmoid_op>(oracle::curves::sigmoid, {.ulp = 3, .floor = 1});  // 1 - y cancels far out
}

TEST_CASE("softplus") {
  check_value<tl::softplus_op>(exact_softplus, {.from = -80, .to = 80, .ulp = 3});
  check_limits<tl::softplus_op>({{-inf, 0}, {inf, inf}, {nan, nan}, {89, 89}, {1000, 1000}});
  check_gradient<tl::softplus_op>({.from = -3, .to = 3});
  check_gradient_limits<tl::softplus_op>({{-inf, 0}, {inf, 1}, {0, 0.5}});
  check_curve<tl::softplus_op>(oracle::curves::softplus, {.ulp = 3, .floor = 1});
}

TEST_CASE("log_sigmoid") {
  check_value<decltype(log_sigmoid)>([](wide x) { return -exact_softplus(-x); }, {.from = -80, .to = 80, .ulp = 3});
  check_limits<decltype(log_sigmoid)>({{-1000, -1000}, {inf, -0.0}, {-inf, -inf}, {nan, nan}});
  check_gradient<decltype(log_sigmoid)>({.from = -3, .to = 3}, [](wide x) { return -exact_softplus(-x); });
  check_curve<decltype(log_sigmoid)>(oracle::curves::log_sigmoid, {.ulp = 3, .floor = 1});
}

TEST_CASE("silu") {
  const auto exact = [](wide x) { return x * exact_sigmoid(x); };
  check_value<decltype(silu)>(exact, {.from = -50, .to = 50, .ulp = 4});
  check_limits<decltype(silu)>({{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, nan}, {nan, nan}});
  check_gradient<decltype(silu)>({.from = -3, .to = 3}, exact);
  check_curve<decltype(silu)>(oracle::curves::silu, {.ulp = 4, .floor = 1});
}

}  // namespace checks
