#include "support/check.hpp"

#include <tapeless/ops/pow.hpp>

namespace checks {

namespace {
template <int N> constexpr auto whole_power = [](auto x) { return tl::pow<N>(x); };
}

TEST_CASE("pow") {
  check_value<tl::pow_op>([](wide a, wide b) { return std::pow(a, b); }, {.from = 0.1, .to = 10, .ulp = 2, .from_b = -20, .to_b = 20});
  check_value<tl::pow_op>([](wide a, wide b) { return std::pow(a, b); }, {.from = 0.99, .to = 1.01, .ulp = 2, .from_b = -1000, .to_b = 1000});
  check_limits<tl::pow_op>({{0, 0, 1}, {nan, 0, 1}, {1, nan, 1}, {1, inf, 1},
                            {0, 2, 0}, {0, -1, inf}, {0, 0.5, 0}, {-0.0, 3, -0.0}, {-0.0, 2, 0}, {-0.0, -3, -inf}, {-0.0, -2, inf},
                            {-2, 3, -8}, {-2, 2, 4}, {-2, 0.5, nan}, {-2, -1, -0.5}, {nan, 1, nan},
                            {2, nan, nan}, {2, inf, inf}, {2, -inf, 0}, {0.5, inf, 0}, {0.5, -inf, inf},
                            {inf, 2, inf}, {inf, -1, 0}, {-inf, 3, -inf}, {-inf, 2, inf}, {-1, inf, 1}, {4, 0.5, 2}, {2, 10, 1024}});
  check_gradient<tl::pow_op>({.from = 0.5, .to = 2, .tolerance = 1e-11, .from_b = -2, .to_b = 3});
  check_gradient_limits<tl::pow_op>({{0, 0, 0, 0}, {0, 1, 1, 0}, {0, 2, 0, 0}, {0, 1.5, 0, 0}, {0, 3, 0, 0},
                                     {2, 0, 0, 0.6931471805599453}, {-2, 3, 12, nan}, {-2, 0, 0, nan}, {1, 1, 1, 0}}, 1e-6);
  check_surface<tl::pow_op>(oracle::curves::pow, {.ulp = 2, .tolerance = 1e-11});
}

TEST_CASE_TEMPLATE("pow of integers wraps", T, std::int32_t, std::int64_t) {
  check_exact<tl::pow_op, T>([](T a, T b) -> T {
    using bits = std::make_unsigned_t<T>;
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
    bits y = 1, x = static_cast<bits>(a);
    for (auto n = static_cast<bits>(b); n != 0; n /= 2, x *= x)
      if (n % 2 == 1) y *= x;
    return static_cast<T>(y);
  });
}

TEST_CASE("pow with a whole exponent in the type") {
  const auto exact = [](wide x) { return std::pow(x, -5.0L); };
  check_value<std::remove_const_t<decltype(whole_power<-5>)>>(exact, {.from = 0.5, .to = 2, .ulp = 4});
  check_gradient<std::remove_const_t<decltype(whole_power<-5>)>>({.from = 0.75, .to = 1.5}, exact);
  check_limits<std::remove_const_t<decltype(whole_power<3>)>>({{-2, -8}, {-0.0, -0.0}, {inf, inf}, {-inf, -inf}, {nan, nan}});
  check_gradient_limits<std::remove_const_t<decltype(whole_power<3>)>>({{0, 0}, {2, 12}, {-2, 12}});
  check_gradient_limits<std::remove_const_t<decltype(whole_power<-5>)>>({{0, -inf}, {-0.0, -inf}, {inf, 0}, {-1, -5}});  // edges 20
  check_limits<std::remove_const_t<decltype(whole_power<-1>)>>({{0, inf}, {-0.0, -inf}, {inf, 0}});
  check_limits<std::remove_const_t<decltype(whole_power<0>)>>({{0, 1}, {nan, 1}, {inf, 1}});
  check_gradient_limits<std::remove_const_t<decltype(whole_power<0>)>>({{0, 0}, {5, 0}});
}

}  // namespace checks
