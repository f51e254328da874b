#include <doctest/doctest.h>
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include <array>
#include <cmath>
#include <vector>

// Loops over a few numbers against the same loops in plain C++.

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"s", double, "n"_d> s;
constexpr tl::placeholder<"f", float, "n"_d, 3> f;
constexpr tl::placeholder<"w", float, 3> w;
constexpr tl::placeholder<"h0", float, 3> h0;
constexpr tl::placeholder<"a", double> a;
constexpr tl::placeholder<"b", double> b;
constexpr tl::placeholder<"order", std::int32_t, 2> order;

std::vector<double> sequence_of(int n) {
  std::vector<double> x;
  for (int i = 0; i < n; ++i) x.push_back(std::sin(1.7 * i));
  return x;
}

/// Carried values go round; the middle one is computed from what the first was.
constexpr auto round_about = tl::scan([](auto h, auto x) {
  const auto [p, q, r] = h;
  return std::pair(std::tuple(q, r, 0.5_c * p + x), p * x);
}, std::tuple(a, b, a * b), s);

}  // namespace

TEST_CASE_TEMPLATE("loops in registers: carried values, stacked ones, any number of steps", Backend, tl::simd, tl::reference) {
  constexpr auto last = std::get<0>(round_about.first);
  constexpr auto all = round_about.second;
  constexpr auto loss = last + tl::sum(all * all);
  auto session = tl::session<Backend>(last, std::get<1>(round_about.first), std::get<2>(round_about.first), all, tl::derivative(loss, s), tl::derivative(loss, a));
  for (const int n : {0, 1, 2, 3, 17, 200}) {
    const auto xs = sequence_of(n);
    const auto value = [&](const std::vector<double>& x, double start, std::vector<double>* stacked = nullptr) {
      double p = start, q = 0.8, r = start * 0.8, sum = 0;
      for (const double e : x) {
        if (stacked != nullptr) stacked->push_back(p * e);
        sum += p * e * p * e;
        const double next = 0.5 * p + e;
        p = q, q = r, r = next;
      }
      return std::array{p + sum, p, q, r};
    };
    std::vector<double> stacked;
    const auto expected = value(xs, 0.3, &stacked);
    const auto [p, q, r, ys, by_s, by_a] = session.run(s = xs, a = 0.3, b = 0.8);
    CHECK(p == doctest::Approx(expected[1]).epsilon(1e-14));
    CHECK(q == doctest::Approx(expected[2]).epsilon(1e-14));
    CHECK(r == doctest::Approx(expected[3]).epsilon(1e-14));
    REQUIRE(ys.size() == xs.size());
    for (std::size_t i = 0; i < xs.size(); ++i) CHECK(ys.data()[i] == doctest::Approx(stacked[i]).epsilon(1e-13));
    CHECK(by_a == doctest::Approx((value(xs, 0.3 + 1e-6)[0] - value(xs, 0.3 - 1e-6)[0]) / 2e-6).epsilon(1e-7));
    for (std::size_t i = 0; i < xs.size(); i += 5) {
      auto up = xs, down = xs;
      up[i] += 1e-6, down[i] -= 1e-6;
      CHECK(by_s.data()[i] == doctest::Approx((value(up, 0.3)[0] - value(down, 0.3)[0]) / 2e-6).epsilon(1e-7));
    }
  }
}

TEST_CASE_TEMPLATE("loops in registers: a few elements, sums over the steps", Backend, tl::simd, tl::reference) {
  constexpr auto end = tl::fold([](auto h, auto x) { return h * w + x; }, h0, f);
  constexpr auto loss = tl::sum(end);
  auto session = tl::session<Backend>(end, tl::derivative(loss, w), tl::derivative(loss, h0));
  const std::array<float, 3> ws{0.5f, -0.9f, 0.25f}, starts{1.f, 2.f, -3.f};
  for (const int n : {0, 1, 9, 64}) {
    std::vector<float> xs;
    for (int i = 0; i < 3 * n; ++i) xs.push_back(std::cos(0.9f * static_cast<float>(i)));
    const auto [h, by_w, by_h] = session.run(f = tl::array_view<const float, 2>{xs.data(), {n, 3}}, w = ws, h0 = starts);
    for (std::size_t k = 0; k < 3; ++k) {
      double value = starts[k], slope = 0, power = 1;
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) slope = slope * ws[k] + value, value = value * ws[k] + xs[3 * i + k], power *= ws[k];
      CHECK(h.data()[k] == doctest::Approx(value).epsilon(1e-5));
      CHECK(by_w.data()[k] == doctest::Approx(slope).epsilon(1e-5));
      CHECK(by_h.data()[k] == doctest::Approx(power).epsilon(1e-5));
    }
  }
}

TEST_CASE("loops in registers: which are") {
  const auto kernel_of = []<class Fetch>(Fetch) {
    using program = typename tl::session_type<tl::simd, Fetch>::program;
    constexpr int k = [] {
      for (int i = 0; i < program::kernels; ++i)
        if (program::plan.kernels[static_cast<std::size_t>(i)].kind == tl::kernel_kind::region) return i;
      return -1;
    }();
    return tl::simd_detail::region_kernel<tl::wide::own_products, program, k>::in_registers;
  };
  CHECK(kernel_of(std::get<0>(round_about.first)));
  CHECK(kernel_of(tl::fold([](auto h, auto x) { return tl::sin(h) + tl::sum(tl::concat<0>(x, x)); }, a, tl::expand_dims<1>(s))));
  CHECK(!kernel_of(tl::fold([](auto h, auto x) { return tl::sin(h) + tl::sum(tl::gather(x, order)); }, a, tl::expand_dims<1>(s))));  // a kernel of another kind
  constexpr tl::placeholder<"large", double, 40> large;
  CHECK(!kernel_of(tl::fold([](auto h, auto x) { return h * x; }, large, s)));
}
