#include "support/elementwise.hpp"

#include <tapeless/ops/random.hpp>

namespace checks {

namespace {
constexpr std::int64_t many = 40000;
constexpr auto uniform = tl::random_uniform<"u", double, many>();
constexpr auto normal = tl::random_normal<"n", float, many>();
constexpr auto decided = tl::bernoulli<"b", many>(0.25_c);

template <class V> std::vector<double> doubles(const V& v) { return {v.begin(), v.end()}; }
double mean_of(const std::vector<double>& v, double power = 1) {
  double sum = 0;
  for (double e : v) sum += std::pow(e, power);
  return sum / static_cast<double>(v.size());
}
}  // namespace

TEST_CASE_TEMPLATE("distributions", B, simd, reference) {
  auto session = tl::session<typename B::policy>(uniform, normal, decided, tl::bernoulli<"never", 100>(0_c), tl::bernoulli<"always", 100>(1_c));
  session.initialize(42);
  const auto [u, n, b, never, always] = session.run();
  const auto us = doubles(u), ns = doubles(n), bs = doubles(b);
  for (double e : us) CHECK_UNARY(e >= 0 && e < 1);
  // Five standard deviations of what is estimated from 40000 numbers.
  CHECK(std::abs(mean_of(us) - 0.5) < 5 * 0.2887 / 200);
  CHECK(std::abs(mean_of(us, 2) - 1.0 / 3) < 5 * 0.2982 / 200);
  CHECK(std::abs(mean_of(ns)) < 5 * 1.0 / 200);
  CHECK(std::abs(mean_of(ns, 2) - 1) < 5 * 1.415 / 200);
  CHECK(std::abs(mean_of(ns, 4) - 3) < 5 * 9.8 / 200);
  CHECK(std::abs(mean_of(bs) - 0.25) < 5 * 0.433 / 200);
  CHECK(mean_of(doubles(never)) == 0);
  CHECK(mean_of(doubles(always)) == 1);
}

TEST_CASE("the same numbers for the same seed, on every backend; new ones in each run and under each name") {
  auto first = tl::session<tl::simd>(uniform, tl::random_uniform<"other", double, many>());
  auto second = tl::session<tl::reference>(uniform, uniform * 1_c);
  first.initialize(7), second.initialize(7);
  const auto [a, other] = first.run();
  const auto [b, same] = second.run();
  const auto as = doubles(a);
  CHECK(as == doubles(b));
  CHECK(as == doubles(same));
  CHECK(as != doubles(other));
  CHECK(doubles(std::get<0>(first.run())) != as);
  first.initialize(7);
  CHECK(doubles(std::get<0>(first.run())) == as);
  first.initialize(8);
  CHECK(doubles(std::get<0>(first.run())) != as);
}

}  // namespace checks
