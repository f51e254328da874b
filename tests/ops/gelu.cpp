#include "support/check.hpp"

#include <tapeless/ops/gelu.hpp>

namespace checks {

namespace {
constexpr auto gelu = [](auto x) { return tl::gelu(x); };
constexpr auto gelu_tanh = [](auto x) { return tl::gelu_tanh(x); };
}  // namespace

TEST_CASE("gelu") {
  const auto exact = [](wide x) { return x / 2 * std::erfc(-x / std::sqrt(2.0L)); };
  check_value<decltype(gelu)>(exact, {.from = -4, .to = 20, .ulp = 40});  // the rounding of x / sqrt(2) grows with x^2 in the left tail
  check_limits<decltype(gelu)>({{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, nan}, {nan, nan}});
  check_gradient<decltype(gelu)>({.from = -2, .to = 2}, exact);
  check_curve<decltype(gelu)>(oracle::curves::gelu, {.ulp = inf, .floor = 1});
}

TEST_CASE("gelu_tanh") {
  const auto exact = [](wide x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846264338L) * (x + 0.044715 * x * x * x))); };
  check_limits<decltype(gelu_tanh)>({{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, nan}, {nan, nan}});
  check_gradient<decltype(gelu_tanh)>({.from = -1.5, .to = 1.5}, exact);
  check_curve<decltype(gelu_tanh)>(oracle::curves::gelu_tanh, {.ulp = inf, .floor = 1});
}

}  // namespace checks
