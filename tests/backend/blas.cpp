// tl::blas beside tl::simd and the reference.
#include <tapeless/backend/blas.hpp>
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/run/session.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <doctest/doctest.h>

namespace {

namespace tl = tapeless;
namespace wide = tapeless::wide;
using namespace tl::literals;
using std::int64_t;

template <class T> std::vector<T> some_numbers(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& x : numbers) x = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / T(std::is_integral_v<T> ? 1 : 1000);
  return numbers;
}

template <class T> bool agree(const std::vector<T>& a, const std::vector<T>& b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= tolerance)) return false;
  return true;
}

/// C = A . B by `Products`, with rows of C five apart more than they are long.
template <class Products, class T> std::vector<T> product(int64_t m, int64_t n, int64_t k, wide::matrix_view<const T> a, wide::matrix_view<const T> b) {
  std::vector<T> c(static_cast<std::size_t>(m * (n + 5)), T(7)), space(static_cast<std::size_t>(wide::gemm_workspace<T>(m, n, k)));
  int64_t told = 0;
  Products::template gemm<T>(m, n, k, a, b, {c.data(), n + 5, 1}, space.data(), [&](int64_t i0, int64_t i1, int64_t j0, int64_t j1) { told += (i1 - i0) * (j1 - j0); });
  CHECK(told == m * n);
  return c;
}

TEST_CASE_TEMPLATE("operands of every layout", T, float, double, std::int32_t) {
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 1, 1}, {1, 8, 5}, {6, 1, 9}, {5, 7, 1}, {13, 17, 19}, {4, 3, 0}}) {
    const auto a = some_numbers<T>(4 * (m + 2) * (k + 2), 1), b = some_numbers<T>(4 * (n + 2) * (k + 2), 2);
    using view = wide::matrix_view<const T>;
    for (const view& left : {view{a.data(), k, 1}, view{a.data(), k + 2, 1}, view{a.data(), 1, m + 1}, view{a.data(), 2 * k + 1, 2}, view{a.data(), 0, 1}, view{a.data(), 1, 0}})
      for (const view& right : {view{b.data(), n, 1}, view{b.data(), 1, k + 1}, view{b.data(), 2 * n + 1, 2}, view{b.data(), 0, 1}, view{b.data(), 1, 0}})
        REQUIRE(agree(product<wide::blas_products, T>(m, n, k, left, right), product<wide::own_products, T>(m, n, k, left, right), std::is_same_v<T, float> ? 1e-5 : 1e-13));
  }
}

constexpr tl::placeholder<"x", float, 6, 9> x;
constexpr tl::variable<"w", float, 9, 5> w;
constexpr tl::variable<"v", float, 5, 9> v;
constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w)), v) - x));

template <class Policy> std::vector<float> trained() {
  tl::session_type<Policy, decltype(loss), decltype(tl::optimizers::sgd(1e-3_c).minimize(loss))> session;
  std::ranges::copy(some_numbers<float>(9 * 5, 2), session[w].data());
  std::ranges::copy(some_numbers<float>(5 * 9, 3), session[v].data());
  const auto xs = some_numbers<float>(6 * 9, 4);
  std::vector<float> losses;
  for (int step = 0; step < 10; ++step) losses.push_back(std::get<0>(session.run(x = xs)));
  return losses;
}

TEST_CASE("a session that trains") {
  const auto ours = trained<tl::simd>(), theirs = trained<tl::blas>(), plain = trained<tl::reference>();
  CHECK(ours.back() < ours.front());
  CHECK(agree(theirs, ours, 1e-4));
  CHECK(agree(theirs, plain, 1e-4));
}

}  // namespace
