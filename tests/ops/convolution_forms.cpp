#include "support/backends.hpp"
#include "support/check.hpp"

#include <tapeless/ops/convolution.hpp>

namespace checks {

namespace {
template <class T> std::vector<double> list(const T& t) { return {t.begin(), t.end()}; }
}  // namespace

TEST_CASE_TEMPLATE("rows", B, simd, reference) {
  constexpr tl::placeholder<"x", double, 1, 2, 5> x;
  constexpr tl::placeholder<"w", double, 1, 2, 2> w;
  constexpr auto y = tl::conv1d(x, w);
  constexpr auto padded = tl::conv1d<tl::convolution{.stride = 2, .padding = 1, .dilation = 2}>(x, w);
  static_assert(y.shape == tl::shape(1, 1, 4) && padded.shape == tl::shape(1, 1, 3));
  auto session = tl::session<typename B::policy>(y, padded, tl::derivative(tl::sum(padded), w));
  const auto [a, b, dw] = session.run(x = std::array{1., 2., 3., 4., 5., 10., 20., 30., 40., 50.}, w = std::array{1., -1., 0., 2.});
  CHECK(list(a) == std::vector<double>{39, 59, 79, 99});
  CHECK(list(b) == std::vector<double>{38, 78, 4});
  CHECK(list(dw) == std::vector<double>{6, 6, 60, 60});
}

TEST_CASE("the number of images may be named only") {
  constexpr tl::placeholder<"x", float, "N"_d, 3, 6, 20> x;
  constexpr tl::placeholder<"w", float, 5, 3, 3, 3> w;
  constexpr auto y = tl::conv2d<tl::convolution{.padding = 1}>(x, w);
  static_assert(y.shape == tl::shape("N"_d, 5, 6, 20));
  both_backends sessions(y, tl::derivative(tl::sum(y * y), x), tl::derivative(tl::sum(y * y), w));
  const auto ws = points<float>(-1, 1, 5 * 27, 1);
  for (std::size_t n : {1u, 4u, 0u, 2u}) {
    const auto xs = points<float>(-1, 1, n * 360, 2);
    expect(sessions.compare(1e-5, x = xs, w = ws));
  }
}

TEST_CASE("views are read as they are") {
  constexpr tl::placeholder<"x", double, 2, 9, 7, 3> x;  // channels last
  constexpr tl::placeholder<"w", double, 3, 2, 3, 4> w;
  constexpr auto y = tl::conv2d(tl::transpose<0, 3, 1, 2>(x), tl::flip<2>(tl::transpose<3, 0, 1, 2>(w)));
  static_assert(y.shape == tl::shape(2, 4, 8, 5));
  both_backends sessions(y, tl::derivative(tl::sum(y * y), x), tl::derivative(tl::sum(y * y), w));
  expect(sessions.compare(1e-13, x = points<double>(-1, 1, 378, 1), w = points<double>(-1, 1, 72, 2)));
}

TEST_CASE("in a traced function") {
  constexpr tl::placeholder<"x", float, 1, 1, 3, 3> x;
  constexpr tl::placeholder<"w", float, 1, 1, 2, 2> w;
  constexpr auto f = [](auto a, auto b) { return tl::conv2d<tl::convolution{.stride = 2, .padding = tl::padding::same}>(a, b); };
  constexpr auto y = tl::invoke(f, x, w);
  static_assert(y.shape == tl::shape(1, 1, 2, 2));
  auto session = tl::session<tl::simd>(y);
  const auto [r] = session.run(x = std::array{1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f, 9.f}, w = std::array{1.f, 10.f, 100.f, 1000.f});
  CHECK(list(r) == std::vector<double>{5421, 603, 87, 9});
}

TEST_CASE("options are printed") {
  constexpr tl::attributes a{.a = tl::window_axis{2, 1, 0, 1}.packed(), .b = tl::window_axis{1, 0, 0, 3}.packed(), .c = 2};
  tl::text t;
  tl::conv2d_op::print(t, a);
  CHECK(t.view() == " rows(stride=2 padding=1+0) columns(stride=1 dilation=3) groups=2");
}

}  // namespace checks
