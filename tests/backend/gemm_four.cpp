// Rows of four times 4 x 4 matrices, against sums of long doubles.
#include <tapeless/backend/simd/gemm.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace tapeless::wide;

namespace {

/// The largest error in units of the last place of the sum of magnitudes; infinite where elements behind C were touched.
template <class T, std::int64_t M> [[gnu::noinline]] double error_of(std::int64_t a_stride, std::int64_t b_stride, T falsify = 0) {
  constexpr T guard = T(0.37);
  std::vector<T> a(static_cast<std::size_t>(M * a_stride)), b(static_cast<std::size_t>(4 * b_stride)), c(4 * M + 16, guard), workspace(256);
  std::uint64_t seed = 3 * M + 1;
  for (auto* x : {&a, &b})
    for (auto& v : *x) v = static_cast<T>(static_cast<double>((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 40) * 0x1p-23 - 1);
  gemm_static<T, M, 4, 4>(matrix_view<const T>{a.data(), a_stride, 1}, matrix_view<const T>{b.data(), b_stride, 1}, matrix_view<T>{c.data(), 4, 1}, workspace.data());
  c[4 * M - 1] += falsify;
  double worst = 0;
  for (std::int64_t i = 0; i < M; ++i)
    for (std::int64_t j = 0; j < 4; ++j) {
      long double sum = 0, magnitude = 0;
      for (std::int64_t p = 0; p < 4; ++p) {
        const auto product = static_cast<long double>(a[static_cast<std::size_t>(i * a_stride + p)]) * b[static_cast<std::size_t>(p * b_stride + j)];
        sum += product, magnitude += std::abs(product);
      }
      worst = std::max(worst, static_cast<double>(std::abs(c[static_cast<std::size_t>(4 * i + j)] - sum) / (magnitude * std::numeric_limits<T>::epsilon())));
    }
  for (std::size_t i = 4 * M; i < c.size(); ++i)
    if (c[i] != guard) return std::numeric_limits<double>::infinity();
  return worst;
}

template <class T, std::int64_t... M> void check_rows() {
  const auto check = [](auto rows) {
    constexpr std::int64_t m = decltype(rows)::value;
    CAPTURE(m);
    CHECK(error_of<T, m>(4, 4) <= 3);
    CHECK(error_of<T, m>(4, 7) <= 3);
    CHECK(error_of<T, m>(6, 4) <= 3);
  };
  (check(std::integral_constant<std::int64_t, M>{}), ...);
}

}  // namespace

TEST_CASE("rows of four times a 4 x 4 matrix") {
  check_rows<float, 2, 3, 4, 5, 7, 8, 11, 33>();
  check_rows<double, 2, 3, 4, 5, 9>();
}

TEST_CASE("rows of four: a false result is found") {
  CHECK(error_of<float, 4>(4, 4, 1e-3f) > 3);
  CHECK(error_of<double, 5>(4, 4, 1e-9) > 3);
}

TEST_CASE("sums of zeros are 0 and not -0") {
  const std::vector<float> a(16, -1.0f), b(16, 0.0f);
  std::vector<float> c(16, 1.0f), workspace(256);
  gemm_static<float, 4, 4, 4>(matrix_view<const float>{a.data(), 4, 1}, matrix_view<const float>{b.data(), 4, 1}, matrix_view<float>{c.data(), 4, 1}, workspace.data());
  for (const float x : c) CHECK((x == 0 && !std::signbit(x)));
  gemm_static<float, 1, 1, 16>(matrix_view<const float>{a.data(), 16, 1}, matrix_view<const float>{b.data(), 1, 1}, matrix_view<float>{c.data(), 1, 1}, workspace.data());
  CHECK((c[0] == 0 && !std::signbit(c[0])));
  gemm_static<float, 1, 8, 2>(matrix_view<const float>{a.data(), 2, 1}, matrix_view<const float>{b.data(), 8, 1}, matrix_view<float>{c.data(), 8, 1}, workspace.data());
  for (std::size_t i = 0; i < 8; ++i) CHECK((c[i] == 0 && !std::signbit(c[i])));
}
