#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

struct moments {
  double mean = 0, deviation = 0, least = 0, greatest = 0;
};
template <class T> moments moments_of(const T& t) {
  moments m{0, 0, *t.begin(), *t.begin()};
  for (double e : t) m.mean += e, m.least = std::min(m.least, e), m.greatest = std::max(m.greatest, e);
  const auto n = static_cast<double>(t.size());
  m.mean /= n;
  for (double e : t) m.deviation += (e - m.mean) * (e - m.mean);
  m.deviation = std::sqrt(m.deviation / n);
  return m;
}
/// Of 200 x 100 elements the mean is off by less than 5 standard errors, the deviation by less than 3 %.
template <auto Start, class T> moments check_moments(double mean, double deviation) {
  constexpr tl::variable<"w", T, 200, 100, Start> w;
  auto session = tl::session<tl::simd>(tl::sum(w));
  session.initialize(11);
  const auto m = moments_of(session[w]);
  CHECK(std::abs(m.mean - mean) <= 5 * deviation / std::sqrt(20000.0));
  CHECK(std::abs(m.deviation - deviation) <= 0.03 * deviation);
  return m;
}
template <class T> std::vector<T> copy_of(tl::array_view<T, 1> v) { return {v.begin(), v.end()}; }

}  // namespace

TEST_CASE_TEMPLATE("initialisers: moments and bounds", T, float, double) {
  auto m = check_moments<tl::zeros, T>(0, 0);
  m = check_moments<tl::constant_value(2.5), T>(2.5, 0);
  m = check_moments<tl::uniform(-1, 3), T>(1, 4 / std::sqrt(12.0));
  CHECK(m.least >= -1);
  CHECK(m.greatest < 3);
  CHECK(m.least < -0.99);
  CHECK(m.greatest > 2.99);
  m = check_moments<tl::normal(2, 0.5), T>(2, 0.5);
  CHECK(m.greatest > 3.5);
  // Cut at two deviations, 0.8796 of the deviation are left.
  m = check_moments<tl::truncated_normal(2, 0.5), T>(2, 0.5 * 0.87962566);
  CHECK(m.least >= 1);
  CHECK(m.greatest <= 3);
  const double r = std::sqrt(6.0 / 300);
  m = check_moments<tl::glorot_uniform, T>(0, r / std::sqrt(3.0));
  CHECK(m.greatest <= r * (1 + 1e-6));
  CHECK(m.least >= -r * (1 + 1e-6));
  CHECK(m.greatest > 0.99 * r);
  m = check_moments<tl::glorot_normal, T>(0, std::sqrt(2.0 / 300));
  m = check_moments<tl::he_uniform, T>(0, std::sqrt(6.0 / 200) / std::sqrt(3.0));
  m = check_moments<tl::he_normal, T>(0, std::sqrt(2.0 / 200));
}

TEST_CASE("initialisers: the same by seed and name, whatever other variables there are") {
  constexpr tl::variable<"v", float, 50, tl::normal(0, 1)> v;
  constexpr tl::variable<"w", float, 50, tl::normal(0, 1)> w;
  constexpr tl::variable<"before", float, 7, tl::normal(0, 1)> before;
  auto one = tl::session<tl::simd>(tl::sum(v));
  auto more = tl::session<tl::simd>(tl::sum(before), tl::sum(w), tl::sum(v));
  one.initialize(3), more.initialize(3);
  const auto first = copy_of(one[v]);
  CHECK(copy_of(more[v]) == first);
  CHECK(copy_of(more[w]) != first);
  one.initialize(4);
  CHECK(copy_of(one[v]) != first);
  one.initialize(3);
  CHECK(copy_of(one[v]) == first);
}

TEST_CASE("variables: read and written through the session, by handle and by name, of every dtype") {
  constexpr tl::variable<"f", float, 2, 3> f;
  constexpr tl::variable<"i", std::int32_t, 3, tl::constant_value(4)> i;
  constexpr tl::variable<"flags", bool, 3, tl::ones> flags;
  constexpr tl::variable<"s", double, tl::constant_value(0.5)> s;
  auto session = tl::session<tl::simd>(tl::sum(f), tl::sum(i), tl::all(flags), s * 1_c);
  session.initialize(0);
  session[f](1, 2) = 7;
  session.variable<"s">().data()[0] += 1;
  const auto [sum, integers, all, scalar] = session.run();
  CHECK(sum == 7);
  CHECK(integers == 12);
  CHECK(all);
  CHECK(scalar == 1.5);
  session[flags][1] = false;
  CHECK_FALSE(std::get<2>(session.run()));
  CHECK(session[f].shape() == std::array<std::int64_t, 2>{2, 3});
}

TEST_CASE("variables: a session begins with the values of seed 0") {
  constexpr tl::variable<"w", float, 120, tl::uniform(-1, 1)> w;
  constexpr tl::variable<"s", double, tl::constant_value(0.5)> s;
  auto session = tl::session<tl::simd>(tl::sum(w), s * 2_c);
  const auto begun = copy_of(session[w]);
  CHECK(std::get<1>(session.run()) == 1);
  CHECK(moments_of(begun).deviation > 0.3);
  session.initialize(1);
  CHECK(copy_of(session[w]) != begun);
  session.initialize(0);
  CHECK(copy_of(session[w]) == begun);
}

TEST_CASE("variables: small ones are updated without touching their neighbours") {
  constexpr tl::variable<"a", float, 3, tl::ones> a;
  constexpr tl::variable<"b", bool, 1, tl::ones> b;
  constexpr tl::variable<"c", double, tl::ones> c;
  auto session = tl::session<tl::simd>(tl::assign(a, a + 1_c), tl::assign(b, !b), tl::assign(c, c * 2_c), a);
  session.initialize(0);
  session.run(), session.run();
  CHECK(copy_of(session[a]) == std::vector<float>{3, 3, 3});
  CHECK(session[b][0]);
  CHECK(session[c].data()[0] == 4);
}

TEST_CASE("variables: what is read late in a kernel is read before its new value is written over it") {
  constexpr tl::placeholder<"x", float, 5, 21> x;
  constexpr tl::variable<"v", float, 5, 21, tl::constant_value(3)> v;
  std::vector<float> xs(5 * 21);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i % 17) / 16 - 0.5f;
  auto session = tl::session<tl::simd>(tl::assign(v, x * 2_c), tl::tanh(tl::exp(x * 2_c)) + v, tl::sum<1>(tl::sin(x * 2_c) * v));
  session.initialize(0);
  for (const bool first : {true, false}) {
    const auto results = session.run(x = tl::view(xs.data(), 5, 21));
    for (std::size_t i = 0; i < 5; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < 21; ++j) {
        const double doubled = 2.0 * static_cast<double>(xs[21 * i + j]), old = first ? 3.0 : doubled;
        CHECK(session[v](i, j) == static_cast<float>(doubled));
        CHECK(static_cast<double>(std::get<0>(results)(i, j)) == doctest::Approx(std::tanh(std::exp(doubled)) + old).epsilon(1e-6));
        sum += std::sin(doubled) * old;
      }
      CHECK(static_cast<double>(std::get<1>(results)[i]) == doctest::Approx(sum).epsilon(1e-5));
    }
  }
}
