// edges 38
#include "support/gradient.hpp"
#include "support/limits.hpp"

#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/exponential.hpp>
#include <tapeless/ops/trigonometric.hpp>

namespace checks {

namespace {
constexpr auto doubled = [](auto x) { return x + x; };
constexpr auto fifth_power = [](auto x) { return x * x * x * x * x; };
constexpr auto nothing = [](auto x) { return x - x; };
constexpr auto itself = [](auto x) { return tl::exp(x) / tl::exp(x); };
constexpr auto diamond = [](auto x) {
  const auto s = tl::sin(x);
  const auto left = s * x;
  const auto right = s + x;
  return left / (2.0_c + right * right);
};
}  // namespace

TEST_CASE("a leaf used several times") {
  check_gradient<decltype(doubled)>({}, [](wide x) { return x + x; });
  check_gradient<decltype(fifth_power)>({.from = 0.5, .to = 2}, [](wide x) { return x * x * x * x * x; });
  check_gradient<decltype(diamond)>({.tolerance = 1e-11}, [](wide x) { return std::sin(x) * x / (2 + (std::sin(x) + x) * (std::sin(x) + x)); });
}

TEST_CASE("what cancels is exactly 0, but for inf and NaN") {
  check_limits<decltype(nothing)>({{1, 0}, {-3.25, 0}, {inf, nan}, {nan, nan}});
  check_gradient_limits<decltype(nothing)>({{1, 0}, {inf, 0}, {nan, 0}});
  check_limits<decltype(itself)>({{1, 1}, {-2, 1}, {inf, nan}, {-inf, nan}});
  check_gradient_limits<decltype(itself)>({{1, 0}, {-2, 0}}, 1e-15);
}

}  // namespace checks
