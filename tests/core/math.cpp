#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tapeless/core/math.hpp>

using namespace tapeless;

namespace {

template <class T> constexpr T infinite = std::numeric_limits<T>::infinity();
template <class T> constexpr T missing = std::numeric_limits<T>::quiet_NaN();
template <class T> constexpr T smallest = std::numeric_limits<T>::denorm_min();
constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();

constexpr bool negative_zero(double x) { return x == 0 && std::bit_cast<std::uint64_t>(x) >> 63 == 1; }
constexpr bool positive_zero(double x) { return x == 0 && !negative_zero(x); }

}  // namespace

// What needs arithmetic only is a constant expression on every compiler.
static_assert(math::abs(-2.5) == 2.5 && positive_zero(math::abs(-0.0)) && math::isnan(math::abs(missing<double>)));
static_assert(math::abs(-3) == 3 && math::abs(lowest) == lowest);
static_assert(math::sign(-3.0) == -1 && math::sign(7) == 1 && negative_zero(math::sign(-0.0)));
static_assert(math::isnan(math::sign(missing<float>)));
static_assert(math::min(1, 2) == 1 && math::max(1, 2) == 2 && math::max(-1.0, -2.0) == -1);
static_assert(math::isnan(math::min(missing<float>, 1.f)) && math::isnan(math::min(1.f, missing<float>)));
static_assert(math::isnan(math::max(missing<double>, 1.0)) && math::isnan(math::max(1.0, missing<double>)));
static_assert(positive_zero(math::max(-0.0, 0.0)) && negative_zero(math::max(0.0, -0.0)));
static_assert(math::floor(-0.5) == -1 && math::floor(2.0) == 2 && negative_zero(math::floor(-0.0)));
static_assert(math::ceil(0.5) == 1 && negative_zero(math::ceil(-0.5)) && math::ceil(-2.0f) == -2);
static_assert(math::trunc(-2.7) == -2 && negative_zero(math::trunc(-0.7)) && math::trunc(1e300) == 1e300);
static_assert(math::round(0.5) == 0 && math::round(1.5) == 2 && math::round(2.5) == 2 && math::round(-2.5f) == -2);
static_assert(math::round(0.49999999999999994) == 0 && negative_zero(math::round(-0.5)) && math::round(-3.5) == -4);
static_assert(math::round(infinite<double>) == infinite<double> && math::isnan(math::floor(missing<double>)));
static_assert(math::floor(7) == 7 && math::round(-7) == -7);
static_assert(math::mod(7, 3) == 1 && math::mod(-7, 3) == 2 && math::mod(7, -3) == -2 && math::mod(-7, -3) == -1);
static_assert(math::mod(6, -3) == 0 && math::mod(5, 0) == 0 && math::mod(lowest, -1) == 0);
static_assert(math::mod(7.5, 2.0) == 1.5 && math::mod(-7.5, 2.0) == 0.5 && math::mod(7.5, -2.0) == -0.5);
static_assert(positive_zero(math::mod(-6.0, 3.0)) && negative_zero(math::mod(6.0, -3.0)));
static_assert(math::isnan(math::mod(1.0, 0.0)) && math::isnan(math::mod(infinite<double>, 1.0)));
static_assert(math::mod(5.0, infinite<double>) == 5 && math::mod(-5.0, infinite<double>) == infinite<double>);
static_assert(math::mod(1e300, 7.0) < 7 && math::mod(3 * smallest<double>, 2 * smallest<double>) == smallest<double>);
static_assert(math::add(lowest, -1) == std::numeric_limits<std::int32_t>::max() && math::negate(lowest) == lowest);
static_assert(math::multiply(lowest, -1) == lowest && math::subtract(0, lowest) == lowest);
static_assert(math::divide(-7, 2) == -3 && math::divide(1, 0) == 0 && math::divide(lowest, -1) == lowest);
static_assert(math::pow(3, 4) == 81 && math::pow(2, -1) == 0 && math::pow(-1, -3) == -1 && math::pow(0, 0) == 1);
static_assert(math::pow(2, 40) == 0 && math::pow(std::int64_t{2}, std::int64_t{40}) == std::int64_t{1} << 40);
static_assert(math::select(true, 1, 2) == 1 && math::select(false, 1.0, missing<double>) != 1.0);
static_assert(math::cast<int>(-2.9) == -2 && math::cast<std::int32_t>(3e9) == lowest);
static_assert(math::cast<std::int32_t>(missing<float>) == lowest && math::cast<std::int32_t>(-2147483648.0) == lowest);
static_assert(math::cast<bool>(-0.0) == false && math::cast<bool>(2) && math::cast<float>(true) == 1);
static_assert(math::isfinite(1.0) && !math::isfinite(-infinite<double>) && math::isinf(-infinite<float>) &&
              !math::isnan(1.0));
