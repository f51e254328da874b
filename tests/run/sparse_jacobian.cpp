#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

// Sparse Jacobians against dense ones and closed forms; patterns and numbers of products.

namespace {

namespace tl = tapeless;

/// u''= f: the discrete Laplacian with a reaction, 0 at both ends.
constexpr auto stencil = [](auto u) {
  const auto wide = tl::pad<0, 1, 1>(u);
  return tl::slice<0, 0, -2>(wide) - 2.0 * u + tl::slice<0, 2, tl::end>(wide) + tl::exp(u);
};
constexpr auto on_grid = [](auto u) {
  const auto wide = tl::pad<1, 1, 1>(tl::pad<0, 1, 1>(u));
  const auto inner = [](auto v) { return tl::slice<1, 1, -1>(v); };
  return tl::slice<0, 0, -2>(inner(wide)) + tl::slice<0, 2, tl::end>(inner(wide)) + tl::slice<0, 1, -1>(tl::slice<1, 0, -2>(wide)) + tl::slice<0, 1, -1>(tl::slice<1, 2, tl::end>(wide)) - 4.0 * u + u * u * u;
};
template <std::size_t N> std::array<double, N> waves() {
  std::array<double, N> x{};
  for (std::size_t i = 0; i < N; ++i) x[i] = std::sin(static_cast<double>(i) + 1);
  return x;
}

template <class Sparse, class Dense> void check_equal(const Sparse& s, const Dense& d, std::size_t places_that_cancel = 0) {
  double most = 0;
  std::size_t places = 0;
  for (std::size_t i = 0; i < Sparse::rows; ++i)
    for (std::size_t j = 0; j < Sparse::columns; ++j) {
      const double dense = d.data()[i * Sparse::columns + j];
      most = std::max(most, std::abs(s(i, j) - dense));
      places += dense != 0;
    }
  CHECK(most < 1e-15);
  CHECK(places + places_that_cancel == Sparse::nonzeros);
}

}  // namespace

TEST_CASE("sparse_jacobian: three products for a tridiagonal matrix, however large") {
  auto j = tl::sparse_jacobian(stencil);
  const auto x = waves<7>();
  const auto small = j(x);
  using matrix = decltype(small);
  static_assert(matrix::products == 3 && matrix::nonzeros == 3 * 7 - 2 && matrix::rows == 7);
  static_assert(matrix::row_starts[1] == 2 && matrix::column_indices[2] == 0 && matrix::column_indices[3] == 1);
  check_equal(small, tl::jacobian(stencil)(x));
  const auto y = waves<200>();
  const auto large = j(y);
  static_assert(decltype(large)::products == 3 && decltype(large)::nonzeros == 3 * 200 - 2);
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(large(i, i) == doctest::Approx(std::exp(y[i]) - 2).epsilon(1e-14));
    if (i > 0) CHECK(large(i, i - 1) == 1);
  }
}
TEST_CASE("sparse_jacobian: elementwise functions take one product") {
  auto j = tl::sparse_jacobian([](auto x) { return tl::tanh(x) * 2.0; });
  const auto d = j(waves<5>());
  static_assert(decltype(d)::products == 1 && decltype(d)::nonzeros == 5);
  CHECK(d.values[2] == doctest::Approx(2 * (1 - std::pow(std::tanh(waves<5>()[2]), 2))));
}
TEST_CASE("sparse_jacobian: a stencil on a grid, a Hessian, sums of rows, and what is dense") {
  double u[4][5];
  for (int i = 0; i < 20; ++i) u[i / 5][i % 5] = std::sin(i + 0.5);
  auto grid = tl::sparse_jacobian(on_grid);
  const auto g = grid(u);
  static_assert(decltype(g)::nonzeros == 20 + 2 * (3 * 5 + 4 * 4) && decltype(g)::products <= 7);
  check_equal(g, tl::jacobian(on_grid)(u));

  // sum((x_{i+1} - x_i^2)^2): its Hessian is tridiagonal
  constexpr auto chain = [](auto x) { return tl::sum(tl::square(tl::slice<0, 1, tl::end>(x) - tl::square(tl::slice<0, 0, -1>(x)))); };
  const auto x = waves<9>();
  auto hessian = tl::sparse_jacobian(tl::grad(chain));
  const auto h = hessian(x);
  static_assert(decltype(h)::products == 3 && decltype(h)::nonzeros == 3 * 9 - 2);
  check_equal(h, tl::hessian(chain)(x));

  constexpr auto rows = [](auto v) { return tl::sum<1>(v * v); };
  const auto r = tl::sparse_jacobian(rows)(u);
  static_assert(decltype(r)::products == 5 && decltype(r)::nonzeros == 20);
  check_equal(r, tl::jacobian(rows)(u));

  constexpr auto mixed = [](auto v) { return tl::softmax(v); };
  const auto m = tl::sparse_jacobian(mixed)(x);
  static_assert(decltype(m)::products == 9 && decltype(m)::nonzeros == 81);
  check_equal(m, tl::jacobian(mixed)(x));

  constexpr auto moved = [](auto v) { return tl::concat<1>(tl::transpose(v), tl::matmul(tl::transpose(v) * 0.5 + 1.0, tl::broadcast_to<4, 2>(tl::take<0, 0>(tl::take<0, 0>(v))) * 0.0 + 1.0)); };
  check_equal(tl::sparse_jacobian(moved)(u), tl::jacobian(moved)(u), 8);  // the factor 0 is no structure
}
TEST_CASE("sparse_jacobian: other arguments are constants") {
  const auto j = tl::sparse_jacobian([](auto x, auto k) { return tl::flip<0>(x) * k; })(waves<4>(), 3.0);
  static_assert(decltype(j)::products == 1);
  CHECK(j(0, 3) == 3);
  CHECK(j(0, 0) == 0);
}
