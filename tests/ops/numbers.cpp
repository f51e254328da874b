// A function written for expressions also runs on plain numbers.
#include <tapeless/ops/ops.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <limits>

namespace {

namespace tl = tapeless;

constexpr auto mixed = [](auto x, auto y) { return tl::where(x > 0.0, tl::sin(x) * y, tl::exp(-y) / (1.0 + x * x)); };

}  // namespace

TEST_CASE("elementwise functions of numbers") {
  CHECK(tl::sin(0.5) == std::sin(0.5));
  CHECK(tl::exp(0.5f) == std::exp(0.5f));
  CHECK(tl::pow(2.0, 0.5) == std::pow(2.0, 0.5));
  CHECK(tl::maximum(2.0, 3.0) == 3);
  CHECK(tl::clip(5.0, 0.0, 1.0) == 1);
  CHECK(tl::atan2(1.0, -1.0) == std::atan2(1.0, -1.0));
  CHECK(tl::sigmoid(0.0) == 0.5);
  CHECK(tl::relu(-1.0) == 0);
  CHECK(tl::silu(0.0) == 0);
  CHECK(tl::gelu(0.0) == 0);
  CHECK(tl::isnan(std::numeric_limits<double>::quiet_NaN()));
  CHECK(tl::cast<std::int32_t>(2.75) == 2);
}

TEST_CASE("dtypes of numbers") {
  static_assert(std::same_as<decltype(tl::sin(0.5f)), float>);
  static_assert(std::same_as<decltype(tl::sin(0.5)), double>);
  static_assert(std::same_as<decltype(tl::sqrt(4)), double>);  // a function of floating numbers
  static_assert(std::same_as<decltype(tl::abs(-4)), std::int32_t>);
  static_assert(std::same_as<decltype(tl::gelu(0.5f)), float>);
  static_assert(tl::square(3.0) == 9 && tl::minimum(2, 1) == 1 && tl::mod(-7, 3) == 2);
}

TEST_CASE("a composed function of numbers") {
  CHECK(mixed(0.5, 2.0) == std::sin(0.5) * 2);
  CHECK(mixed(-0.5, 2.0) == std::exp(-2.0) / 1.25);
}
