#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>

namespace tl = tapeless;
using namespace tl::literals;

TEST_CASE_TEMPLATE("loops: as long as a test holds", Backend, tl::simd, tl::reference) {
  constexpr tl::placeholder<"a", double> a;
  // Newton's method for the square root: dy/da = 1 / (2 y)
  constexpr auto root = tl::invoke([](auto x) {
    return tl::while_loop<50>([=](auto y) { return tl::abs(y * y - x) > 1e-13 * x; }, [=](auto y) { return 0.5 * (y + x / y); }, x);
  }, a);
  constexpr auto forward = tl::invoke([](auto x) {
    return tl::while_loop([=](auto y) { return tl::abs(y * y - x) > 1e-13 * x; }, [=](auto y) { return 0.5 * (y + x / y); }, x);
  }, a);
  auto session = tl::session<Backend>(root, tl::derivative(root, a), tl::jvp(forward, a, a / a), tl::derivative(tl::derivative(root, a), a));
  for (double x : {2.0, 3.0, 1e6, 0.25}) {
    const auto [y, dy, forward_dy, second] = session.run(a = x);
    CHECK(std::abs(y / std::sqrt(x) - 1) < 1e-13);
    CHECK(std::abs(dy * 2 * std::sqrt(x) - 1) < 1e-12);
    CHECK(std::abs(forward_dy * 2 * std::sqrt(x) - 1) < 1e-12);
    CHECK(std::abs(second * -4 * x * std::sqrt(x) - 1) < 1e-9);
  }
  const auto [y, dy, forward_dy, second] = session.run(a = 1.0);  // no step at all: y = a
  CHECK(y == 1);
  CHECK(dy == 1);
  CHECK(forward_dy == 1);
  CHECK(second == 0);
}
