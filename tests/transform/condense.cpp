#include "../support/graph_text.hpp"

#include <tapeless/tapeless.hpp>
#include <tapeless/transform/condense.hpp>

#include <cmath>

using namespace tapeless;
using namespace tapeless::literals;

namespace {

constexpr placeholder<"x", double> x;
constexpr placeholder<"y", double> y;

template <class... Fetches> std::string text_of(Fetches...) { return std::string(to_string(session_type<simd, Fetches...>::program::graph)); }
int count(const std::string& text, const std::string& what) {
  int n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("condense: equal terms of a derivative add up") {
  constexpr auto cube = x * x * x;
  constexpr auto first = derivative(cube, x);
  CHECK(text_of(derivative(first, x)) == "%0 = placeholder \"x\" : double ()\n%1 = constant 6 : double ()\n%2 = mul %0 %1 : double ()\nreturn %2\n");
  CHECK(count(text_of(first), "add") == 0);
}

TEST_CASE("condense: what is computed keeps its bits, derivatives their values") {
  constexpr auto f = log(x / y) / y;
  // the function itself keeps its division, and its bits
  CHECK(count(text_of(f), "div") == 2);
  auto alone = session<simd>(f);
  auto both = session<simd>(f, derivative(f, x), derivative(f, y));
  for (double a = 0.3; a < 30; a *= 1.7)
    for (double b = 0.2; b < 40; b *= 1.9) {
      const auto [value, by_x, by_y] = both.run(x = a, y = b);
      CHECK(value == std::get<0>(alone.run(x = a, y = b)));
      CHECK(by_x == doctest::Approx(1 / (a * b)).epsilon(1e-14));
      CHECK(by_y == doctest::Approx(-(1 + std::log(a / b)) / (b * b)).epsilon(1e-13));
    }
}

TEST_CASE("condense: quotients by subnormals are finite where they are") {
  constexpr auto f = hypot(x, y);
  auto session = tapeless::session<simd>(f, derivative(f, x), derivative(f, y));
  const auto [value, by_x, by_y] = session.run(x = 4.94066e-324, y = 0.0);
  CHECK(by_x == 1);
  CHECK(by_y == 0);
}

TEST_CASE("condense: derivatives of the logarithm of a quotient divide once") {
  constexpr auto f = log(x / y);
  CHECK(count(text_of(f, derivative(f, x)), "div") == 1);
  CHECK(count(text_of(f, derivative(f, x)), "reciprocal") == 1);
  constexpr auto g = exp(f);
  CHECK(count(text_of(g, derivative(g, x), derivative(g, y)), "div") == 2);
  auto session = tapeless::session<simd>(derivative(g, x), derivative(g, y), derivative(derivative(g, x), y), derivative(derivative(g, y), y), derivative(derivative(derivative(g, y), y), x));
  for (double a = 0.3; a < 30; a *= 1.7)
    for (double b = 0.2; b < 40; b *= 1.9) {
      const auto [by_x, by_y, by_xy, by_yy, by_yyx] = session.run(x = a, y = b);
      CHECK(by_x == doctest::Approx(1 / b).epsilon(1e-14));
      CHECK(by_y == doctest::Approx(-a / (b * b)).epsilon(1e-14));
      CHECK(by_xy == doctest::Approx(-1 / (b * b)).epsilon(1e-13));
      CHECK(by_yy == doctest::Approx(2 * a / (b * b * b)).epsilon(1e-13));
      CHECK(by_yyx == doctest::Approx(2 / (b * b * b)).epsilon(1e-12));
    }
}

TEST_CASE("condense: what is written by hand is left alone") {
  CHECK(count(text_of(3.5_c * (1.5_c * x) + 2.5_c * x), "mul") == 3);
  CHECK(count(text_of(x / y + square(x) / y), "div") == 2);
}

namespace {
template <int Order> constexpr auto slope_of_quotient() {
  if constexpr (Order == 0) return exp(x / y);
  else return derivative(slope_of_quotient<Order - 1>(), x);
}
template <int... I> constexpr auto slopes_of_quotient(std::integer_sequence<int, I...>) { return std::tuple(slope_of_quotient<I + 1>()...); }
}  // namespace

TEST_CASE("condense: higher derivatives divide by a shared reciprocal, first ones and a few do not") {
  constexpr auto three = slopes_of_quotient(std::make_integer_sequence<int, 3>{});
  constexpr auto eight = slopes_of_quotient(std::make_integer_sequence<int, 8>{});
  const auto text_of_all = [](auto... d) { return text_of(d...); };
  CHECK(count(std::apply(text_of_all, three), "div") == 4);
  CHECK(count(std::apply(text_of_all, eight), "div") == 2);  // those of the function itself and of its slope
  CHECK(count(std::apply(text_of_all, eight), "reciprocal") == 1);
  auto session = std::apply([](auto... d) { return tapeless::session<simd>(d...); }, eight);
  for (double a = 0.3; a < 30; a *= 1.7)
    for (double b = 0.2; b < 40; b *= 1.9) {
      int order = 0;
      const auto check = [&](double d) { CHECK(d == doctest::Approx(std::exp(a / b) / std::pow(b, ++order)).epsilon(1e-13)); };
      std::apply([&](const auto&... d) { (check(d), ...); }, session.run(x = a, y = b));
    }
}
