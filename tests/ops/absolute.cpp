#include "support/check.hpp"

#include <tapeless/ops/absolute.hpp>

namespace checks {

TEST_CASE("sign") {
  check_exact<tl::sign_op, float, double, std::int32_t, std::int64_t>([](auto x) {
    using T = decltype(x);
    return x > 0 ? T{1} : x < 0 ? T{-1} : x;
  });
  check_gradient<tl::sign_op>({.from = 0.5, .to = 2});
  check_gradient_limits<tl::sign_op>({{0, 0}, {-0.0, 0}, {inf, 0}, {nan, 0}, {-3, 0}});
}

TEST_CASE("abs") {
  check_exact<tl::abs_op, float, double, std::int32_t, std::int64_t>([](auto x) {
    if constexpr (std::floating_point<decltype(x)>) return std::abs(x);
    else return x == std::numeric_limits<decltype(x)>::min() ? x : x < 0 ? -x : x;
  });
  check_gradient<tl::abs_op>({.from = 0.5, .to = 2});
  check_gradient<tl::abs_op>({.from = -2, .to = -0.5});
  check_gradient_limits<tl::abs_op>({{0, 0}, {-0.0, 0}, {inf, 1}, {-inf, -1}, {nan, nan}});
}

}  // namespace checks
