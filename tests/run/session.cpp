#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, 20> x;
constexpr tl::variable<"a", float, 20, tl::constant_value(1)> a;
constexpr tl::variable<"b", float, 20, tl::constant_value(10)> b;
constexpr tl::variable<"count", double> count;

template <class T> std::vector<float> elements(const T& t) { return {t.begin(), t.end()}; }
std::vector<float> all(float value) { return std::vector<float>(20, value); }

}  // namespace

TEST_CASE_TEMPLATE("session: assignments are computed from the old state", Backend, tl::simd, tl::reference) {
  auto swap = tl::session<Backend>(tl::assign(a, b), tl::assign(b, a));
  swap.initialize(0);
  swap.run();
  CHECK(elements(swap[a]) == all(10));
  CHECK(elements(swap[b]) == all(1));
  swap.run();
  CHECK(elements(swap[a]) == all(1));

  auto steps = tl::session<Backend>(tl::sum(a), tl::assign(a, a + b), tl::assign(b, a - b));
  steps.initialize(0);
  CHECK(std::get<0>(steps.run()) == 20);
  CHECK(elements(steps[a]) == all(11));
  CHECK(elements(steps[b]) == all(-9));
}

TEST_CASE_TEMPLATE("session: a variable that later kernels read is written when they have run", Backend, tl::simd, tl::reference) {
  constexpr auto total = tl::sum(a * x, tl::keepdims);
  constexpr auto later = a * total + tl::reshape<20>(tl::matmul(tl::reshape<20, 1>(a), tl::reshape<1, 1>(total)));
  auto session = tl::session<Backend>(tl::assign(a, a * 2_c + x), later);
  session.initialize(0);
  for (float old : {1.0f, 3.0f}) {
    const auto [y] = session.run(x = all(1));
    CHECK(elements(y) == all(2 * old * 20 * old));
    CHECK(elements(session[a]) == all(2 * old + 1));
  }
}

TEST_CASE_TEMPLATE("session: a variable beside its update is the old value", Backend, tl::simd, tl::reference) {
  auto session = tl::session<Backend>(a, tl::assign(a, a + 1_c), a + 0.5_c);
  session.initialize(0);
  const auto [before, half] = session.run();
  CHECK(elements(before) == all(1));
  CHECK(elements(half) == all(1.5f));
  CHECK(elements(session[a]) == all(2));
}

TEST_CASE_TEMPLATE("session: one value for two variables, and that value fetched", Backend, tl::simd, tl::reference) {
  constexpr auto value = tl::exp(x) * 2_c;
  auto session = tl::session<Backend>(tl::assign(a, value), tl::assign(b, value), tl::sum(value));
  session.initialize(0);
  session.run(x = all(0));
  CHECK(elements(session[a]) == all(2));
  CHECK(elements(session[b]) == all(2));
  auto fetched = tl::session<Backend>(tl::assign(a, value), tl::assign(b, value), value);
  fetched.initialize(0);
  CHECK(elements(std::get<0>(fetched.run(x = all(0)))) == all(2));
  CHECK(elements(fetched[a]) == all(2));
  CHECK(elements(fetched[b]) == all(2));
}

TEST_CASE_TEMPLATE("session: a variable assigned a view of itself, a constant, what is fed", Backend, tl::simd, tl::reference) {
  constexpr tl::variable<"m", float, 2, 2> m;
  auto turn = tl::session<Backend>(tl::assign(m, tl::transpose(m)), tl::assign(a, tl::broadcast_to<20>(tl::cast<float>(3_c))), tl::assign(b, x), tl::assign(count, count + 1_c));
  turn.initialize(0);
  for (int i = 0; i < 4; ++i) turn[m].data()[i] = static_cast<float>(i);
  turn.run(x = all(7));
  CHECK(elements(turn[m]) == std::vector<float>{0, 2, 1, 3});
  CHECK(elements(turn[a]) == all(3));
  CHECK(elements(turn[b]) == all(7));
  turn.run(x = all(7));
  CHECK(turn[count].data()[0] == 2);
}

TEST_CASE("session: an update that is not fetched does not run") {
  [[maybe_unused]] constexpr auto update = tl::assign(a, a * 5_c);
  auto session = tl::session<tl::simd>(tl::sum(a));
  session.initialize(0);
  session.run();
  CHECK(std::get<0>(session.run()) == 20);
}

TEST_CASE("session: what was planned is known while compiling") {
  auto session = tl::session<tl::simd>(tl::exp(x) * 2_c);
  static_assert(decltype(session)::arena_bytes == 128);
  static_assert(decltype(session)::report.kernels == 1);
  static_assert(decltype(session)::report.flops == 40);
  auto dynamic = tl::session<tl::simd>(tl::placeholder<"n", float, "N"_d>{} * 2_c);
  static_assert(decltype(dynamic)::arena_bytes == -1);
}

TEST_CASE("session: sessions share nothing") {
  auto one = tl::session<tl::simd>(tl::sum(a)), two = tl::session<tl::simd>(tl::sum(a));
  one[a].data()[0] += 5;
  CHECK(std::get<0>(one.run()) == 25);
  CHECK(std::get<0>(two.run()) == 20);
  one.initialize(0);
  CHECK(std::get<0>(one.run()) == 20);
}

TEST_CASE("session: programs of deep expressions that differ in a leaf's rank only are different programs") {
  const auto nested = [](auto leaf) { return tl::sum(tl::sin(tl::sin(tl::sin(tl::sin(tl::sin(tl::sin(tl::sin(leaf + 1_c)))))))); };
  constexpr tl::placeholder<"of one name", float, 2, 3> matrix;
  constexpr tl::placeholder<"of one name", float, 2> vector;
  auto six = tl::session<tl::simd>(nested(matrix));
  auto two = tl::session<tl::simd>(nested(vector));
  const std::vector<float> zeros(6, 0.0f);
  const float of_six = std::get<0>(six.run(matrix = zeros)), of_two = std::get<0>(two.run(vector = std::vector<float>(2, 0.0f)));
  CHECK(of_six == doctest::Approx(3 * of_two));
  CHECK(of_two > 1);
}
