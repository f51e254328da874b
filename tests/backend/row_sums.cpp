#include <tapeless/backend/openmp.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

// Kernels that walk row after row and add up the columns as they go, and results that are written past the caches.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

/// What centring rows, weighing columns and the gradients of both come to, in plain loops.
struct oracle {
  oracle(std::int64_t rows, std::int64_t columns, const auto& x, const auto& dy, const auto& gain)
      : gain_gradient(static_cast<std::size_t>(columns)), bias_gradient(gain_gradient), y(static_cast<std::size_t>(rows * columns)) {
    for (std::int64_t r = 0; r < rows; ++r) {
      long double mean = 0;
      for (std::int64_t c = 0; c < columns; ++c) mean += static_cast<long double>(x[at(r, c, columns)]) / static_cast<long double>(columns);
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto i = at(r, c, columns), j = static_cast<std::size_t>(c);
        const auto centred = static_cast<long double>(x[i]) - mean;
        y[i] = centred * static_cast<long double>(gain[j]);
        gain_gradient[j] += centred * static_cast<long double>(dy[i]);
        bias_gradient[j] += static_cast<long double>(dy[i]);
      }
    }
  }
  static std::size_t at(std::int64_t r, std::int64_t c, std::int64_t columns) { return static_cast<std::size_t>(r * columns + c); }
  std::vector<long double> gain_gradient, bias_gradient, y;
};

template <class Found> double distance(const Found& found, const std::vector<long double>& expected) {
  REQUIRE(static_cast<std::size_t>(found.size()) == expected.size());
  long double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) most = std::max(most, std::abs(static_cast<long double>(found.data()[i]) - expected[i]) / (1 + std::abs(expected[i])));
  return static_cast<double>(most);
}

template <class T, int Columns, class Backend = tl::simd> void check_layer(std::int64_t rows, double tolerance) {
  constexpr tl::placeholder<"x", T, "N"_d, Columns> x;
  constexpr tl::placeholder<"dy", T, "N"_d, Columns> dy;
  constexpr tl::placeholder<"gain", T, Columns> gain;
  constexpr tl::placeholder<"bias", T, Columns> bias;
  constexpr auto y = (x - tl::mean<1>(x, tl::keepdims)) * gain + bias;
  constexpr auto loss = tl::sum(y * dy);
  auto session = tl::session<Backend>(y, tl::derivative(loss, gain), tl::derivative(loss, bias));
  const auto xs = waves<T>(rows * Columns, 0.7), dys = waves<T>(rows * Columns, 0.31), gains = waves<T>(Columns, 0.9);
  const std::vector<T> zero(static_cast<std::size_t>(Columns));
  const oracle expected(rows, Columns, xs, dys, gains);
  CAPTURE(rows);
  CAPTURE(Columns);
  for (int again = 0; again < 2; ++again) {  // sums begin anew with each run
    const auto [v, dg, db] = session.run(x = xs, dy = dys, gain = gains, bias = zero);
    CHECK(distance(v, expected.y) < tolerance);
    CHECK(distance(dg, expected.gain_gradient) < tolerance);
    CHECK(distance(db, expected.bias_gradient) < tolerance);
  }
}

}  // namespace

