#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/functional.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

namespace {

namespace tl = tapeless;

template <class T> std::vector<double> elements(const T& t) { return {t.begin(), t.end()}; }

/// Written for double; knows nothing of the library.
template <class T> constexpr T horner(T x) {
  T y = 1.0 * x;
  for (int i = 2; i < 5; ++i) y = y * x + static_cast<double>(i);
  return y;
}

constexpr auto square = [](auto x) { return x * x; };
constexpr auto dot = [](auto x, auto y) { return tl::sum(tl::sin(x) * y); };
constexpr auto scaled = [](auto x, auto rate) { return 0.5 * x * rate + 1.0; };
constexpr auto power = [](auto x) {
  auto y = x;
  for (int i = 0; i < 3; ++i) y = y * x;
  return y;
};

}  // namespace

TEST_CASE("functional: derivatives of numbers in constant expressions") {
  static_assert(tl::grad(square)(3.0) == 6.0);
  static_assert(tl::jit(square)(3.0) == 9.0);
  static_assert(tl::grad(power)(2.0) == 32.0);
  static_assert(tl::grad([](auto x) { return tl::grad(square)(1.0) * x; })(3.0) == 2.0);
  static_assert(std::get<1>(tl::grad([](auto x, auto y) { return x * y * y; })(3.0, 2.0)) == 12.0);
  static_assert(std::get<0>(tl::value_and_grad([](auto x, auto y) { return x / y; })(3.0, 2.0)) == 1.5);
}

TEST_CASE("functional: numbers, double and float; literals, loops and helper templates") {
  CHECK(tl::grad(square)(3.0) == 6.0);
  static_assert(std::is_same_v<decltype(tl::grad(square)(3.0f)), float>);
  CHECK(tl::grad(square)(3.0f) == 6.0f);
  const double x = 1.5;
  CHECK(tl::jit([](auto v) { return horner(v); })(x) == doctest::Approx(horner(x)));
  CHECK(tl::grad([](auto v) { return horner(v); })(x) == doctest::Approx(4 * x * x * x + 4 * x + 3));
  CHECK(power(2.0) == 16.0);
  CHECK(scaled(2.0, 3.0) == 4.0);
  const auto [value, dx, dy] = tl::value_and_grad(dot)(0.5, 2.0);
  CHECK(value == doctest::Approx(std::sin(0.5) * 2));
  CHECK(dx == doctest::Approx(std::cos(0.5) * 2));
  CHECK(dy == doctest::Approx(std::sin(0.5)));
}

TEST_CASE("functional: arrays of each kind") {
  const std::vector<double> xs{1, 2, 3};
  const std::array<double, 3> ys{4, 5, 6};
  const double zs[2][2]{{1, 2}, {3, 4}};
  const auto [value, dx, dy] = tl::value_and_grad(dot)(xs, ys);
  double expected = 0;
  for (std::size_t i = 0; i < 3; ++i) expected += std::sin(xs[i]) * ys[i];
  CHECK(value == doctest::Approx(expected));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(dx[i] == doctest::Approx(std::cos(xs[i]) * ys[i]));
    CHECK(dy[i] == doctest::Approx(std::sin(xs[i])));
  }
  CHECK(elements(tl::jit(scaled)(xs, 2.0)) == std::vector<double>{2, 3, 4});
  CHECK(elements(tl::jit(scaled)(std::span(xs), 2.0)) == std::vector<double>{2, 3, 4});
  CHECK(elements(tl::jit(square)(zs)) == std::vector<double>{1, 4, 9, 16});
  CHECK(tl::jit(square)(zs)(1, 0) == 9);
  CHECK(tl::jit([](auto x) { return tl::sum<0>(x); })(tl::view(xs.data(), 3, 1)).size() == 1);
  const std::vector<float> fs{1, 2};
  CHECK(tl::jit(scaled)(fs, 2.0f)[1] == 3.0f);
}

TEST_CASE("functional: an object that is kept returns views, a temporary one arrays of their own") {
  auto f = tl::jit(square);
  const std::vector<double> xs{1, 2, 3};
  auto first = f(xs);
  static_assert(std::is_same_v<decltype(first), tl::array_view<const double, 1>>);
  CHECK(first[2] == 9);
  CHECK(f(std::vector<double>{4, 5, 6})[2] == 36);
  CHECK(f(xs).data() == first.data());
  const auto owned = tl::jit(square)(xs);
  static_assert(std::is_same_v<decltype(owned), const tl::array<double, 1>>);
  CHECK(owned.shape()[0] == 3);
  CHECK(f(3.0) == 9.0);
  CHECK(elements(f(std::array<float, 2>{1, 2})) == std::vector<double>{1, 4});
}

TEST_CASE("functional: arrays that the function combines must agree") {
  auto f = tl::value_and_grad(dot);
  const std::vector<double> three{1, 2, 3}, four{1, 2, 3, 4};
  CHECK(std::get<0>(f(four, four)) == doctest::Approx(std::sin(1.0) + 2 * std::sin(2.0) + 3 * std::sin(3.0) + 4 * std::sin(4.0)));
  CHECK_THROWS_AS(f(three, four), tl::feed_error);
  CHECK_THROWS_AS(f(four, three), tl::feed_error);
  CHECK(std::get<0>(f(three, three)) == doctest::Approx(std::sin(1.0) + 2 * std::sin(2.0) + 3 * std::sin(3.0)));
  // Those it does not combine may differ.
  CHECK(tl::jit([](auto x, auto y) { return tl::sum(x) * tl::sum(y); })(three, four) == 60);
  CHECK_THROWS_AS(tl::jit([](auto x, auto y) { return tl::sum(x * y) + tl::sum(x); })(three, std::array<double, 2>{1, 2}), tl::feed_error);
}

TEST_CASE("functional: integers and bools have no derivative") {
  const auto f = [](auto x, auto n) { return tl::sum(x * tl::cast<double>(n)); };
  const auto dx = tl::grad(f)(std::vector<double>{1, 2}, std::vector<std::int32_t>{3, 4});
  static_assert(std::is_same_v<decltype(dx), const tl::array<double, 1>>);
  CHECK(dx[1] == 4);
}

TEST_CASE("functional: one expression once") {
  constexpr tl::placeholder<"x", double, 2> x;
  CHECK(tl::evaluate(tl::sum(x * x), x = std::array{3.0, 4.0}) == 25);
  CHECK(elements(tl::evaluate<tl::reference>(x + x, x = std::array{3.0, 4.0})) == std::vector<double>{6, 8});
}
