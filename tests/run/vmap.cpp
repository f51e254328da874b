#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

// Functions mapped over samples: against calls one by one, closed forms, and the plans that come of it.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

/// The price of a call, for 2 % interest.
constexpr auto black_scholes = [](auto s, auto k, auto v, auto t) {
  const auto d1 = (tl::log(s / k) + (0.02 + 0.5 * v * v) * t) / (v * tl::sqrt(t));
  const auto d2 = d1 - v * tl::sqrt(t);
  const auto normal = [](auto x) { return 0.5 * (1.0 + tl::erf(x * 0.70710678118654752)); };
  return s * normal(d1) - k * tl::exp(-0.02 * t) * normal(d2);
};
constexpr auto product = [](auto x, auto y) { return x * y; };
constexpr auto dot = [](auto x, auto y) { return tl::sum(x * y); };

constexpr auto cube = [](auto t) { return t * t * t; };
constexpr auto total = [](auto t) { return tl::sum(tl::vmap(cube)(t)); };
constexpr auto slopes = [](auto t) { return tl::sum(tl::vmap(tl::grad(cube))(t)); };
constexpr auto loss = [](auto x, auto y, auto w) { return tl::square(tl::dot(x, w) - y); };
constexpr auto by_weights = [](auto x, auto y, auto w) { return std::get<2>(tl::grad(loss)(x, y, w)); };
constexpr tl::variable<"w", double, 2> weights;

template <class T> std::vector<double> elements(const T& t) { return {t.begin(), t.end()}; }

}  // namespace

