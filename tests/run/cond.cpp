#include "support/loops.hpp"

using namespace tapeless::test::loops;
using tapeless::test::waves;

TEST_CASE_TEMPLATE("choices: only what is taken runs", Backend, tl::simd, tl::reference) {
  constexpr tl::placeholder<"a", double> a;
  constexpr tl::placeholder<"b", double> b;
  // The other branch would never end.
  constexpr auto endless = tl::invoke([](auto x) {
    return tl::cond(x > 0, x, [&] { return tl::while_loop([](auto s) { return s < 1; }, [](auto s) { return s * 1; }, x); });
  }, a);
  auto value = tl::session<Backend>(endless);
  CHECK(std::get<0>(value.run(a = 2.0)) == 2);
  constexpr auto y = tl::invoke([](auto x, auto other) {
    return tl::cond(x > 0, [&] { return tl::log(x) * other; }, [&] { return tl::cond(x < -1, other * other, [&] { return tl::while_loop<3>([](auto s) { return s < 1; }, [](auto s) { return s + 1; }, x); }); });
  }, a, b);
  auto session = tl::session<Backend>(y, tl::derivative(y, a), tl::derivative(y, b), tl::jvp(y, a, b));
  {
    const auto [f, by_a, by_b, moved] = session.run(a = 2.0, b = 3.0);
    CHECK(std::abs(f - 3 * std::log(2.0)) < 1e-15);
  CHECK(by_a == 1.5);
  CHECK(std::abs(by_b - std::log(2.0)) < 1e-15);
  CHECK(moved == 4.5);
  }
  const auto [f, by_a, by_b, moved] = session.run(a = -2.0, b = 3.0);
  CHECK(f == 9);
  CHECK(by_a == 0);
  CHECK(by_b == 6);
  CHECK(moved == 0);
}

TEST_CASE_TEMPLATE("choices: in loops, and loops in choices", Backend, tl::simd, tl::reference) {
  constexpr auto clipped = tl::fold([](auto s, auto x) { return tl::cond(tl::sum(x) > 0, s + x * s, s - x); }, start, xs);
  const auto rows = waves<double>(15, 0.7), first = waves<double>(3, 1.1);
  std::vector<double> s = first, ds(3, 1.0);
  for (std::size_t t = 0; t < 5; ++t) {
    const double sum = rows[3 * t] + rows[3 * t + 1] + rows[3 * t + 2];
    for (std::size_t i = 0; i < 3; ++i) {
      const double x = rows[3 * t + i];
      if (sum > 0) s[i] += x * s[i], ds[i] *= 1 + x;
      else s[i] -= x;
    }
  }
  auto session = tl::session<Backend>(clipped, tl::derivative(tl::sum(clipped), start));
  const auto [found, by_start] = session.run(xs = rows, start = first);
  CHECK(distance(found, s) < 1e-14);
  CHECK(distance(by_start, ds) < 1e-14);
}
