#include "support/backends.hpp"
#include "support/check.hpp"

#include <tapeless/ops/pooling.hpp>

#include <algorithm>

namespace checks {

namespace {

struct sizes {
  int n, c, h, w, oh, ow, above, left;
};

/// sum of d * pool(x)^2, by plain loops.
template <bool Max> wide loss(const sizes& s, const tl::pooling& o, const std::vector<wide>& x, const std::vector<wide>& d, std::vector<wide>* values = nullptr) {
  wide sum = 0;
  std::size_t at = 0;
  for (int plane = 0; plane < s.n * s.c; ++plane)
    for (int i = 0; i < s.oh; ++i)
      for (int j = 0; j < s.ow; ++j) {
        wide greatest = -inf, total = 0;
        int count = 0;
        for (int p = 0; p < o.window.rows; ++p)
          for (int q = 0; q < o.window.columns; ++q) {
            const int row = i * o.stride.rows + p - s.above, column = j * o.stride.columns + q - s.left;
            if (row < 0 || row >= s.h || column < 0 || column >= s.w) continue;
            const wide e = x[static_cast<std::size_t>((plane * s.h + row) * s.w + column)];
            greatest = std::max(greatest, e), total += e, ++count;
          }
        const wide y = Max ? greatest : total / count;
        if (values != nullptr) values->push_back(y);
        sum += d[at++] * y * y;
      }
  return sum;
}

/// Values, gradients, and gradients of gradients: the loss is quadratic in small steps, so that differences are exact.
template <bool Max, class T, class Backend, tl::pooling Options, sizes S> faults pooling_faults() {
  constexpr tl::placeholder<"x", T, S.n, S.c, S.h, S.w> x;
  constexpr tl::placeholder<"u", T, S.n, S.c, S.h, S.w> u;
  constexpr tl::placeholder<"d", T, S.n, S.c, S.oh, S.ow> d;
  constexpr auto y = [] {
    if constexpr (Max) return tl::max_pool2d<Options>(tl::placeholder<"x", T, S.n, S.c, S.h, S.w>{});
    else return tl::average_pool2d<Options>(tl::placeholder<"x", T, S.n, S.c, S.h, S.w>{});
  }();
  constexpr auto value = tl::sum(y * y * d);
  constexpr auto slope = tl::sum(tl::derivative(value, x) * u);

  const auto n = static_cast<std::size_t>(tl::element_count(x.shape));
  std::vector<T> xs(n);
  for (std::size_t i = 0; i < n; ++i) xs[i] = static_cast<T>((i * 37 + 11) % 257) / 128 - 1;  // all different: 257 is a prime
  const auto us = points<T>(-1, 1, n, 4), ds = points<T>(-1, 1, static_cast<std::size_t>(tl::element_count(d.shape)), 3);
  auto session = tl::session<typename Backend::policy>(y, tl::derivative(value, x), tl::derivative(slope, x), tl::derivative(slope, d));
  const auto out = session.run(x = xs, u = us, d = ds);

  constexpr wide step = 0x1p-10L;
  std::vector<wide> at(xs.begin(), xs.end()), weights(ds.begin(), ds.end()), values;
  loss<Max>(S, Options, at, weights, &values);
  const auto first = [&] { return loss<Max>(S, Options, at, weights); };
  const auto second = [&] {
    const auto moved = [&](wide h) {
      auto m = at;
      for (std::size_t i = 0; i < n; ++i) m[i] += h * us[i];
      return loss<Max>(S, Options, m, weights);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  };
  const auto gradient = [&](std::vector<wide>& by, auto f) {
    std::vector<wide> g(by.size());
    for (std::size_t i = 0; i < g.size(); ++i) {
      const wide e = by[i];
      by[i] = e + step;
      const wide up = f();
      by[i] = e - step;
      g[i] = (up - f()) / (2 * step);
      by[i] = e;
    }
    return g;
  };
  faults found;
  const auto compare = [&](const char* what, const auto& got, const std::vector<wide>& expected) {
    const auto e = detail::numbers_of(got);
    if (e.size() != expected.size()) return found.add(what, " has ", e.size(), " elements, expected ", expected.size());
    for (std::size_t i = 0; i < e.size(); ++i)
      if (!(distance(e[i], expected[i], 1) <= (sizeof(T) == 4 ? 1e-5 : 1e-11))) found.add(what, " [", i, "] is ", e[i], ", expected ", static_cast<double>(expected[i]));
  };
  compare("value", std::get<0>(out), values);
  compare("gradient", std::get<1>(out), gradient(at, first));
  compare("second gradient", std::get<2>(out), gradient(at, second));
  compare("second gradient by weights", std::get<3>(out), gradient(weights, second));
  return found;
}
template <bool Max, tl::pooling Options, sizes S> void check_pooling() {
  expect(pooling_faults<Max, double, simd, Options, S>());
  expect(pooling_faults<Max, double, reference, Options, S>());
  expect(pooling_faults<Max, float, simd, Options, S>());
}

constexpr sizes halves{.n = 1, .c = 2, .h = 5, .w = 9, .oh = 2, .ow = 4, .above = 0, .left = 0};
constexpr tl::pooling overlapping{.window = {3, 2}, .stride = {1, 3}, .padding = {1, 2, 1, 0}};
constexpr sizes with_edges{.n = 2, .c = 1, .h = 4, .w = 17, .oh = 5, .ow = 6, .above = 1, .left = 1};
constexpr tl::pooling same{.window = 3, .stride = 2, .padding = tl::padding::same};
constexpr sizes halves_rounded_up{.n = 1, .c = 1, .h = 5, .w = 6, .oh = 3, .ow = 3, .above = 1, .left = 0};

template <class T> std::vector<double> list(const T& t) { return {t.begin(), t.end()}; }

}  // namespace

TEST_CASE("max_pool") {
  check_pooling<true, tl::pooling{2}, halves>();
  check_pooling<true, overlapping, with_edges>();
  check_pooling<true, same, halves_rounded_up>();
}
TEST_CASE("average_pool") {
  check_pooling<false, tl::pooling{2}, halves>();
  check_pooling<false, overlapping, with_edges>();
  check_pooling<false, same, halves_rounded_up>();
}
TEST_CASE("the checker finds a wrong expectation") {
  constexpr sizes wrong{.n = 1, .c = 1, .h = 5, .w = 6, .oh = 3, .ow = 3, .above = 1, .left = 1};
  CHECK_FALSE(pooling_faults<true, double, simd, same, wrong>().none());
}

}  // namespace checks
