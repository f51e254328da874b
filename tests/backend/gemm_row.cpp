// Products with one row or one column of result: every split of a row into registers, against sums of long doubles.
#include <tapeless/backend/simd/gemm.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace tapeless::wide;

namespace {

template <class T> std::vector<T> random_numbers(std::int64_t count, std::uint64_t seed) {
  std::vector<T> x(static_cast<std::size_t>(count));
  for (auto& v : x) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    v = static_cast<T>(static_cast<double>(seed >> 40) * 0x1p-23 - 1);
  }
  return x;
}

/// The largest error of y = x . B against long double, in units of the last place of the sum of magnitudes; infinite where
/// elements behind y were touched. B has K rows of N elements at these strides; `falsify` is added to the first result.
template <class T, std::int64_t K, std::int64_t N> [[gnu::noinline]] double error_of(std::int64_t row_stride, std::int64_t column_stride, bool as_column, T falsify = 0) {
  const auto x = random_numbers<T>(K, 7 * K + N), b = random_numbers<T>((K - 1) * row_stride + (N - 1) * column_stride + 1, 3 * N + K);
  constexpr T guard = T(0.71);
  std::vector<T> y(N + 16, guard), workspace(static_cast<std::size_t>(std::max(gemm_workspace<T>(1, N, K), gemm_workspace<T>(N, 1, K)) + 1));
  if (as_column) gemm_static<T, N, 1, K>(matrix_view<const T>{b.data(), column_stride, row_stride}, matrix_view<const T>{x.data(), 1, K}, matrix_view<T>{y.data(), 1, 1}, workspace.data());
  else gemm_static<T, 1, N, K>(matrix_view<const T>{x.data(), K, 1}, matrix_view<const T>{b.data(), row_stride, column_stride}, matrix_view<T>{y.data(), N, 1}, workspace.data());
  y[0] += falsify;
  double worst = 0;
  for (std::int64_t j = 0; j < N; ++j) {
    long double sum = 0, magnitude = 0;
    for (std::int64_t p = 0; p < K; ++p) {
      const auto product = static_cast<long double>(x[static_cast<std::size_t>(p)]) * b[static_cast<std::size_t>(p * row_stride + j * column_stride)];
      sum += product, magnitude += std::abs(product);
    }
    const auto error = std::abs(y[static_cast<std::size_t>(j)] - sum) / (magnitude * std::numeric_limits<T>::epsilon());
    worst = std::max(worst, static_cast<double>(error));
  }
  for (std::size_t j = static_cast<std::size_t>(N); j < y.size(); ++j)
    if (y[j] != guard) return std::numeric_limits<double>::infinity();
  return worst;
}

/// Sums in several chains err by less than their depth.
template <class T, std::int64_t K, std::int64_t N> [[gnu::noinline]] void check() {
  constexpr double bound = 1 + 0.5 * static_cast<double>(K);
  CAPTURE(K);
  CAPTURE(N);
  for (const bool as_column : {false, true}) {
    CHECK(error_of<T, K, N>(N, 1, as_column) <= bound);
    CHECK(error_of<T, K, N>(N + 3, 1, as_column) <= bound);
    CHECK(error_of<T, K, N>(1, K, as_column) <= bound);
    CHECK(error_of<T, K, N>(1, K + 5, as_column) <= bound);
    CHECK(error_of<T, K, N>(2 * N, 2, as_column) <= bound);
  }
}
template <class T, std::int64_t K, std::int64_t... N> void check_widths(std::integer_sequence<std::int64_t, N...>) { (check<T, K, N>(), ...); }
template <class T, std::int64_t... K> void check_depths() {
  (check_widths<T, K>(std::integer_sequence<std::int64_t, 1, 3, 5, 8, 13, 37, 64, 150>{}), ...);
}

}  // namespace

TEST_CASE("a row times a matrix, floats") { check_depths<float, 1, 7, 64>(); }
TEST_CASE("a row times a matrix, doubles") { check_depths<double, 2, 21>(); }

TEST_CASE("a row times a matrix: a false result is found") {
  CHECK(error_of<float, 8, 8>(8, 1, false, 1e-3f) > 5);
  CHECK(error_of<double, 8, 8>(8, 1, true, 1e-9) > 5);
}

TEST_CASE("a row times a matrix spreads nan and infinity to their column only") {
  constexpr std::int64_t n = 21, k = 9;
  std::vector<float> x(k, 1.0f), b(k * n, 0.5f), y(n), workspace(1024);
  b[4 * n + 2] = std::numeric_limits<float>::quiet_NaN();
  b[5 * n + 20] = std::numeric_limits<float>::infinity();
  gemm_static<float, 1, n, k>(matrix_view<const float>{x.data(), k, 1}, matrix_view<const float>{b.data(), n, 1}, matrix_view<float>{y.data(), n, 1}, workspace.data());
  for (std::size_t j = 0; j < n; ++j) {
    if (j == 2) CHECK(std::isnan(y[j]));
    else if (j == 20) CHECK(y[j] == std::numeric_limits<float>::infinity());
    else CHECK(y[j] == 4.5f);
  }
}
