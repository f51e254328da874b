#include "support/backends.hpp"
#include "support/check.hpp"

#include <tapeless/ops/pooling.hpp>

namespace checks {

namespace {
template <class T> std::vector<double> list(const T& t) { return {t.begin(), t.end()}; }
}  // namespace

TEST_CASE_TEMPLATE("the first of equal elements gets the gradient, NaN is greatest, padding never is", B, simd, reference) {
  constexpr tl::placeholder<"x", float, 1, 1, 2, 6> x;
  constexpr auto y = tl::max_pool2d(x);
  constexpr auto padded = tl::max_pool2d<tl::pooling{.window = 3, .stride = 5, .padding = 2}>(x);
  static_assert(y.shape == tl::shape(1, 1, 1, 3) && padded.shape == tl::shape(1, 1, 1, 2));
  auto session = tl::session<typename B::policy>(y, tl::derivative(tl::sum(y), x), padded);
  constexpr auto lowest = -std::numeric_limits<float>::infinity();
  const auto [r, dx, p] = session.run(x = std::array{3.f, 3.f, float(nan), 5.f, lowest, lowest, 1.f, 3.f, 7.f, float(nan), lowest, lowest});
  CHECK(r(0, 0, 0, 0) == 3);
  CHECK(is_nan(r(0, 0, 0, 1)));
  CHECK(r(0, 0, 0, 2) == lowest);
  CHECK(list(dx) == std::vector<double>{1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  CHECK(p(0, 0, 0, 0) == 3);
}

TEST_CASE_TEMPLATE("rows, and images of which only the number of rows and columns is known", B, simd, reference) {
  constexpr tl::placeholder<"x", double, 1, 2, 4> x;
  constexpr auto greatest = tl::max_pool1d<tl::pooling{.window = 3, .stride = 1}>(x);
  constexpr auto means = tl::average_pool1d<tl::pooling{.window = 2, .padding = 1}>(x);
  static_assert(greatest.shape == tl::shape(1, 2, 2) && means.shape == tl::shape(1, 2, 3));
  constexpr tl::placeholder<"z", double, "N"_d, "C"_d, 2, 2> z;
  auto session = tl::session<typename B::policy>(greatest, means, tl::average_pool2d(z), tl::derivative(tl::sum(tl::max_pool2d(z)), z));
  const std::array zs{1., 2., 3., 4., 8., 6., 4., 2.};
  const auto [a, b, c, dz] = session.run(x = std::array{1., 4., 2., 3., 9., 5., 7., 8.}, z = tl::view(zs.data(), 1, 2, 2, 2));
  CHECK(list(a) == std::vector<double>{4, 4, 9, 8});
  CHECK(list(b) == std::vector<double>{1, 3, 3, 9, 6, 8});
  CHECK(list(c) == std::vector<double>{2.5, 5});
  CHECK(list(dz) == std::vector<double>{0, 0, 0, 1, 1, 0, 0, 0});
}

}  // namespace checks
