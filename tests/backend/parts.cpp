#include <tapeless/backend/openmp.hpp>
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <vector>

// Parts of what is joined or padded are computed where they will stand: the values are those of separate tensors.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

std::size_t at(int row, int column, int columns) { return static_cast<std::size_t>(row * columns + column); }

template <class Backend, auto Rows> void check_joined(std::initializer_list<int> row_counts) {
  constexpr tl::placeholder<"x", float, Rows, 40> x;
  constexpr tl::placeholder<"w", float, 40, 64> w;
  constexpr auto product = tl::matmul(x, w);
  constexpr auto both = tl::concat<1>(tl::square(x), product, x);  // in place, in place, copied
  auto session = tl::session<Backend>(both, tl::sum<1>(both), tl::sum(product));
  const auto ws = waves<float>(40 * 64, 0.9);
  for (const int n : row_counts) {
    const auto xs = waves<float>(n * 40, 0.3);
    const auto [j, sums, total] = session.run(x = tl::view(xs.data(), n, 40), w = ws);
    double all = 0;
    for (int r = 0; r < n; ++r) {
      double sum = 0;
      for (int c = 0; c < 144; ++c) {
        double expected = 0;
        if (c < 40) expected = static_cast<double>(xs[at(r, c, 40)]) * static_cast<double>(xs[at(r, c, 40)]);
        else if (c >= 104) expected = static_cast<double>(xs[at(r, c - 104, 40)]);
        else
          for (int k = 0; k < 40; ++k) expected += static_cast<double>(xs[at(r, k, 40)]) * static_cast<double>(ws[at(k, c - 40, 64)]);
        CAPTURE(r);
        CAPTURE(c);
        CHECK(std::abs(static_cast<double>(j.data()[at(r, c, 144)]) - expected) < 1e-5);
        sum += expected;
        if (c >= 40 && c < 104) all += expected;
      }
      CHECK(std::abs(static_cast<double>(sums.data()[r]) - sum) < 1e-4);
    }
    CHECK(std::abs(static_cast<double>(total) - all) < 1e-3);
  }
}

}  // namespace

TEST_CASE("parts: joined along columns, with a product among them") {
  check_joined<tl::reference, "N"_d>({1, 3, 50});
  check_joined<tl::simd, "N"_d>({1, 3, 50});
  check_joined<tl::simd, 5>({5});
  check_joined<tl::simd, 96>({96});
  omp_set_num_threads(3);
  check_joined<tl::simd_parallel, "N"_d>({1, 3, 50});
  check_joined<tl::simd_parallel, 96>({96});
}
TEST_CASE("parts: stacked, padded and joined again, and the part is read alone as well") {
  constexpr tl::placeholder<"x", double, 6, 7> x;
  constexpr auto a = x * 2_c;
  constexpr auto b = x + 1_c;
  constexpr auto whole = tl::concat<0>(tl::stack<0>(a, b), tl::expand_dims<0>(x - a));
  constexpr auto padded = tl::pad<0, 1, 2>(tl::exp(x), 5_c);
  auto session = tl::session<tl::simd>(whole, padded, tl::sum<0>(a), tl::matmul(tl::transpose(a), b));
  const auto xs = waves<double>(42, 0.7);
  const auto [w, p, s, m] = session.run(x = xs);
  for (int i = 0; i < 42; ++i) {
    const auto v = xs[static_cast<std::size_t>(i)];
    CHECK(w.data()[i] == v * 2);
    CHECK(w.data()[42 + i] == v + 1);
    CHECK(w.data()[84 + i] == v - v * 2);
    CHECK(std::abs(p.data()[7 + i] - std::exp(v)) < 1e-15 * std::exp(v));
  }
  for (int c = 0; c < 7; ++c) {
    CHECK(p.data()[c] == 5);
    CHECK(p.data()[49 + c] == 5);
    CHECK(p.data()[56 + c] == 5);
    double sum = 0;
    for (int r = 0; r < 6; ++r) sum += 2 * xs[at(r, c, 7)];
    CHECK(std::abs(s.data()[c] - sum) < 1e-14);
    for (int d = 0; d < 7; ++d) {
      double product = 0;
      for (int r = 0; r < 6; ++r) product += 2 * xs[at(r, c, 7)] * (xs[at(r, d, 7)] + 1);
      CHECK(std::abs(m.data()[at(c, d, 7)] - product) < 1e-13);
    }
  }
}
TEST_CASE("parts: variables joined and assigned") {
  constexpr tl::variable<"v", float, 64> v;
  constexpr tl::placeholder<"x", float, 32> x;
  auto session = tl::session<tl::simd>(tl::assign(v, tl::concat<0>(tl::slice<0, 32, tl::end>(v) + x, x * 2_c)));
  session.initialize(0);
  const auto xs = waves<float>(32, 0.7);
  session.run(x = xs);
  session.run(x = xs);
  for (std::size_t i = 0; i < 32; ++i) {
    CHECK(session[v].data()[i] == xs[i] * 2 + xs[i]);
    CHECK(session[v].data()[32 + i] == xs[i] * 2);
  }
}
