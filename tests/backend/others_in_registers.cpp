#include <tapeless/backend/simd/others_in_registers.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

/// Products of the others in more digits, each multiplied out.
template <class T> std::vector<T> others(const std::vector<T>& x, std::size_t begin, std::size_t end) {
  std::vector<T> all;
  for (auto i = begin; i < end; ++i) {
    long double product = 1;
    for (auto j = begin; j < end; ++j)
      if (j != i) product *= static_cast<long double>(x[j]);
    all.push_back(static_cast<T>(product));
  }
  return all;
}
template <class T> bool agree(T found, T expected, std::size_t factors) {
  if (std::isnan(expected)) return std::isnan(found);
  if (std::isinf(expected) || expected == 0) return found == expected;
  return std::abs(found - expected) <= std::abs(expected) * std::numeric_limits<T>::epsilon() * static_cast<T>(factors);
}
/// Odd so that no product is the same backwards; within [1/2, 2] so that none overflows.
template <class T> std::vector<T> numbers(std::size_t n) {
  std::vector<T> x;
  for (std::size_t i = 0; i < n; ++i) x.push_back(static_cast<T>((i % 3 == 1 ? -1 : 1) * (0.5 + static_cast<double>((i * 7 + 3) % 11) / 8)));
  return x;
}

template <class T, int N> void check_row() {
  constexpr auto n = static_cast<std::size_t>(N);
  const auto check = [](const std::vector<T>& x) {
    std::vector<T> found(n + 1, T(-77));
    tl::wide::others_in_registers<N>::row(found.data(), x.data());
    const auto expected = others(x, 0, n);
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(N);
      CAPTURE(i);
      CAPTURE(found[i]);
      CAPTURE(expected[i]);
      CHECK(agree(found[i], expected[i], n));
    }
    CHECK(found[n] == T(-77));  // nothing behind the row
  };
  auto x = numbers<T>(n);
  check(x);
  for (std::size_t i = 0; i < n; i += n / 3 + 1) {
    auto special = x;
    special[i] = 0;
    check(special);
    special[(i + n / 2) % n] = 0;
    check(special);
    special[i] = std::numeric_limits<T>::infinity();
    check(special);
    special[i] = std::numeric_limits<T>::quiet_NaN();
    check(special);
  }
}
template <class T, int... N> void check_rows(std::integer_sequence<int, N...>) { (check_row<T, N + 1>(), ...); }

}  // namespace

TEST_CASE("products of the others of a row, of each extent") {
  check_rows<double>(std::make_integer_sequence<int, 33>{});
  check_rows<float>(std::make_integer_sequence<int, 33>{});
}

TEST_CASE("the comparison finds a product too much and a product too few") {
  const auto x = numbers<double>(9);
  const auto expected = others(x, 0, 9);
  CHECK(agree(expected[4], expected[4], 9));
  CHECK_FALSE(agree(expected[4] * x[4], expected[4], 9));
  CHECK_FALSE(agree(expected[4] / x[5], expected[4], 9));
  CHECK_FALSE(agree(-expected[4], expected[4], 9));
}

TEST_CASE("gradients of products of rows, of a part of a tensor, and of more rows than are written out") {
  constexpr tl::placeholder<"x", double, 3, 5> x;
  const auto data = numbers<double>(15);
  {
    constexpr auto y = tl::sum(tl::prod<1>(x));
    auto session = tl::session<tl::simd>(y, tl::derivative(y, x));
    const auto [value, dx] = session.run(x = data);
    for (std::size_t row = 0; row < 3; ++row) {
      const auto expected = others(data, 5 * row, 5 * row + 5);
      for (std::size_t i = 0; i < 5; ++i) CHECK(agree(dx(row, i), expected[i], 5));
    }
    auto alone = tl::session<tl::simd>(y);
    CHECK(std::get<0>(alone.run(x = data)) == value);
  }
  {
    constexpr auto y = tl::prod(tl::take<0, 1>(x));
    auto session = tl::session<tl::simd>(y, tl::derivative(y, x));
    const auto [value, dx] = session.run(x = data);
    const auto expected = others(data, 5, 10);
    for (std::size_t i = 0; i < 5; ++i) CHECK((dx(0, i) == 0 && agree(dx(1, i), expected[i], 5) && dx(2, i) == 0));
  }
  {
    constexpr tl::placeholder<"rows", float, 9, 6> rows;
    const auto many = numbers<float>(54);
    constexpr auto y = tl::sum(tl::prod<1>(rows));
    auto session = tl::session<tl::simd>(y, tl::derivative(y, rows));
    const auto [value, dx] = session.run(rows = many);
    for (std::size_t row = 0; row < 9; ++row) {
      const auto expected = others(many, 6 * row, 6 * row + 6);
      for (std::size_t i = 0; i < 6; ++i) CHECK(agree(dx(row, i), expected[i], 6));
    }
  }
}
