#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

// Function templates that are written for double and know nothing of the library, on handles and on doubles. They must be
// constexpr, since graphs are made by calling them in constant expressions.

namespace plain {

template <class T> constexpr T normal(T x) {
  using std::erfc;
  return 0.5 * erfc(-x / 1.4142135623730951);
}
template <class T> constexpr T black_scholes(T s, T k, T v, T t) {
  using std::exp, std::log, std::sqrt;
  const T deviation = v * sqrt(t);
  const T d1 = log(s / k) / deviation + deviation / 2;
  return s * normal(d1) - k * normal(d1 - deviation);
}
template <class T> constexpr T payoff(T s, T k) {
  using std::max;
  return max(s - k, T(0));
}
template <class T> constexpr T polynomial(T x) {
  T sum = 0, power = 1;
  for (int i = 1; i <= 4; ++i) {
    power *= x;
    sum += power / i;
  }
  sum -= T(2) * T(3);
  return sum;
}
template <class T> constexpr T of_all_kinds(T x, T y) {
  using namespace std;
  if constexpr (sizeof(T) > 0) {
    T z = sin(x) * cos(y) + tan(x) / atan2(y, x) + asin(x / 2) - acos(y / 3) + atan(x);
    z += sinh(x) + cosh(y) * tanh(x) + asinh(x) - acosh(1 + y) + atanh(x / 2);
    z *= exp(-x) + exp2(y) + expm1(x) + log(y) + log2(y) + log10(y) + log1p(x);
    z -= pow(y, x) + pow(y, 3) + pow(2.0, x) + sqrt(y) + cbrt(x) + hypot(x, y) + fma(x, y, x);
    z += erf(x) + erfc(y) + fabs(x) + abs(-y) + fmax(x, y) + fmin(x, 0.1) + fdim(y, x) + fmod(y, 0.7) + floor(y) + ceil(x) + round(x) + trunc(y);
    return z + max(x, y) * min(x, y) + max(x, T(0.25)) + clamp(x, T(0), T(1));
  }
}

}  // namespace plain

namespace {

namespace tl = tapeless;

constexpr auto black_scholes = [](auto s, auto k, auto v, auto t) { return plain::black_scholes(s, k, v, t); };
constexpr auto polynomial = [](auto x) { return plain::polynomial(x); };
constexpr auto of_all_kinds = [](auto x, auto y) { return plain::of_all_kinds(x, y); };
constexpr auto payoff = [](auto s, auto k) { return plain::payoff(s, k); };

}  // namespace