static_assert(math::logical_xor(true, false) && !math::logical_and(true, false) && math::logical_or(false, true));

#if defined(__GNUC__) && !defined(__clang__)  // the compiler that folds <cmath>
static_assert(math::exp(0.0) == 1 && math::sqrt(9.0f) == 3 && math::sigmoid(0.0) == 0.5 &&
              math::pow(2.0, 10.0) == 1024);
#endif

TEST_CASE_TEMPLATE("math: floor, ceil, round, trunc and mod agree with their constant forms", T, float, double) {
  constexpr T values[] = {T(-3.5), T(-2.5), T(-1), T(-0.3), T(0), T(0.5), T(1.5), T(2.75), T(1e15)};
  constexpr int count = 9;
  constexpr auto table = [] {
    struct {
      T results[count][5];
    } t{};
    for (int i = 0; i < count; ++i) {
      const T x = values[i];
      const T all[] = {math::floor(x), math::ceil(x), math::round(x), math::trunc(x), math::mod(x, T(0.7))};
      for (int k = 0; k < 5; ++k) t.results[i][k] = all[k];
    }
    return t;
  }();
  for (int i = 0; i < count; ++i) {
    volatile T hidden = values[i];
    const T x = hidden;
    CHECK(math::floor(x) == table.results[i][0]);
    CHECK(math::ceil(x) == table.results[i][1]);
    CHECK(math::round(x) == table.results[i][2]);
    CHECK(math::trunc(x) == table.results[i][3]);
    CHECK(math::mod(x, T(0.7)) == table.results[i][4]);
  }
}

TEST_CASE_TEMPLATE("math: limits", T, float, double) {
  CHECK(math::exp(-infinite<T>) == 0);
  CHECK(math::exp(infinite<T>) == infinite<T>);
  CHECK(math::expm1(T(-0.0)) == 0);
  CHECK(std::signbit(math::expm1(T(-0.0))));
  CHECK(math::log(T{0}) == -infinite<T>);
  CHECK(std::isnan(math::log(T{-1})));
  CHECK(math::log1p(T{-1}) == -infinite<T>);
  CHECK(math::rsqrt(T{0}) == infinite<T>);
  CHECK(math::rsqrt(T(-0.0)) == -infinite<T>);
  CHECK(math::reciprocal(T(-0.0)) == -infinite<T>);
  CHECK(math::pow(T{0}, T{0}) == 1);
  CHECK(math::pow(missing<T>, T{0}) == 1);
  CHECK(std::isnan(math::pow(T{-1}, T(0.5))));
  CHECK(std::isnan(math::sin(infinite<T>)));
  CHECK(math::tanh(-infinite<T>) == -1);
  CHECK(math::erf(infinite<T>) == 1);
  CHECK(math::erfc(-infinite<T>) == 2);
}

TEST_CASE_TEMPLATE("math: sigmoid and softplus", T, float, double) {
  CHECK(math::sigmoid(T{0}) == T(0.5));
  CHECK(math::sigmoid(-infinite<T>) == 0);
  CHECK(math::sigmoid(infinite<T>) == 1);
  CHECK(math::sigmoid(T(-1e20)) == 0);
  CHECK(std::isnan(math::sigmoid(missing<T>)));
  CHECK(math::softplus(T{0}) == doctest::Approx(0.69314718056));
  CHECK(math::softplus(T{89}) == 89);
  CHECK(math::softplus(-infinite<T>) == 0);
  CHECK(math::softplus(infinite<T>) == infinite<T>);
  CHECK(math::softplus(T(-50)) == math::exp(T(-50)));
  CHECK(std::isnan(math::softplus(missing<T>)));
}

TEST_CASE("math: sigmoid reaches the subnormal numbers") {
  CHECK(math::sigmoid(-100.0f) == std::exp(-100.0f));
  CHECK(math::sigmoid(-100.0f) > 0);
  CHECK(math::sigmoid(-740.0) > 0);
}
