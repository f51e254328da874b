#include "support/check.hpp"

#include <tapeless/ops/arithmetic.hpp>

namespace checks {

namespace {
/// Integers wrap around; division by 0 gives 0.
template <class T> using bits = std::make_unsigned_t<T>;
constexpr auto wrapped = [](auto f) {
  return [f](auto... x) {
    using T = std::common_type_t<decltype(x)...>;
    if constexpr (std::integral<T>) return static_cast<T>(f(static_cast<bits<T>>(x)...));
    else return f(x...);
  };
};
constexpr auto divided = [](auto a, auto b) {
  using T = decltype(a);
  if constexpr (std::integral<T>) return b == 0 ? T{0} : b == -1 ? static_cast<T>(bits<T>{0} - static_cast<bits<T>>(a)) : static_cast<T>(a / b);
  else return a / b;
};
}  // namespace

TEST_CASE("add") {
  check_exact<tl::add_op, float, double, std::int32_t, std::int64_t>(wrapped([](auto a, auto b) { return a + b; }));
  check_gradient<tl::add_op>({.from = -2, .to = 2});
}

TEST_CASE("subtract") {
  check_exact<tl::subtract_op, float, double, std::int32_t, std::int64_t>(wrapped([](auto a, auto b) { return a - b; }));
  check_gradient<tl::subtract_op>({.from = -2, .to = 2});
}

TEST_CASE("multiply") {
  check_exact<tl::multiply_op, float, double, std::int32_t, std::int64_t>(wrapped([](auto a, auto b) { return a * b; }));
  check_gradient<tl::multiply_op>({.from = -2, .to = 2});
  check_gradient_limits<tl::multiply_op>({{0, inf, inf, 0}, {nan, 2, 2, nan}});  // plain IEEE: no hidden strong zero
}

TEST_CASE("divide") {
  check_exact<tl::divide_op, float, double, std::int32_t, std::int64_t>(divided);
  check_gradient<tl::divide_op>({.from = -2, .to = 2, .from_b = 1, .to_b = 3});
  check_gradient_limits<tl::divide_op>({{1, 0, inf, -inf}, {1, -0.0, -inf, -inf}, {0, 0, inf, nan}, {1, inf, 0, 0}, {inf, inf, 0, nan}});
  check_surface<tl::divide_op>(oracle::curves::divide);
}

TEST_CASE("negate") {
  check_exact<tl::negate_op, float, double, std::int32_t, std::int64_t>(wrapped([](auto x) {
    if constexpr (std::unsigned_integral<decltype(x)>) return decltype(x){0} - x;
    else return -x;
  }));
  check_gradient<tl::negate_op>({.from = -2, .to = 2});
}

}  // namespace checks