TEST_CASE("row sums: gradients of what is broadcast over rows, for whole and partial registers and chunks") {
  for (const std::int64_t rows : {1, 2, 15, 16, 17, 33, 700, 3000}) {
    check_layer<float, 1>(rows, 2e-6 * std::sqrt(static_cast<double>(rows)));
    check_layer<float, 37>(rows, 2e-6 * std::sqrt(static_cast<double>(rows)));
    check_layer<double, 37>(rows, 1e-14 * std::sqrt(static_cast<double>(rows)));
    check_layer<float, 64, tl::simd_parallel>(rows, 2e-6 * std::sqrt(static_cast<double>(rows)));
  }
}
TEST_CASE("row sums: several axes on either side, none of which join") {
  constexpr tl::placeholder<"x", double, "B"_d, 5, 3, 4> x;
  constexpr tl::placeholder<"a", double, 5, 1, 1> a;
  constexpr tl::placeholder<"b", double, 3, 1> b;
  constexpr auto y = x * a * b;
  constexpr auto rows = tl::sum<2, 3>(tl::square(y), tl::keepdims);
  auto session = tl::session<tl::simd>(y / rows, tl::sum<0, 1>(y), tl::max<0, 1>(x));
  static_assert(decltype(session)::report.kernels == 1);
  for (const int n : {1, 3, 20}) {
    const auto xs = waves<double>(n * 60, 0.7), as = waves<double>(5, 0.4), bs = waves<double>(3, 1.1);
    const auto [q, s, m] = session.run(x = xs, a = as, b = bs);
    for (int i = 0; i < 12; ++i) {
      long double total = 0;
      double most = -2;
      for (int r = 0; r < n * 5; ++r) {
        const auto v = xs[static_cast<std::size_t>(r * 12 + i)];
        total += static_cast<long double>(v) * as[static_cast<std::size_t>(r % 5)] * bs[static_cast<std::size_t>(i / 4)];
        most = std::max(most, v);
      }
      CAPTURE(n);
      CAPTURE(i);
      CHECK(std::abs(static_cast<double>(s.data()[i] - total)) < 1e-13);
      CHECK(m.data()[i] == most);
    }
  }
}
TEST_CASE("row sums: the same bits for any number of threads") {
  constexpr tl::placeholder<"x", float, "N"_d, 300> x;
  constexpr tl::placeholder<"g", float, 300> g;
  constexpr auto p = tl::softmax(x * g);
  constexpr auto loss = tl::sum(tl::square(p));
  auto one = tl::session<tl::simd>(p, tl::derivative(loss, g), tl::sum<0>(p));
  for (const std::int64_t n : {16, 31, 999}) {
    const auto xs = waves<float>(n * 300, 0.7), gs = waves<float>(300, 0.3);
    const auto [v, dg, s] = one.run(x = xs, g = gs);
    for (const int threads : {1, 2, 3, 7}) {
      omp_set_num_threads(threads);
      auto many = tl::session<tl::simd_parallel>(p, tl::derivative(loss, g), tl::sum<0>(p));
      const auto [w, dh, t] = many.run(x = xs, g = gs);
      CAPTURE(n);
      CAPTURE(threads);
      CHECK(std::equal(v.data(), v.data() + v.size(), w.data()));
      CHECK(std::equal(dg.data(), dg.data() + dg.size(), dh.data()));
      CHECK(std::equal(s.data(), s.data() + s.size(), t.data()));
    }
  }
}
TEST_CASE("row sums: what is computed for each row before its passes, along rows, along columns and over all") {
  constexpr tl::placeholder<"x", double, "N"_d, 37> x;
  constexpr tl::placeholder<"r", double, "N"_d, 1> r;
  constexpr tl::placeholder<"c", double, 37> c;
  constexpr tl::placeholder<"s", double> s;
  constexpr auto rows = x / tl::sum<1>(tl::square(x), tl::keepdims) * tl::exp(r);
  constexpr auto columns = (x - tl::mean<0>(x, tl::keepdims)) * (tl::square(c) + 1_c);
  constexpr auto all = tl::sum(x * tl::exp(s));
  auto session = tl::session<tl::simd>(rows, columns, all);
  for (const std::int64_t n : {1, 5, 64, 2000}) {
    const auto xs = waves<double>(n * 37, 0.7), rs = waves<double>(n, 0.3), cs = waves<double>(37, 0.9);
    const auto [by_rows, by_columns, sum] = session.run(x = xs, r = rs, c = cs, s = 0.25);
    std::vector<long double> squares(static_cast<std::size_t>(n)), means(37);
    long double total = 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < 37; ++j) {
        const long double v = xs[oracle::at(i, j, 37)];
        squares[static_cast<std::size_t>(i)] += v * v;
        means[static_cast<std::size_t>(j)] += v / static_cast<long double>(n);
        total += v * std::exp(0.25L);
      }
    std::vector<long double> expected_rows, expected_columns;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < 37; ++j) {
        const long double v = xs[oracle::at(i, j, 37)], w = cs[static_cast<std::size_t>(j)];
        expected_rows.push_back(v / squares[static_cast<std::size_t>(i)] * std::exp(static_cast<long double>(rs[static_cast<std::size_t>(i)])));
        expected_columns.push_back((v - means[static_cast<std::size_t>(j)]) * (w * w + 1));
      }
    CAPTURE(n);
    CHECK(distance(by_rows, expected_rows) < 1e-14);
    CHECK(distance(by_columns, expected_columns) < 1e-14);
    CHECK(std::abs(static_cast<double>(static_cast<long double>(sum) - total)) < 1e-11);
  }
}
namespace {

/// Of results that are written past the caches where they are large: how many elements are not what they should be.
template <class Backend, auto Rows> std::int64_t wrong_elements(std::int64_t rows) {
  constexpr tl::placeholder<"x", float, Rows, 2501> x;
  constexpr tl::placeholder<"b", float, 2501> b;
  const auto xs = waves<float>(rows * 2501, 0.7), bs = waves<float>(2501, 0.3);
  auto session = tl::session<Backend>(x * b, x + b);
  const auto [y, z] = session.run(x = tl::view(xs.data(), rows, 2501), b = bs);
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) wrong += y.data()[i] != xs[i] * bs[i % 2501] || z.data()[i] != xs[i] + bs[i % 2501];
  return wrong;
}

}  // namespace

TEST_CASE("streams: results larger than the caches, with rows that begin anywhere") {
  omp_set_num_threads(3);
  CHECK(wrong_elements<tl::simd, 1500>(1500) == 0);
  CHECK(wrong_elements<tl::simd_parallel, 1500>(1500) == 0);
  CHECK(wrong_elements<tl::simd, "N"_d>(1500) == 0);
  CHECK(wrong_elements<tl::simd, "N"_d>(3) == 0);
}
