#include "support/backends.hpp"
#include "support/check.hpp"

#include <tapeless/ops/convolution.hpp>

namespace checks {

namespace {

/// A convolution by sums over all indices; what `above` and `left` are under padding::same is for the test to know.
struct sizes {
  int n, c, h, w, o, kh, kw, oh, ow, above, left;
};
struct tensors {
  std::vector<wide> x, w, d;
};

template <class Visit> void each_product(const sizes& s, const tl::convolution& o, Visit visit) {
  const int channels = s.c / o.groups, kernels = s.o / o.groups;
  for (int n = 0; n < s.n; ++n)
    for (int k = 0; k < s.o; ++k)
      for (int i = 0; i < s.oh; ++i)
        for (int j = 0; j < s.ow; ++j)
          for (int c = 0; c < channels; ++c)
            for (int p = 0; p < s.kh; ++p)
              for (int q = 0; q < s.kw; ++q) {
                const int row = i * o.stride.rows + p * o.dilation.rows - s.above, column = j * o.stride.columns + q * o.dilation.columns - s.left;
                if (row < 0 || row >= s.h || column < 0 || column >= s.w) continue;
                visit(((n * s.c + k / kernels * channels + c) * s.h + row) * s.w + column, ((k * channels + c) * s.kh + p) * s.kw + q, ((n * s.o + k) * s.oh + i) * s.ow + j);
              }
}
wide loss(const sizes& s, const tl::convolution& o, const tensors& t) {
  wide sum = 0;
  each_product(s, o, [&](int x, int w, int y) { sum += t.x[static_cast<std::size_t>(x)] * t.w[static_cast<std::size_t>(w)] * t.d[static_cast<std::size_t>(y)]; });
  return sum;
}
/// The derivative of the loss along (u, v): the loss is linear in each tensor, so that differences are exact.
wide along(const sizes& s, const tl::convolution& o, const tensors& t, const std::vector<wide>& u, const std::vector<wide>& v) {
  const auto moved = [&](wide h) {
    auto m = t;
    for (std::size_t i = 0; i < u.size(); ++i) m.x[i] += h * u[i];
    for (std::size_t i = 0; i < v.size(); ++i) m.w[i] += h * v[i];
    return loss(s, o, m);
  };
  return (moved(1) - moved(-1)) / 2;
}

template <class T> void compare(faults& found, const char* what, const T& got, const std::vector<wide>& expected, double tolerance) {
  const auto e = detail::numbers_of(got);
  if (e.size() != expected.size()) return found.add(what, " has ", e.size(), " elements, expected ", expected.size());
  wide scale = 0;
  for (wide x : expected) scale = std::max(scale, std::abs(x));
  for (std::size_t i = 0; i < e.size(); ++i)
    if (!(distance(e[i], expected[i], scale) <= tolerance)) found.add(what, " [", i, "] is ", e[i], ", expected ", static_cast<double>(expected[i]));
}

/// Values, gradients, and gradients of gradients against differences of the loss above.
template <class T, class Backend, tl::convolution Options, sizes S> faults convolution_faults() {
  constexpr tl::placeholder<"x", T, S.n, S.c, S.h, S.w> x;
  constexpr tl::placeholder<"w", T, S.o, S.c / Options.groups, S.kh, S.kw> w;
  constexpr tl::placeholder<"d", T, S.n, S.o, S.oh, S.ow> d;
  constexpr tl::placeholder<"u", T, S.n, S.c, S.h, S.w> u;
  constexpr tl::placeholder<"v", T, S.o, S.c / Options.groups, S.kh, S.kw> v;
  constexpr auto y = tl::conv2d<Options>(x, w);
  constexpr auto value = tl::sum(y * d);
  constexpr auto slope = tl::sum(tl::derivative(value, x) * u) + tl::sum(tl::derivative(value, w) * v);

  const auto size = [](auto leaf) { return static_cast<std::size_t>(tl::element_count(leaf.shape)); };
  const auto xs = points<T>(-1, 1, size(x), 1), ws = points<T>(-1, 1, size(w), 2), ds = points<T>(-1, 1, size(d), 3), us = points<T>(-1, 1, size(u), 4), vs = points<T>(-1, 1, size(v), 5);
  auto session = tl::session<typename Backend::policy>(y, tl::derivative(value, x), tl::derivative(value, w), tl::derivative(slope, x), tl::derivative(slope, w), tl::derivative(slope, d));
  const auto out = session.run(x = xs, w = ws, d = ds, u = us, v = vs);

  const tensors at{{xs.begin(), xs.end()}, {ws.begin(), ws.end()}, {ds.begin(), ds.end()}};
  const std::vector<wide> du(us.begin(), us.end()), dv(vs.begin(), vs.end());
  const auto gradient = [&](auto member, auto f) {
    std::vector<wide> g((at.*member).size());
    auto t = at;
    for (std::size_t i = 0; i < g.size(); ++i) {
      const wide e = (at.*member)[i];
      (t.*member)[i] = e + 1;
      const wide up = f(t);
      (t.*member)[i] = e - 1;
      g[i] = (up - f(t)) / 2;
      (t.*member)[i] = e;
    }
    return g;
  };
  const auto first = [](const tensors& t) { return loss(S, Options, t); };
  const auto second = [&](const tensors& t) { return along(S, Options, t, du, dv); };
  const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-13;
  faults found;
  compare(found, "value", std::get<0>(out), gradient(&tensors::d, first), tolerance);
  compare(found, "gradient by images", std::get<1>(out), gradient(&tensors::x, first), tolerance);
  compare(found, "gradient by kernels", std::get<2>(out), gradient(&tensors::w, first), tolerance);
  compare(found, "second gradient by images", std::get<3>(out), gradient(&tensors::x, second), tolerance);
  compare(found, "second gradient by kernels", std::get<4>(out), gradient(&tensors::w, second), tolerance);
  compare(found, "second gradient by results", std::get<5>(out), gradient(&tensors::d, second), tolerance);
  return found;
}
template <tl::convolution Options, sizes S> void check_convolution() {
  expect(convolution_faults<double, simd, Options, S>());
  expect(convolution_faults<double, reference, Options, S>());
  expect(convolution_faults<float, simd, Options, S>());
}

}  // namespace

TEST_CASE("kernels move over images") {
  check_convolution<tl::convolution{}, sizes{.n = 2, .c = 2, .h = 5, .w = 7, .o = 3, .kh = 2, .kw = 3, .oh = 4, .ow = 5, .above = 0, .left = 0}>();
}
TEST_CASE("strides, dilation, and padding of other extents on each side") {
  check_convolution<tl::convolution{.stride = {2, 3}, .padding = {2, 1, 0, 3}, .dilation = {2, 1}},
                    sizes{.n = 1, .c = 2, .h = 6, .w = 9, .o = 2, .kh = 3, .kw = 2, .oh = 3, .ow = 4, .above = 2, .left = 0}>();
}
TEST_CASE("groups and padding that keeps the extents") {
  check_convolution<tl::convolution{.padding = tl::padding::same, .groups = 2}, sizes{.n = 1, .c = 4, .h = 4, .w = 5, .o = 6, .kh = 4, .kw = 3, .oh = 4, .ow = 5, .above = 1, .left = 1}>();
}
TEST_CASE("padding::same with strides") {
  check_convolution<tl::convolution{.stride = 2, .padding = tl::padding::same}, sizes{.n = 1, .c = 1, .h = 6, .w = 7, .o = 1, .kh = 3, .kw = 3, .oh = 3, .ow = 4, .above = 0, .left = 1}>();
}
TEST_CASE("the checker finds a wrong expectation") {
  constexpr sizes wrong{.n = 1, .c = 1, .h = 6, .w = 7, .o = 1, .kh = 3, .kw = 3, .oh = 3, .ow = 4, .above = 1, .left = 1};
  CHECK_FALSE(convolution_faults<double, reference, tl::convolution{.stride = 2, .padding = tl::padding::same}, wrong>().none());
}

}  // namespace checks
