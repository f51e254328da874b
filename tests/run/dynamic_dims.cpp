// One plan, many bindings: numbers against plain loops, for sizes around those of registers.
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr std::int64_t sizes[]{0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 1000, 5, 0, 1};

template <class T> std::vector<T> ramp(std::int64_t n) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(static_cast<int>(i * 7 % 13) - 6);
  return v;
}

}  // namespace

TEST_CASE_TEMPLATE("dynamic dims: elementwise, sums by rows and by columns", T, float, double) {
  constexpr tl::placeholder<"x", T, "N"_d, 3> x;
  constexpr tl::placeholder<"y", T, "N"_d> y;
  auto session = tl::session<tl::simd>(x * 2_c + tl::reshape<"N"_d, 1>(y), tl::sum(x), tl::sum<0>(x), tl::sum<1>(x * x), tl::mean(y), tl::max(y));
  for (const auto n : sizes) {
    CAPTURE(n);
    const auto xs = ramp<T>(3 * n), ys = ramp<T>(n);
    const auto [z, total, columns, rows, mean, greatest] = session.run(x = xs, y = ys);
    REQUIRE(z.shape() == std::array<std::int64_t, 2>{n, 3});
    REQUIRE(columns.shape()[0] == 3);
    REQUIRE(rows.shape()[0] == n);
    T sum = 0, of_y = 0, most = -std::numeric_limits<T>::infinity(), by_column[3]{};
    for (std::int64_t i = 0; i < n; ++i) {
      T by_row = 0;
      for (std::int64_t j = 0; j < 3; ++j) {
        const T e = xs[static_cast<std::size_t>(3 * i + j)];
        REQUIRE(z(i, j) == e * 2 + ys[static_cast<std::size_t>(i)]);
        sum += e, by_column[j] += e, by_row += e * e;
      }
      REQUIRE(rows[i] == by_row);
      of_y += ys[static_cast<std::size_t>(i)], most = std::max(most, ys[static_cast<std::size_t>(i)]);
    }
    CHECK(total == sum);
    for (int j = 0; j < 3; ++j) CHECK(columns[j] == by_column[j]);
    CHECK(greatest == most);
    if (n == 0) CHECK(std::isnan(mean));
    else CHECK(static_cast<double>(mean) == doctest::Approx(static_cast<double>(of_y) / static_cast<double>(n)));
  }
}

TEST_CASE("dynamic dims: two of them, in a product and its gradient") {
  constexpr tl::placeholder<"x", double, "N"_d, "K"_d> x;
  constexpr tl::placeholder<"w", double, "K"_d, 5> w;
  constexpr auto y = tl::matmul(x, w);
  auto session = tl::session<tl::simd>(y, tl::derivative(tl::sum(y * y) * 0.5_c, w));
  for (const std::int64_t n : {0, 1, 6, 17, 40})
    for (const std::int64_t k : {0, 1, 3, 16, 33}) {
      CAPTURE(n);
      CAPTURE(k);
      const auto xs = ramp<double>(n * k), ws = ramp<double>(k * 5);
      const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
      const auto [product, gradient] = session.run(x = tl::view(xs.data(), n, k), w = tl::view(ws.data(), k, 5));
      REQUIRE(product.shape() == std::array<std::int64_t, 2>{n, 5});
      REQUIRE(gradient.shape() == std::array<std::int64_t, 2>{k, 5});
      for (std::int64_t j = 0; j < 5; ++j) {
        for (std::int64_t i = 0; i < n; ++i) {
          double sum = 0;
          for (std::int64_t l = 0; l < k; ++l) sum += xs[at(i * k + l)] * ws[at(l * 5 + j)];
          REQUIRE(product(i, j) == sum);
        }
        for (std::int64_t l = 0; l < k; ++l) {
          double sum = 0;
          for (std::int64_t i = 0; i < n; ++i) sum += xs[at(i * k + l)] * product(i, j);
          REQUIRE(gradient(l, j) == sum);
        }
      }
    }
}

TEST_CASE("dynamic dims: sums and multiples of a dim") {
  constexpr tl::placeholder<"x", float, "N"_d> x;
  auto session = tl::session<tl::simd>(tl::concat<0>(x, x, tl::broadcast_to<2>(tl::cast<float>(9_c))) * 1_c, tl::slice<0, 0, -1>(tl::pad<0, 1, 0>(x)) - x);
  for (const auto n : sizes) {
    const auto xs = ramp<float>(n);
    const auto [joined, step] = session.run(x = xs);
    REQUIRE(joined.size() == 2 * n + 2);
    REQUIRE(step.size() == n);
    CHECK(joined[2 * n + 1] == 9);
    for (std::int64_t i = 0; i < n; ++i) {
      REQUIRE(joined[n + i] == xs[static_cast<std::size_t>(i)]);
      REQUIRE(step[i] == (i == 0 ? 0 : xs[static_cast<std::size_t>(i - 1)]) - xs[static_cast<std::size_t>(i)]);
    }
  }
}

TEST_CASE("dynamic dims: four in one tensor") {
  constexpr tl::placeholder<"x", float, "A"_d, "B"_d, "C"_d, "D"_d> x;
  auto session = tl::session<tl::simd>(tl::sum<1, 3>(x * 2_c));
  const auto xs = ramp<float>(2 * 3 * 4 * 5);
  const auto [y] = session.run(x = tl::view(xs.data(), 2, 3, 4, 5));
  for (int a = 0; a < 2; ++a)
    for (int c = 0; c < 4; ++c) {
      float sum = 0;
      for (int b = 0; b < 3; ++b)
        for (int d = 0; d < 5; ++d) sum += 2 * xs[static_cast<std::size_t>(((a * 3 + b) * 4 + c) * 5 + d)];
      CHECK(y(a, c) == sum);
    }
}
