#include "oracles/modes.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

// Derivatives of derivatives as expressions: each one derives what those before it share.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr auto black_scholes = [](auto s, auto k, auto v, auto t) {
  const auto d1 = (tl::log(s / k) + (0.02_c + 0.5_c * v * v) * t) / (v * tl::sqrt(t));
  const auto d2 = d1 - v * tl::sqrt(t);
  const auto normal = [](auto x) { return 0.5_c * (1_c + tl::erf(x * 0.70710678118654752_c)); };
  return s * normal(d1) - k * tl::exp(-0.02_c * t) * normal(d2);
};

template <int... Extents> struct inputs {
  static constexpr tl::placeholder<"s", double, Extents...> s{};
  static constexpr tl::placeholder<"k", double, Extents...> k{};
  static constexpr tl::placeholder<"v", double, Extents...> v{};
  static constexpr tl::placeholder<"t", double, Extents...> t{};
  static constexpr auto price = black_scholes(s, k, v, t);
  template <int I> static constexpr auto input() { return std::get<I>(std::tuple(s, k, v, t)); }
  template <int I> static constexpr auto by(auto y) { return tl::derivative(tl::sum(y), input<I>()); }
  template <int I, int J, int K> static constexpr auto third() { return by<K>(by<J>(by<I>(price))); }
};
template <int... Extents> auto session() {
  using x = inputs<Extents...>;
  return tl::session<tl::simd>(x::template third<0, 0, 0>(), x::template third<0, 1, 2>(), x::template third<2, 0, 1>(), x::template third<2, 2, 3>(), x::template third<3, 3, 2>());
}
constexpr std::array<std::array<std::size_t, 3>, 5> fetched{{{0, 0, 0}, {0, 1, 2}, {2, 0, 1}, {2, 2, 3}, {3, 3, 2}}};
double expected(std::size_t i) { return oracle::modes::options::third[16 * fetched[i][0] + 4 * fetched[i][1] + fetched[i][2]]; }
template <class Results> std::array<double, 5> values(const Results& r) {
  return std::apply([](const auto&... y) { return std::array<double, 5>{[](const auto& x) { if constexpr (requires { x.data(); }) return x.data()[2]; else return x; }(y)...}; }, r);
}

}  // namespace

TEST_CASE("nested derivatives: of numbers, equal what JAX gives in any order") {
  using x = inputs<>;
  auto s = session<>();
  const auto r = values(s.run(x::s = 100.0, x::k = 95.0, x::v = 0.2, x::t = 1.5));
  for (std::size_t i = 0; i < r.size(); ++i) CHECK(r[i] == doctest::Approx(expected(i)).epsilon(1e-11));
  CHECK(r[0] != doctest::Approx(expected(1)).epsilon(1e-11));  // the oracle tells entries apart
}

TEST_CASE("nested derivatives: of samples, equal those of each") {
  using x = inputs<3>;
  auto s = session<3>();
  const std::vector<double> spot{90, 110, 100}, strike{95, 95, 95}, volatility{0.3, 0.1, 0.2}, years{1, 2, 1.5};
  const auto r = values(s.run(x::s = spot, x::k = strike, x::v = volatility, x::t = years));
  for (std::size_t i = 0; i < r.size(); ++i) CHECK(r[i] == doctest::Approx(expected(i)).epsilon(1e-11));
}

TEST_CASE("nested derivatives: elements that meet are told from samples") {
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr tl::placeholder<"y", double, 3> y;
  constexpr auto f = tl::sum(x) * tl::sum(x * y);
  constexpr auto by_x = tl::derivative(f, x);  // sum(x y) + sum(x) y
  auto s = tl::session<tl::simd>(tl::derivative(tl::sum(by_x), y), tl::derivative(tl::sum(tl::derivative(tl::sum(x * y * y), y)), x));
  const std::vector<double> xs{1, 2, 4}, ys{3, 5, 7};
  const auto [across, beside] = s.run(x = xs, y = ys);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(across[i] == doctest::Approx(3 * xs[i] + 7).epsilon(1e-14));
    CHECK(beside[i] == doctest::Approx(2 * ys[i]).epsilon(1e-14));
  }
}

TEST_CASE("nested derivatives: of what no longer depends on an input, and at a zero factor") {
  constexpr tl::placeholder<"x", double> x;
  constexpr tl::placeholder<"y", double> y;
  auto s = tl::session<tl::simd>(tl::derivative(tl::derivative(x * 3_c + y * y, x), y), tl::derivative(tl::derivative(x * y, x), y), tl::derivative(tl::derivative(x * x * y, x), x));
  const auto [none, one, slope] = s.run(x = 0.0, y = 2.0);
  CHECK(none == 0);
  CHECK(one == 1);
  CHECK(slope == 4);
}