TEST_CASE("vmap: a gradient over samples equals the gradients one by one") {
  const std::vector<double> s{100, 110, 120}, k{100, 100, 90}, v{0.2, 0.3, 0.4}, t{1, 2, 0.5};
  const auto [ds, dk, dv, dt] = tl::vmap(tl::grad(black_scholes))(s, k, v, t);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto [a, b, c, d] = tl::grad(black_scholes)(s[i], k[i], v[i], t[i]);
    CHECK(ds[i] == doctest::Approx(a).epsilon(4e-15));
    CHECK(dk[i] == doctest::Approx(b).epsilon(4e-15));
    CHECK(dv[i] == doctest::Approx(c).epsilon(4e-15));
    CHECK(dt[i] == doctest::Approx(d).epsilon(4e-15));
  }
}
TEST_CASE("vmap: a gradient over samples is one fused loop") {
  constexpr tl::placeholder<"s", double, "N"_d> s;
  constexpr tl::placeholder<"k", double, "N"_d> k;
  constexpr tl::placeholder<"v", double, "N"_d> v;
  constexpr tl::placeholder<"t", double, "N"_d> t;
  constexpr auto greeks = tl::vmap(tl::grad(black_scholes), s, k, v, t);
  using program = tl::program<std::tuple_element_t<0, decltype(greeks)>, std::tuple_element_t<1, decltype(greeks)>, std::tuple_element_t<2, decltype(greeks)>, std::tuple_element_t<3, decltype(greeks)>>;
  static_assert(program::kernels == 1);
  const auto plan = tl::to_string(program::graph, program::plan);
  CHECK(plan.starts_with("kernel 0: map over (N,):"));
  CHECK(plan.find("reads %0 %1 %2 %3; writes") != std::string::npos);
}
TEST_CASE("vmap: numbers of samples must agree, also of arguments that the function does not combine") {
  auto f = tl::vmap(product);
  CHECK(elements(f(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5, 6})) == std::vector<double>{4, 10, 18});
  CHECK_THROWS_AS(f(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5}), tl::feed_error);
  auto apart = tl::vmap([](auto x, auto y) { return std::tuple(x + 1.0, tl::sum(y)); });
  const std::vector<double> rows{1, 2, 3, 4, 5, 6};
  const auto [a, b] = apart(std::vector<double>{1, 2, 3}, tl::view(rows.data(), 3, 2));
  CHECK(elements(a) == std::vector<double>{2, 3, 4});
  CHECK(elements(b) == std::vector<double>{3, 7, 11});
  CHECK_THROWS_AS(apart(std::vector<double>{1, 2}, tl::view(rows.data(), 3, 2)), tl::feed_error);
}
TEST_CASE("vmap: any axis, and arguments that are the same for all samples") {
  const double x[2][3]{{1, 2, 3}, {4, 5, 6}};
  const std::vector<double> w{10, 100};
  CHECK(elements(tl::vmap<1, tl::unmapped>(dot)(x, w)) == std::vector<double>{410, 520, 630});
  CHECK(elements(tl::vmap<-1, tl::unmapped>(dot)(x, w)) == std::vector<double>{410, 520, 630});
  CHECK(elements(tl::vmap<0, tl::unmapped>(product)(std::vector<double>{1, 2}, 3.0)) == std::vector<double>{3, 6});
  CHECK(elements(tl::vmap<tl::reference, 0, tl::unmapped>(product)(std::vector<double>{1, 2}, 3.0)) == std::vector<double>{3, 6});
  // What is the same for all samples is repeated in the result.
  CHECK(elements(tl::vmap([](auto, auto y) { return y * 0.0 + 7.0; })(std::vector<double>{1, 2}, std::vector<double>{1, 2})) == std::vector<double>{7, 7});
  constexpr tl::placeholder<"x", double, 3> xs;
  static_assert(decltype(tl::vmap([](auto) { return tl::exp(weights); }, xs))::shape == tl::shape(3, 2));
}
TEST_CASE("vmap: nested, all pairs") {
  const std::vector<double> a{1, 2, 3}, b{10, 20};
  auto outer = tl::vmap<0, tl::unmapped>(tl::vmap<tl::unmapped, 0>(product));
  const auto pairs = outer(a, b);
  CHECK(pairs.shape()[0] == 3);
  CHECK(pairs.shape()[1] == 2);
  CHECK(elements(pairs) == std::vector<double>{10, 20, 20, 40, 30, 60});
  const double m[2][3]{{1, 2, 3}, {4, 5, 6}};
  CHECK(elements(tl::vmap(tl::vmap([](auto x) { return x * x; }))(m)) == std::vector<double>{1, 4, 9, 16, 25, 36});
}
TEST_CASE("vmap: composed with grad, jvp, vjp, hvp and jit in either order") {
  const std::vector<double> x{0.5, 1, 2}, v{1, -1, 2};
  CHECK(elements(tl::vmap(tl::grad(tl::grad(cube)))(x)) == std::vector<double>{3, 6, 12});
  CHECK(elements(tl::grad(total)(x)) == std::vector<double>{0.75, 3, 12});
  CHECK(elements(tl::hvp(total)(x, v)) == std::vector<double>{3, -6, 24});
  CHECK(elements(tl::grad(slopes)(x)) == std::vector<double>{3, 6, 12});
  const auto [y, moved] = tl::vmap(tl::jvp(cube))(x, v);
  CHECK(elements(y) == std::vector<double>{0.125, 1, 8});
  CHECK(elements(moved) == std::vector<double>{0.75, -3, 24});
  CHECK(elements(std::get<1>(tl::jvp(tl::vmap(cube))(x, v))) == std::vector<double>{0.75, -3, 24});
  CHECK(elements(std::get<1>(tl::vjp(tl::vmap(cube))(x, v))) == std::vector<double>{0.75, -3, 24});
  CHECK(elements(tl::jit(tl::vmap(tl::jit(cube)))(x)) == std::vector<double>{0.125, 1, 8});
  // Second derivatives of what is linear are zero, and no error.
  CHECK(elements(tl::vmap(tl::grad(tl::grad([](auto t) { return 3.0 * t; })))(x)) == std::vector<double>{0, 0, 0});
}
TEST_CASE("vmap: gradients of each sample of a layer") {
  constexpr tl::placeholder<"x", double, 4, 3> x;
  constexpr tl::placeholder<"y", double, 4> y;
  constexpr tl::placeholder<"w", double, 3> w;
  auto session = tl::session<tl::simd>(tl::vmap<0, 0, tl::unmapped>(by_weights, x, y, w));
  std::vector<double> xs(12), ys{1, 2, 3, 4};
  for (std::size_t i = 0; i < 12; ++i) xs[i] = std::sin(static_cast<double>(i));
  const std::vector<double> ws{0.3, -0.2, 0.9};
  const auto [each] = session.run(x = xs, y = ys, w = ws);
  for (std::size_t i = 0; i < 4; ++i) {
    const double residual = xs[3 * i] * ws[0] + xs[3 * i + 1] * ws[1] + xs[3 * i + 2] * ws[2] - ys[i];
    for (std::size_t j = 0; j < 3; ++j) CHECK(each(i, j) == doctest::Approx(2 * residual * xs[3 * i + j]).epsilon(1e-14));
  }
}
TEST_CASE("vmap: each sample draws its own numbers, and all of them are those of one larger tensor") {
  constexpr tl::placeholder<"x", double, 3, 4> x;
  constexpr auto noisy = [](auto one) { return one + tl::random_normal_like<"noise">(one); };
  auto session = tl::session<tl::simd>(tl::vmap(noisy, x), tl::random_normal<"noise", double, 3, 4>());
  session.initialize(3);
  const auto [y, noise] = session.run(x = std::vector<double>(12, 0.0));
  CHECK(elements(y) == elements(noise));
  CHECK(y(0, 0) != y(1, 0));
}
TEST_CASE("vmap: functions of several results, also without vmap") {
  constexpr auto both = [](auto x, auto y) { return std::tuple(x + y, std::pair(x * y, x - y)); };
  const auto [sum, rest] = tl::jit(both)(5.0, 3.0);
  CHECK(sum == 8);
  CHECK(std::get<0>(rest) == 15);
  CHECK(std::get<1>(rest) == 2);
  static_assert(std::get<0>(std::get<1>(tl::jit(both)(5.0, 3.0))) == 15);
  const auto [sums, others] = tl::vmap(both)(std::vector<double>{1, 2}, std::vector<double>{3, 4});
  CHECK(elements(sums) == std::vector<double>{4, 6});
  CHECK(elements(std::get<1>(others)) == std::vector<double>{-2, -2});
}
