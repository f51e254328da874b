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

TEST_CASE("condense: what is written by hand is left alone") {
  CHECK(count(text_of(3.5_c * (1.5_c * x) + 2.5_c * x), "mul") == 3);
  CHECK(count(text_of(x / y + square(x) / y), "div") == 2);
}

TEST_CASE("condense: many quotients by one number share its reciprocal, a few do not") {
  constexpr auto f = log(x / y) / y;
  const auto few = text_of(f, derivative(f, x));
  const auto many = text_of(f, derivative(f, x), derivative(f, y), derivative(derivative(f, y), y), derivative(derivative(f, x), y));
  CHECK(count(few, "div") > 2);
  CHECK(count(many, "div") == 2);  // those of the function itself
  auto session = tapeless::session<simd>(derivative(f, y), derivative(derivative(f, y), y), derivative(derivative(f, x), y), derivative(f, x));
  for (double a = 0.3; a < 30; a *= 1.7)
    for (double b = 0.2; b < 40; b *= 1.9) {
      const auto [by_y, by_yy, by_xy, by_x] = session.run(x = a, y = b);
      CHECK(by_x == doctest::Approx(1 / (a * b)).epsilon(1e-14));
      CHECK(by_xy == doctest::Approx(-1 / (a * b * b)).epsilon(1e-14));
      CHECK(by_y == doctest::Approx(-(1 + std::log(a / b)) / (b * b)).epsilon(1e-13));
      CHECK(by_yy == doctest::Approx((3 + 2 * std::log(a / b)) / (b * b * b)).epsilon(1e-12));
    }
}
