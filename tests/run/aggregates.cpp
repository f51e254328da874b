#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <tuple>
#include <vector>

// Arguments that are structs or tuples of tensors; gradients come back in the same form.

namespace {

namespace tl = tapeless;

/// A template of its members' types: the function sees names.
template <class W, class B> struct layer {
  W w;
  B b;
};
/// No template: the function sees a tuple.
struct params {
  std::vector<float> w;
  float b;
  int steps;
};
/// Members that only it can name.
class hidden {
 public:
  hidden() = default;
  hidden(double a, double b) : a_(a), b_(b) {}
  static constexpr auto members(auto& self) { return std::tie(self.a_, self.b_); }
  double a() const { return a_; }
  double b() const { return b_; }

 private:
  double a_ = 0, b_ = 0;
};

using numbers = layer<double, double>;
constexpr auto by_names = [](auto p, auto x) { return p.w * p.w * x + p.b; };
static_assert(tl::grad<0>(by_names)(numbers{2, 3}, 5.0).w == 20);
static_assert(tl::grad<0>(by_names)(numbers{2, 3}, 5.0).b == 1);
static_assert(std::is_same_v<decltype(tl::grad<0>(by_names)(numbers{2, 3}, 5.0)), numbers>);
static_assert(by_names(numbers{2, 3}, 5.0) == 23);
static_assert(tl::jit(by_names)(numbers{2, 3}, 5.0) == 23);

}  // namespace

TEST_CASE("aggregates: a template of its members' types, on arrays") {
  using arrays = layer<std::vector<double>, double>;
  auto f = tl::value_and_grad([](auto p, auto x) { return tl::sum(p.w * x) * p.b; });
  const arrays p{{1, 2, 3}, 2};
  const std::vector<double> x{4, 5, 6};
  const auto [v, dp, dx] = f(p, x);
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(dp)>, arrays>);
  CHECK(v == 64);
  CHECK(dp.b == 32);
  for (std::size_t i = 0; i < 3; ++i) CHECK((dp.w[i] == 2 * x[i] && dx[static_cast<int>(i)] == 2 * p.w[i]));
  const auto again = tl::grad<0>([](auto q, auto y) { return tl::sum(q.w * y) * q.b; })(p, x);
  CHECK(again.w == dp.w);
}
TEST_CASE("aggregates: a plain struct, with a member that is no number to differentiate by") {
  auto f = tl::grad([](auto p) {
    const auto [w, b, steps] = p;
    return tl::sum(w * w) * b * tl::cast<float>(steps);
  });
  const auto d = f(params{{1, 2}, 3, 4});
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(d)>, params>);
  CHECK((d.w == std::vector<float>{24, 48} && d.b == 20 && d.steps == 4));
}
TEST_CASE("aggregates: tuples, arrays of arrays, in each other, and members that are listed") {
  using inner = layer<std::array<double, 2>, double>;
  const std::tuple u(std::pair(std::array<double, 2>{1, 2}, inner{{3, 4}, 5}), std::tuple(2.0, 3.0, 7.0));
  auto g = tl::value_and_grad([](auto v) {
    const auto& [pair, three] = v;
    const auto& [a, p] = pair;
    const auto& [x, y, z] = three;
    return tl::sum(a * p.w) + x * y * z * p.b;
  });
  const auto [v, d] = g(u);
  CHECK(v == 11 + 42 * 5);
  const auto& [pair, three] = d;
  CHECK(pair.first == std::array<double, 2>{3, 4});
  CHECK((pair.second.w == std::array<double, 2>{1, 2} && pair.second.b == 42));
  CHECK(three == std::tuple(105.0, 70.0, 30.0));

  auto h = tl::grad([](auto m) {
    const auto& [a, b] = m;
    return a * b * b;
  });
  const auto e = h(hidden(2, 3));
  CHECK((e.a() == 9 && e.b() == 12));

  auto two = tl::grad([](auto rows) { return tl::sum(rows[0] * rows[1]); });
  const auto r = two(std::array{std::vector<double>{1, 2}, std::vector<double>{3, 4}});
  CHECK((r[0] == std::vector<double>{3, 4} && r[1] == std::vector<double>{1, 2}));
}
TEST_CASE("aggregates: inside traced functions, in forward mode, and with a cotangent") {
  // the Hessian's diagonal entry of w w x + b by w is 2 x
  static_assert(tl::grad<0>([](auto p, auto x) { return tl::grad<0>(by_names)(p, x).w; })(numbers{2, 3}, 5.0).w == 10);
  const auto [y, dy] = tl::jvp(by_names)(numbers{2, 3}, 5.0, numbers{1, 10}, 0.5);
  CHECK((y == 23 && dy == 20 + 10 + 2));
  const auto [z, dp, dx] = tl::vjp(by_names)(numbers{2, 3}, 5.0, 2.0);
  CHECK((z == 23 && dp.w == 40 && dp.b == 2 && dx == 8));
  const auto [hp, hx] = tl::hvp(by_names)(numbers{2, 3}, 5.0, numbers{1, 0}, 1.0);
  CHECK((hp.w == 10 + 4 && hp.b == 0 && hx == 4));
  const auto [dq, dn] = tl::grad([](auto p, auto) { return p.w * p.w; }, tl::zero_if_unused)(numbers{2, 3}, 5.0);
  CHECK((dq.w == 4 && dq.b == 0 && dn == 0));
}
