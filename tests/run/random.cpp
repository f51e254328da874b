#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

template <class T> std::vector<float> elements(const T& t) { return {t.begin(), t.end()}; }
constexpr tl::placeholder<"x", float, "N"_d> x;
constexpr auto noise = tl::random_normal<"noise", float, 100>();
constexpr auto like = tl::random_uniform_like<"like">(x);

}  // namespace

TEST_CASE_TEMPLATE("random: new numbers in each run, the same again from the same seed", Backend, tl::simd, tl::reference) {
  auto session = tl::session<Backend>(noise);
  session.initialize(5);
  const auto first = elements(std::get<0>(session.run())), second = elements(std::get<0>(session.run()));
  CHECK(first != second);
  session.initialize(5);
  CHECK(elements(std::get<0>(session.run())) == first);
  CHECK(elements(std::get<0>(session.run())) == second);
  session.initialize(6);
  CHECK(elements(std::get<0>(session.run())) != first);
}

TEST_CASE("random: both backends draw the same uniform numbers, and a prefix does not depend on the size") {
  auto fast = tl::session<tl::simd>(like);
  auto plain = tl::session<tl::reference>(like);
  fast.initialize(1), plain.initialize(1);
  const auto ten = elements(std::get<0>(fast.run(x = std::vector<float>(10))));
  CHECK(elements(std::get<0>(plain.run(x = std::vector<float>(10)))) == ten);
  fast.initialize(1);
  auto more = elements(std::get<0>(fast.run(x = std::vector<float>(33))));
  more.resize(10);
  CHECK(more == ten);
}

TEST_CASE("random: one name is one tensor; parts of a session draw from its stream") {
  auto session = tl::session<tl::simd>(noise, noise * 2_c);
  session.initialize(2);
  const auto [a, b] = session.run();
  CHECK(b[7] == 2 * a[7]);
  session.initialize(2);
  const auto first = elements(std::get<0>(session.run(tl::fetch(noise))));
  session.initialize(2);
  CHECK(elements(std::get<0>(session.run())) == first);
  CHECK(elements(std::get<0>(session.run(tl::fetch(noise)))) != first);
}

TEST_CASE("random: a run that fails draws nothing") {
  auto session = tl::session<tl::simd>(like, tl::sum(tl::placeholder<"y", float, 3>{}));
  constexpr tl::placeholder<"y", float, 3> y;
  session.initialize(8);
  session.run(x = std::vector<float>(10), y = std::vector<float>(3));
  const auto second = elements(std::get<0>(session.run(x = std::vector<float>(10), y = std::vector<float>(3))));
  session.initialize(8);
  session.run(x = std::vector<float>(10), y = std::vector<float>(3));
  CHECK_THROWS_AS(session.run(x = std::vector<float>(10), y = std::vector<float>(4)), tl::feed_error);
  CHECK(elements(std::get<0>(session.run(x = std::vector<float>(10), y = std::vector<float>(3)))) == second);
}
