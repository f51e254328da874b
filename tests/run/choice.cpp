#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

// By what a derivative is taken: some arguments, leaves by name; and what happens where nothing depends on it.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr auto product = [](auto x, auto y, auto z) { return x * y * y + z; };
constexpr auto first_only = [](auto x, auto) { return x * x; };

static_assert(tl::grad<0>(product)(2.0, 3.0, 4.0) == 9);
static_assert(tl::grad<1>(product)(2.0, 3.0, 4.0) == 12);
static_assert(tl::grad<2, 0>(product)(2.0, 3.0, 4.0) == std::tuple(1.0, 9.0));
static_assert(tl::value_and_grad<1>(product)(2.0, 3.0, 4.0) == std::tuple(22.0, 12.0));
static_assert(tl::grad<tl::reference, 1>(product)(2.0, 3.0, 4.0) == 12);
static_assert(tl::grad(first_only, tl::zero_if_unused)(3.0, 5.0) == std::tuple(6.0, 0.0));
static_assert(tl::grad<1>(first_only, tl::zero_if_unused)(3.0, 5.0) == 0.0);
static_assert(tl::value_and_grad(first_only, tl::zero_if_unused)(3.0, 5.0) == std::tuple(9.0, 6.0, 0.0));
static_assert(tl::grad<0>(first_only)(3.0, 5.0) == 6.0);  // what is not asked for need not be used
static_assert(tl::grad<0>(tl::grad<1>(product))(2.0, 3.0, 4.0) == 6);
static_assert(tl::grad<1>([](auto x, auto y) { return tl::grad<0>(product)(x, y, x); })(2.0, 3.0) == 6);
static_assert(tl::grad<0>([](auto x) { return std::get<1>(tl::grad(first_only, tl::zero_if_unused)(x, x * x)) + x; })(2.0) == 1);

constexpr auto net = tl::nn::sequential(tl::nn::dense<"hidden", 5>, tl::nn::relu, tl::nn::dense<"out", 1>);

}  // namespace

TEST_CASE("choice: arrays, and integers among the arguments") {
  auto f = tl::value_and_grad<2, 0>([](auto x, auto n, auto y) { return tl::sum(x * y * tl::cast<double>(n)); });
  const std::vector<double> x{1, 2}, y{3, 4};
  const std::vector<int> n{5, 6};
  const auto [v, dy, dx] = f(x, n, y);
  CHECK(v == 63);
  CHECK((dy[0] == 5 && dy[1] == 12 && dx[0] == 15 && dx[1] == 24));
}
TEST_CASE("choice: leaves by their full names, in layers and written in place") {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto loss = tl::sum(tl::square(net(x)));
  constexpr auto by_name = tl::derivative(loss, "hidden/weights"_leaf);
  static_assert(by_name.shape == tl::shape(4, 5));
  constexpr auto both = tl::grad<"hidden/weights", "x">(loss);
  static_assert(std::is_same_v<std::remove_const_t<decltype(by_name)>, std::tuple_element_t<0, std::remove_const_t<decltype(both)>>>);
  auto session = tl::session<tl::simd>(by_name, std::get<1>(both), tl::derivative(loss, x));
  session.initialize(1);
  const std::vector<float> xs{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const auto [dw, dx, again] = session.run(x = xs);
  float most = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 4; ++j) CHECK(dx(i, j) == again(i, j));
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 5; ++j) most = std::max(most, std::abs(dw(i, j)));
  CHECK(most > 0);

  constexpr auto in_place = tl::sum(tl::exp(tl::placeholder<"t", double, 3>{} * 2_c));
  auto slope = tl::session<tl::simd>(tl::derivative(in_place, "t"_leaf));
  const auto [dt] = slope.run(tl::leaf_in("t"_leaf, in_place) = std::vector<double>{0, 0.5, 1});
  for (int i = 0; i < 3; ++i) CHECK(std::abs(dt[i] - 2 * std::exp(i)) < 1e-14);
}
TEST_CASE("choice: zeros where nothing depends on it, in expressions and in optimizers") {
  constexpr tl::variable<"w", double, 3, tl::ones> w;
  constexpr tl::variable<"other", double, 2, tl::ones> other;
  constexpr auto loss = tl::sum(w * w);
  const auto [dw, d_other] = tl::gradient(loss, tl::zero_if_unused, w, other);
  auto session = tl::session<tl::simd>(dw, d_other, tl::optimizers::adamw(0.5_c, 0.1_c).minimize(loss, tl::zero_if_unused, w, other));
  session.initialize(0);
  const auto [g, z] = session.run();
  for (int i = 0; i < 3; ++i) CHECK(g[i] == 2);
  for (int i = 0; i < 2; ++i) CHECK(z[i] == 0);
  CHECK(session[w][0] < 0.6);       // a step
  CHECK(session[other][0] > 0.9);   // decay only
  CHECK(session[other][0] < 1);
}
TEST_CASE("choice: a gradient is added to what is there, or overwrites it") {
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr tl::variable<"w", double, 3, tl::ones> w;
  constexpr tl::variable<"total", double, 3> total;
  constexpr tl::variable<"last", double, 3> last;
  constexpr auto g = tl::derivative(tl::sum(w * w * x), w);
  auto session = tl::session<tl::simd>(tl::accumulate(total, g), tl::assign(last, g));
  session.initialize(0);
  session.run(x = std::vector<double>{1, 2, 3});
  session.run(x = std::vector<double>{10, 20, 30});
  for (int i = 0; i < 3; ++i) CHECK((session[total][i] == 22 * (i + 1) && session[last][i] == 20 * (i + 1)));
}