TEST_CASE("plain functions: values are those of the function on doubles") {
  CHECK(tl::jit(black_scholes)(100.0, 95.0, 0.2, 1.5) == doctest::Approx(plain::black_scholes(100.0, 95.0, 0.2, 1.5)).epsilon(1e-14));
  CHECK(tl::jit(polynomial)(1.3) == doctest::Approx(plain::polynomial(1.3)).epsilon(1e-15));
  for (const double x : {0.3, 0.9, 0.01})
    for (const double y : {0.4, 1.7, 2.9}) CHECK(tl::jit(of_all_kinds)(x, y) == doctest::Approx(plain::of_all_kinds(x, y)).epsilon(1e-14));
  CHECK(tl::jit(payoff)(3.0, 2.0) == 1);
  CHECK(tl::jit(payoff)(2.0, 3.0) == 0);
}
TEST_CASE("plain functions: derivatives, of samples too") {
  const double h = 1e-6;
  for (const double x : {0.3, 0.9, 0.01}) {
    const auto [dx, dy] = tl::grad(of_all_kinds)(x, 1.7);
    CHECK(dx == doctest::Approx((plain::of_all_kinds(x + h, 1.7) - plain::of_all_kinds(x - h, 1.7)) / (2 * h)).epsilon(1e-7));
    CHECK(dy == doctest::Approx((plain::of_all_kinds(x, 1.7 + h) - plain::of_all_kinds(x, 1.7 - h)) / (2 * h)).epsilon(1e-7));
  }
  const std::vector<double> s{90, 100, 110}, k{100, 100, 100}, v{0.2, 0.3, 0.1}, t{1, 0.5, 2};
  const auto [delta, by_k, vega, by_t] = tl::vmap(tl::grad(black_scholes))(s, k, v, t);
  for (std::size_t i = 0; i < 3; ++i) {
    const double d1 = std::log(s[i] / k[i]) / (v[i] * std::sqrt(t[i])) + v[i] * std::sqrt(t[i]) / 2;
    CHECK(delta[i] == doctest::Approx(plain::normal(d1)).epsilon(1e-13));
    CHECK(vega[i] == doctest::Approx(s[i] * std::exp(-d1 * d1 / 2) / std::sqrt(2 * 3.14159265358979323846) * std::sqrt(t[i])).epsilon(1e-12));
  }
  CHECK(tl::grad(polynomial)(2.0) == 1 + 2 + 4 + 8);
  CHECK(std::get<0>(tl::grad(payoff)(3.0, 2.0)) == 1);
}
TEST_CASE("plain functions: in constant expressions") {
  static_assert(tl::grad([](auto x) { return plain::polynomial(x); })(2.0) == 15.0);
  static_assert(tl::hessian([](auto x) { return plain::polynomial(x); })(2.0) == 1.0 + 2.0 * 2.0 + 3.0 * 4.0);
  static_assert(std::get<0>(tl::grad([](auto s, auto k) { return plain::payoff(s, k); })(3.0, 2.0)) == 1.0);
}
TEST_CASE("plain functions: composed functions at their limits") {
  const double inf = HUGE_VAL, nan = std::nan("");
  CHECK(tl::jit([](auto x, auto y) { return tl::hypot(x, y); })(3e200, 4e200) == doctest::Approx(5e200));
  CHECK(tl::jit([](auto x, auto y) { return tl::hypot(x, y); })(0.0, 0.0) == 0);
  CHECK(tl::jit([](auto x, auto y) { return tl::hypot(x, y); })(-inf, inf) == inf);
  CHECK(std::get<0>(tl::grad([](auto x, auto y) { return tl::hypot(x, y); })(0.0, 0.0)) == 0);
  CHECK(tl::jit([](auto x, auto y) { return tl::fmax(x, y); })(nan, 1.0) == 1);
  CHECK(tl::jit([](auto x, auto y) { return tl::fmin(x, y); })(1.0, nan) == 1);
  for (const double x : {-30.0, -0.7, -1e-9, 0.0, 1e-9, 0.5, 1e10, 1e200}) {
    CHECK(tl::jit([](auto t) { return tl::asinh(t); })(x) == doctest::Approx(std::asinh(x)).epsilon(1e-15));
    CHECK(tl::grad([](auto t) { return tl::asinh(t); })(x) == doctest::Approx(1 / std::hypot(1, x)).epsilon(1e-14));
  }
  for (const double x : {-1 + 1e-10, -0.5, 1e-9, 0.5, 1 - 1e-10}) CHECK(tl::jit([](auto t) { return tl::atanh(t); })(x) == doctest::Approx(std::atanh(x)).epsilon(1e-15));
  for (const double x : {1.0, 1 + 1e-10, 2.0, 1e200}) CHECK(tl::jit([](auto t) { return tl::acosh(t); })(x) == doctest::Approx(std::acosh(x)).epsilon(1e-15));
  for (const double x : {-27.0, 1e-300, 1e300, 0.3}) CHECK(tl::jit([](auto t) { return tl::cbrt(t); })(x) == doctest::Approx(std::cbrt(x)).epsilon(4e-16));
  for (const double x : {-inf, inf, 0.0}) CHECK(tl::jit([](auto t) { return tl::cbrt(t); })(x) == x);
  CHECK(tl::grad([](auto t) { return tl::cbrt(t); })(0.0) == inf);
  for (const double x : {-5.3, 5.3}) CHECK(tl::jit([](auto t) { return tl::fmod(t, 2.0); })(x) == std::fmod(x, 2.0));
}
