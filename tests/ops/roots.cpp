#include "support/check.hpp"

#include <tapeless/ops/roots.hpp>

namespace checks {

TEST_CASE("square") {
  check_exact<tl::square_op, float, double, std::int32_t, std::int64_t>([](auto x) {
    using T = decltype(x);
    if constexpr (std::integral<T>) return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) * static_cast<std::make_unsigned_t<T>>(x));
    else return x * x;
  });
  check_gradient<tl::square_op>({.from = -2, .to = 2});
  check_curve<tl::square_op>(oracle::curves::square);
}

TEST_CASE("sqrt") {
  check_exact<tl::sqrt_op, float, double>([](auto x) { return std::sqrt(x); });
  check_value<tl::sqrt_op>([](wide x) { return std::sqrt(x); }, {.from = 0, .to = 1e10, .ulp = 0.51});
  check_limits<tl::sqrt_op>({{0, 0}, {-0.0, -0.0}, {inf, inf}, {-1, nan}, {-inf, nan}, {nan, nan}, {4, 2}});
  check_gradient<tl::sqrt_op>({.from = 0.5, .to = 4});
  check_gradient_limits<tl::sqrt_op>({{0, inf}, {inf, 0}, {-1, nan}, {nan, nan}, {4, 0.25}});
  check_curve<tl::sqrt_op>(oracle::curves::sqrt);
}

TEST_CASE("rsqrt") {
  check_value<tl::rsqrt_op>([](wide x) { return 1 / std::sqrt(x); }, {.from = 1e-10, .to = 1e10, .ulp = 1.5});
  check_limits<tl::rsqrt_op>({{0, inf}, {-0.0, -inf}, {inf, 0}, {-1, nan}, {nan, nan}, {4, 0.5}});
  check_gradient<tl::rsqrt_op>({.from = 0.5, .to = 4});
  check_gradient_limits<tl::rsqrt_op>({{0, -inf}, {4, -0.0625}, {inf, 0}});
  check_curve<tl::rsqrt_op>(oracle::curves::rsqrt, {.ulp = 1.5});
}

TEST_CASE("reciprocal") {
  check_exact<tl::reciprocal_op, float, double>([](auto x) { return 1 / x; });
  check_gradient<tl::reciprocal_op>({.from = 0.5, .to = 4});
  check_gradient_limits<tl::reciprocal_op>({{0, -inf}, {-0.0, -inf}, {inf, 0}, {2, -0.25}});
  check_curve<tl::reciprocal_op>(oracle::curves::reciprocal);
}

TEST_CASE("x sqrt(x) has no gradient at 0, where pow(x, 1.5) has") {
  constexpr auto product = [](auto x) { return x * tl::sqrt(x); };
  check_gradient_limits<decltype(product)>({{0, nan}, {4, 3}});
}

}  // namespace checks
