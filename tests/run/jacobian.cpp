#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

// Jacobians, Hessians, their diagonals and third derivatives: against closed forms, and forward against reverse mode.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

template <class T> std::vector<double> elements(const T& t) { return {t.begin(), t.end()}; }

double apart(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("jacobian: of (x1 + x2 x3, 2 x3)") {
  constexpr auto f = [](auto x) {
    const auto x1 = tl::take<0, 0>(x), x2 = tl::take<0, 1>(x), x3 = tl::take<0, 2>(x);
    return tl::stack<0>(x1 + x2 * x3, 2.0 * x3);
  };
  const std::array<double, 3> x{1.5, -2, 4};
  const std::vector<double> expected{1, 4, -2, 0, 0, 2};
  CHECK(elements(tl::jacobian(f)(x)) == expected);
  CHECK(elements(tl::jacobian<tl::sweep::forward>(f)(x)) == expected);
  CHECK(elements(tl::jacobian<tl::sweep::reverse>(f)(x)) == expected);
  constexpr tl::placeholder<"x", double, 3> leaf;
  CHECK(elements(tl::evaluate(tl::jacobian(tl::invoke(f, leaf), leaf), leaf = x)) == expected);
  // The same by numbers.
  constexpr auto of_numbers = [](auto x1, auto x2, auto x3) { return std::tuple(x1 + x2 * x3, 2.0 * x3 + 0.0 * (x1 + x2)); };
  constexpr auto rows = tl::jacobian(of_numbers)(1.5, -2.0, 4.0);
  static_assert(std::get<0>(rows) == std::tuple(1.0, 4.0, -2.0));
  static_assert(std::get<1>(rows) == std::tuple(0.0, 0.0, 2.0));
}
TEST_CASE("jacobian: of the sigmoid it is diagonal, of softmax full") {
  constexpr tl::placeholder<"x", double, 4> x;
  const std::vector<double> xs{0.3, -1, 2, 0.7};
  auto session = tl::session<tl::simd>(tl::jacobian(tl::sigmoid(x), x), tl::jacobian(tl::softmax(x), x), tl::softmax(x), tl::jacobian<tl::sweep::reverse>(tl::softmax(x), x));
  const auto [ds, dp, p, dp_by_rows] = session.run(x = xs);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      const double s = 1 / (1 + std::exp(-xs[i]));
      CHECK(ds(i, j) == doctest::Approx(i == j ? s * (1 - s) : 0).epsilon(1e-14));
      CHECK(dp(i, j) == doctest::Approx(p[i] * ((i == j ? 1 : 0) - p[j])).epsilon(1e-14));
    }
  CHECK(apart(elements(dp), elements(dp_by_rows)) < 1e-16);
}
TEST_CASE("jacobian: of matrices by matrices, in both modes") {
  constexpr tl::placeholder<"x", double, 2, 3> x;
  constexpr tl::placeholder<"w", double, 3, 2> w;
  constexpr auto y = tl::tanh(tl::matmul(x, w));
  std::vector<double> xs(6), ws(6);
  for (std::size_t i = 0; i < 6; ++i) xs[i] = std::sin(static_cast<double>(i)), ws[i] = std::cos(static_cast<double>(2 * i));
  auto session = tl::session<tl::simd>(y, tl::jacobian<tl::sweep::forward>(y, x), tl::jacobian<tl::sweep::reverse>(y, x), tl::jacobian(y, w));
  const auto [v, forward, reverse, by_w] = session.run(x = xs, w = ws);
  CHECK(apart(elements(forward), elements(reverse)) < 1e-15);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      for (std::size_t k = 0; k < 2; ++k)
        for (std::size_t l = 0; l < 3; ++l) {
          const double slope = 1 - v(i, j) * v(i, j);
          CHECK(forward(i, j, k, l) == doctest::Approx(i == k ? slope * ws[2 * l + j] : 0).epsilon(1e-13));
          CHECK(by_w(i, j, l, k) == doctest::Approx(j == k ? slope * xs[3 * i + l] : 0).epsilon(1e-13));
        }
}
TEST_CASE("hessian: blocks by several arguments, mirrored below the diagonal") {
  // f = sum(x x) sum(y^3): Hxx = 2 sum(y^3) I, Hxy = 2 x 3 y^2, Hyy = 6 sum(x x) diag(y)
  constexpr auto f = [](auto x, auto y) { return tl::sum(x * x) * tl::sum(y * y * y); };
  const std::array<double, 2> x{1, 2};
  const std::array<double, 3> y{1, -1, 2};
  auto h = tl::hessian(f);
  const auto [row_x, row_y] = h(x, y);
  const auto& [xx, xy] = row_x;
  const auto& [yx, yy] = row_y;
  CHECK(elements(xx) == std::vector<double>{16, 0, 0, 16});
  CHECK(elements(xy) == std::vector<double>{6, 6, 24, 12, 12, 48});
  CHECK(elements(yx) == std::vector<double>{6, 12, 6, 12, 24, 48});
  CHECK(elements(yy) == std::vector<double>{30, 0, 0, 0, -30, 0, 0, 0, 60});
  constexpr tl::placeholder<"x", double, 2> px;
  constexpr tl::placeholder<"y", double, 3> py;
  constexpr auto blocks = tl::hessian(tl::invoke(f, px, py), px, py);
  auto session = tl::session<tl::simd>(std::get<1>(std::get<0>(blocks)), std::get<0>(std::get<1>(blocks)), tl::hessian(tl::invoke(f, px, py), py));
  const auto [upper, lower, corner] = session.run(px = x, py = y);
  CHECK(elements(upper) == elements(xy));
  CHECK(elements(lower) == elements(yx));
  CHECK(elements(corner) == elements(yy));
  CHECK(elements(tl::hessian<1>(f)(x, y)) == elements(yy));
}
TEST_CASE("hessian: of numbers in constant expressions, and third derivatives") {
  constexpr auto f = [](auto x, auto y) { return x * x * x * y + x * y * y; };
  constexpr auto h = tl::hessian(f)(2.0, 3.0);
  static_assert(h == std::tuple(std::tuple(36.0, 18.0), std::tuple(18.0, 4.0)));
  constexpr auto t = tl::jacobian(tl::hessian(f))(2.0, 3.0);
  static_assert(std::get<0>(t) == std::tuple(std::tuple(18.0, 12.0), std::tuple(12.0, 2.0)));
  static_assert(std::get<1>(t) == std::tuple(std::tuple(12.0, 2.0), std::tuple(2.0, 0.0)));
  static_assert(tl::hessian([](auto x) { return x * x * x; })(2.0) == 12.0);
  static_assert(tl::jacobian(tl::hessian([](auto x) { return x * x * x; }))(2.0) == 6.0);
}
TEST_CASE("hessian: third derivatives of tensors, the same in whatever order") {
  // f = sum(x^2 y), so that d3f/dx_i dx_i dy_i = 2
  constexpr auto f = [](auto x, auto y) { return tl::sum(x * x * y); };
  const std::array<double, 2> x{1, 2}, y{3, 4};
  auto third = tl::jacobian(tl::hessian(f));
  const auto t = third(x, y);
  const std::vector<double> twos{2, 0, 0, 0, 0, 0, 0, 2};
  CHECK(elements(std::get<1>(std::get<0>(std::get<0>(t)))) == twos);
  CHECK(elements(std::get<0>(std::get<1>(std::get<0>(t)))) == twos);
  CHECK(elements(std::get<0>(std::get<0>(std::get<1>(t)))) == twos);
  CHECK(elements(std::get<0>(std::get<0>(std::get<0>(t)))) == std::vector<double>(8, 0.0));
}
TEST_CASE("hessian_diagonal: one product where elements do not mix, else all") {
  constexpr tl::placeholder<"x", double, 3> x;
  const std::vector<double> xs{0.5, -1, 2};
  constexpr auto apart = tl::sum(tl::exp(x) * x);
  constexpr auto mixed = tl::square(tl::sum(x * x));
  using program = tl::program<decltype(tl::hessian_diagonal(apart, x))>;
  CHECK(tl::to_string(program::graph).find("iota") == std::string::npos);
  using whole = tl::program<decltype(tl::hessian_diagonal(mixed, x))>;
  CHECK(tl::to_string(whole::graph).find("iota") != std::string::npos);
  auto session = tl::session<tl::simd>(tl::hessian_diagonal(apart, x), tl::hessian_diagonal(mixed, x));
  const auto [a, m] = session.run(x = xs);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(a[i] == doctest::Approx(std::exp(xs[i]) * (2 + xs[i])).epsilon(1e-14));
    CHECK(m[i] == doctest::Approx(8 * xs[i] * xs[i] + 4 * 5.25).epsilon(1e-14));
  }
  CHECK(elements(tl::hessian_diagonal([](auto v) { return tl::square(tl::sum(v * v)); })(xs))[2] == doctest::Approx(m[2]));
}
TEST_CASE("jacobian: with dynamic extents, of samples, inside functions") {
  const std::vector<double> xs{1, 2, 3};
  CHECK(elements(tl::jacobian([](auto x) { return x * x; })(xs)) == std::vector<double>{2, 0, 0, 0, 4, 0, 0, 0, 6});
  constexpr auto trace = [](auto x) { return tl::sum(tl::jacobian([](auto v) { return v * tl::sum(v); })(x)); };
  CHECK(tl::jit(trace)(xs) == 18 + 18);
  const double rows[2][2]{{1, 2}, {3, 4}};
  constexpr auto pairs = [](auto v) { return tl::stack<0>(tl::prod(v), tl::sum(v * v)); };
  CHECK(elements(tl::vmap(tl::jacobian(pairs))(rows)) == std::vector<double>{2, 1, 2, 4, 4, 3, 6, 8});
  CHECK(elements(tl::vmap(tl::hessian([](auto v) { return tl::sum(v * v * v); }))(rows)) == std::vector<double>{6, 0, 0, 12, 18, 0, 0, 24});
  CHECK(elements(tl::grad([](auto v) { return tl::sum(tl::hessian([](auto w) { return tl::sum(w * w * w); })(v)); })(xs)) == std::vector<double>{6, 6, 6});
}
TEST_CASE("jacobian: numbers that a function draws are the same for all columns") {
  constexpr tl::placeholder<"x", double, 2> x;
  constexpr auto noisy = [](auto v) { return v * tl::random_normal_like<"noise">(v); };
  auto session = tl::session<tl::simd>(tl::jacobian(tl::invoke(noisy, x), x), tl::random_normal<"noise", double, 2>());
  session.initialize(1);
  const auto [j, noise] = session.run(x = std::vector<double>{1, 1});
  CHECK(elements(j) == std::vector<double>{noise[0], 0, 0, noise[1]});
}
