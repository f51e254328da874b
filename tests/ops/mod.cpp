#include "support/check.hpp"

#include <tapeless/ops/mod.hpp>

namespace checks {

namespace {
constexpr auto floored = [](auto a, auto b) {
  using T = decltype(a);
  if constexpr (std::integral<T>) {
    if (b == 0 || b == -1) return T{0};
    const T r = a % b;
    return static_cast<T>(r != 0 && (r < 0) != (b < 0) ? r + b : r);
  } else {
    const T r = std::fmod(a, b);
    if (r == 0) return std::copysign(T{0}, b);
    return (r < 0) != (b < 0) ? r + b : r;
  }
};
}  // namespace

TEST_CASE("mod") {
  check_exact<tl::mod_op, float, double, std::int32_t, std::int64_t>(floored);
  check_value<tl::mod_op>(floored, {.from = -50, .to = 50, .ulp = 0.51, .from_b = 0.5, .to_b = 7});
  check_limits<tl::mod_op>({{7, 3, 1}, {-7, 3, 2}, {7, -3, -2}, {-7, -3, -1}, {6, 3, 0}, {-6, 3, 0}, {6, -3, -0.0}, {5.5, 2, 1.5},
                            {1, 0, nan}, {inf, 2, nan}, {3, inf, 3}, {nan, 1, nan}, {1, nan, nan}});
  check_gradient<tl::mod_op>({.from = 5.1, .to = 5.9, .from_b = 2.05, .to_b = 2.45});
  check_gradient<tl::mod_op>({.from = -5.9, .to = -5.1, .from_b = 2.05, .to_b = 2.45});
  check_gradient_limits<tl::mod_op>({{6, 3, 1, -2}, {7, 3, 1, -2}, {-7, 3, 1, 3}});
}

}  // namespace checks
