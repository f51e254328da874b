#include <tapeless/backend/openmp.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

// A vector times a matrix of few long rows, what is made of it, and that times the same matrix: the matrix is read once.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

template <class A, class B> bool same_bits(const A& a, const B& b) { return std::equal(a.data(), a.data() + a.size(), b.data()); }

/// s times the sum of (y - w X)^2 with its gradients: by w, by s, and with `Turned` of X given by columns.
template <class T, int Rows, int Columns, bool Turned = false> struct regression {
  static constexpr tl::placeholder<"x", T, Rows, Columns> x{};
  static constexpr tl::placeholder<"y", T, Columns> y{};
  static constexpr tl::placeholder<"w", T, Rows> w{};
  static constexpr tl::placeholder<"s", T> s{};
  static constexpr auto product() {
    if constexpr (Turned) return tl::matmul(tl::transpose(x), w);
    else return tl::matmul(w, x);
  }
  static constexpr auto r = y - product();
  static constexpr auto f = tl::sum(tl::square(r)) * tl::square(s);

  std::vector<T> xs = waves<T>(Rows * Columns, 0.7), ys = waves<T>(Columns, 0.31), ws = waves<T>(Rows, 0.9);
  static constexpr T scale = T(0.75);
  template <class Session> auto run(Session& session) const { return session.run(x = xs, y = ys, w = ws, s = scale); }

  void check(double tolerance) const {
    auto session = tl::session<tl::simd>(f, tl::derivative(f, w), tl::derivative(f, s), r);
    static_assert(decltype(session)::program::plan.kernels[1].across_count == 2, "the squares and the second product");
    auto alone = tl::session<tl::simd>(f, r);
    CAPTURE(Rows);
    CAPTURE(Columns);
    std::vector<long double> residuals(Columns), by_w(Rows);
    long double squares = 0, size = 0;
    for (std::size_t i = 0; i < Columns; ++i) {
      residuals[i] = ys[i];
      for (std::size_t j = 0; j < Rows; ++j) residuals[i] -= static_cast<long double>(ws[j]) * static_cast<long double>(xs[j * Columns + i]);
      squares += residuals[i] * residuals[i];
      for (std::size_t j = 0; j < Rows; ++j) by_w[j] -= 2 * static_cast<long double>(scale * scale) * residuals[i] * static_cast<long double>(xs[j * Columns + i]);
    }
    for (int again = 0; again < 2; ++again) {  // sums begin anew with each run
      const auto [value, dw, ds, left] = run(session);
      CHECK(std::abs(value / static_cast<long double>(scale * scale) / squares - 1) < tolerance);
      CHECK(std::abs(ds / static_cast<long double>(2 * scale) / squares - 1) < tolerance);
      for (const auto v : by_w) size = std::max(size, std::abs(v));
      for (std::size_t j = 0; j < Rows; ++j) CHECK(std::abs(static_cast<long double>(dw.data()[j]) - by_w[j]) < tolerance * size);
      for (std::size_t i = 0; i < Columns; ++i) CHECK(std::abs(static_cast<long double>(left.data()[i]) - residuals[i]) < tolerance * Rows);
      const auto [value_alone, left_alone] = run(alone);
      CHECK(value == value_alone);
      CHECK(same_bits(left, left_alone));
    }
  }
};

}  // namespace

TEST_CASE("low matrices: whole and partial registers, one chunk of columns and several") {
  regression<double, 4, 512>().check(1e-13);
  regression<double, 17, 1003>().check(1e-13);
  regression<double, 128, 4099>().check(1e-12);
  regression<float, 10, 6007>().check(2e-5);
  regression<double, 10, 1000, true>().check(1e-13);
}
TEST_CASE("low matrices: the same bits for any number of threads") {
  const regression<float, 24, 9001> problem;
  constexpr auto f = problem.f;
  auto one = tl::session<tl::simd>(f, tl::derivative(f, problem.w), problem.r);
  const auto [value, dw, r] = problem.run(one);
  for (const int threads : {1, 2, 3, 7}) {
    omp_set_num_threads(threads);
    auto many = tl::session<tl::simd_parallel>(f, tl::derivative(f, problem.w), problem.r);
    const auto [v, dv, s] = problem.run(many);
    CAPTURE(threads);
    CHECK(v == value);
    CHECK(same_bits(dv, dw));
    CHECK(same_bits(s, r));
  }
}
TEST_CASE("low matrices: a second product whose vector needs all of the first is one of its own") {
  constexpr tl::placeholder<"x", double, 6, 700> x;
  constexpr tl::placeholder<"w", double, 6> w;
  constexpr auto p = tl::softmax(tl::matmul(w, x));
  auto session = tl::session<tl::simd>(tl::matmul(x, p), tl::sum<1>(x));
  const auto xs = waves<double>(6 * 700, 0.7), ws = waves<double>(6, 0.9);
  const auto [mean, sums] = session.run(x = xs, w = ws);
  std::vector<long double> weight(700), expected(6);
  long double all = 0;
  for (std::size_t i = 0; i < 700; ++i) {
    long double score = 0;
    for (std::size_t j = 0; j < 6; ++j) score += static_cast<long double>(ws[j]) * xs[j * 700 + i];
    all += weight[i] = std::exp(score);
  }
  for (std::size_t j = 0; j < 6; ++j) {
    long double sum = 0;
    for (std::size_t i = 0; i < 700; ++i) expected[j] += weight[i] / all * xs[j * 700 + i], sum += xs[j * 700 + i];
    CHECK(std::abs(static_cast<double>(mean.data()[j] - expected[j])) < 1e-13);
    CHECK(std::abs(static_cast<double>(sums.data()[j] - sum)) < 1e-11);
  }
}
