// Random numbers in the bodies of loops: each step draws its own, forward and backward see the same.
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>
#include <tapeless/run/vmap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

template <class T> auto elements(const T& t) { return std::vector(t.begin(), t.end()); }
template <class T> auto distinct(const std::vector<T>& v) { return std::set(v.begin(), v.end()).size(); }

constexpr tl::placeholder<"xs", double, 1000, 4> xs;
constexpr tl::placeholder<"start", double, 4> start;

/// A random walk, whose steps are collected.
constexpr auto walk = tl::scan([](auto s, auto x) {
  const auto z = tl::random_normal_like<"z">(s);
  return std::pair(s + z * x, z);
}, start, xs);

}  // namespace

TEST_CASE_TEMPLATE("random in loops: each step draws anew, each run too, and a seed gives the same again", Backend, tl::simd, tl::reference) {
  auto session = tl::session<Backend>(std::get<0>(walk), std::get<1>(walk));
  const std::vector<double> ones(4000, 1);
  const auto run = [&] { return session.run(xs = ones, start = std::vector<double>(4)); };
  session.initialize(3);
  const auto [last, z] = run();
  const auto first = elements(z);
  CHECK(distinct(first) == 4000);
  double mean = 0, square = 0;
  for (const double v : first) mean += v / 4000, square += v * v / 4000;
  CHECK(std::abs(mean) < 4 / std::sqrt(4000.0));
  CHECK(std::abs(square - 1) < 4 * std::sqrt(2 / 4000.0));
  double sum = 0;
  for (std::size_t i = 0; i < 4000; i += 4) sum += first[i];
  CHECK(last[0] == doctest::Approx(sum));
  const auto second = elements(std::get<1>(run()));
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  CHECK(distinct(both) == 8000);
  session.initialize(3);
  CHECK(elements(std::get<1>(run())) == first);
}

TEST_CASE("random in loops: backends agree, and the first steps do not depend on the number of steps") {
  constexpr tl::placeholder<"few", double, "N"_d, 4> few;
  const auto z = std::get<1>(tl::scan([](auto s, auto x) { return std::pair(s, x * tl::random_uniform_like<"u">(s)); }, start, few));
  auto fast = tl::session<tl::simd>(z);
  auto plain = tl::session<tl::reference>(z);
  fast.initialize(1), plain.initialize(1);
  const auto of = [&](auto& session, std::size_t n) { return elements(std::get<0>(session.run(few = std::vector<double>(4 * n, 1), start = std::vector<double>(4)))); };
  const auto seven = of(fast, 7);
  CHECK(of(plain, 7) == seven);
  fast.initialize(1);
  auto more = of(fast, 30);
  more.resize(28);
  CHECK(more == seven);
}

TEST_CASE("random in loops: the way back sees what the way there has drawn") {
  const auto [last, z] = tl::scan([](auto s, auto x) {
    const auto kept = tl::bernoulli_like<"mask">(s, 0.5_c);
    const auto dropped = tl::where(kept, x * x, 0_c);
    return std::pair(s + dropped, dropped);
  }, start, xs);
  auto session = tl::session<tl::simd>(z, tl::derivative(tl::sum(last), xs), tl::hvp(tl::sum(last), xs, xs));
  std::vector<double> x(4000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1 + static_cast<double>(i);
  const auto [value, slope, second] = session.run(xs = x, start = std::vector<double>(4));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    kept += value.data()[i] != 0;
    CHECK(slope.data()[i] == (value.data()[i] != 0 ? 2 * x[i] : 0));
    CHECK(second.data()[i] == (value.data()[i] != 0 ? 2 * x[i] : 0));
  }
  CHECK(kept > 1800);
  CHECK(kept < 2200);
}

TEST_CASE("random in loops: loops inside loops, and samples of a loop") {
  constexpr tl::placeholder<"rows", double, 5, 6> rows;
  const auto nested = tl::map_fn([](auto row) {
    const auto outer = tl::random_uniform_like<"u">(tl::sum(row));
    return tl::map_fn([=](auto x) { return outer + 0.0 * x; }, row) + 2_c * tl::map_fn([](auto x) { return tl::random_uniform_like<"u">(x); }, row);
  }, rows);
  const auto inner = tl::map_fn([](auto row) { return tl::map_fn([](auto x) { return tl::random_uniform_like<"u">(x); }, row); }, rows);
  auto session = tl::session<tl::simd>(nested, inner);
  const auto [all, drawn] = session.run(rows = std::vector<double>(30));
  CHECK(distinct(elements(drawn)) == 30);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t k = 1; k < 6; ++k)  // of a row, what the outer loop drew is the same
      CHECK(all.data()[6 * i + k] - 2 * drawn.data()[6 * i + k] == doctest::Approx(all.data()[6 * i] - 2 * drawn.data()[6 * i]));

  constexpr tl::placeholder<"limits", double, 20> limits;
  auto samples = tl::session<tl::simd>(tl::vmap([](auto limit) {
    return tl::while_loop<50>([=](auto s) { return s < limit; }, [](auto s) { return s + tl::random_uniform_like<"step">(s); }, 0.0 * limit);
  }, limits));
  const auto [ends] = samples.run(limits = std::vector<double>(20, 3.0));
  CHECK(distinct(elements(ends)) == 20);
  for (const double e : ends) CHECK((e >= 3 && e < 4));
}
