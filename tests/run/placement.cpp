#include "support/backends.hpp"

#include <doctest/doctest.h>

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/run/placement.hpp>

#include <array>
#include <cmath>
#include <string>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

/// A backend beside the session's own, in the same memory.
struct other : tl::simd_with<tl::wide::own_products> {
  static constexpr tl::symbol device = std::string_view("other");
};

constexpr tl::placeholder<"x", float, 6, 4> x;
constexpr tl::variable<"w", float, 4, 5, tl::glorot_uniform> w;
constexpr tl::variable<"v", float, 5, 3, tl::glorot_uniform> v;

std::array<float, 24> numbers() {
  std::array<float, 24> a{};
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::sin(static_cast<float>(i) * 0.7f);
  return a;
}
constexpr auto hidden = tl::tanh(tl::matmul(x, w));
constexpr auto second = [](auto h) { return tl::relu(tl::matmul(h, v)); };
constexpr auto plain = tl::sum(tl::exp(second(hidden)));
constexpr auto split = tl::sum(tl::exp(tl::on<other>(second)(hidden)));
template <class Loss> constexpr auto training(Loss loss) { return tl::optimizers::sgd(0.05_c).minimize(loss); }

template <class Session> using program_of = typename Session::program;

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

/// Runs two sessions over the same fetches as written once with and once without placement.
template <class A, class B> void check_same(A& a, B& b, int runs = 4) {
  const auto xs = numbers();
  for (int i = 0; i < runs; ++i) {
    const auto [p] = a.run(x = tl::view(xs.data(), 6, 4));
    const auto [q] = b.run(x = tl::view(xs.data(), 6, 4));
    CHECK(p == doctest::Approx(q).epsilon(1e-6));
  }
  const auto wa = a[w], wb = b[w];
  for (std::int64_t i = 0; i < wa.size(); ++i) CHECK(wa.data()[i] == doctest::Approx(wb.data()[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("a model on two backends trains as on one") {
  auto a = tl::session<tl::simd>(split, training(split));
  auto b = tl::session<tl::simd>(plain, training(plain));
  check_same(a, b);
}
TEST_CASE("transfers stand where an edge crosses, and nowhere else") {
  auto forward = tl::session<tl::simd>(split);
  using one = program_of<decltype(forward)>;
  CHECK(one::transfers == 3);  // the hidden layer and v go there, the result comes back
  CHECK(one::part_count == 3);
  auto session = tl::session<tl::simd>(split, training(split));
  using both = program_of<decltype(session)>;
  CHECK(both::transfers == 6);  // and the adjoint there, those of the hidden layer and of v back
  const auto text = tl::to_string<both>();
  CHECK(count(text, "transfer ") == 6);
  CHECK(count(text, "from simd to other") == 3);
  CHECK(count(text, "from other to simd") == 3);
  CHECK(text.find("part 1 on other:\n") != std::string::npos);
}
TEST_CASE("where the session computes anyway, nothing is transferred") {
  constexpr auto same = tl::sum(tl::exp(tl::on<tl::simd>(second)(hidden)));
  auto a = tl::session<tl::simd>(same, training(same));
  auto b = tl::session<tl::simd>(plain, training(plain));
  CHECK(program_of<decltype(a)>::transfers == 0);
  CHECK(program_of<decltype(a)>::part_count == 1);
  CHECK(program_of<decltype(a)>::kernels == program_of<decltype(b)>::kernels);
  check_same(a, b);
}
TEST_CASE("an expression is placed down to its leaves, and placements nest") {
  constexpr auto inner = tl::sum(tl::exp(tl::on<other>(second(tl::on<tl::simd>(hidden)))));
  auto a = tl::session<tl::simd>(inner, training(inner));
  CHECK(program_of<decltype(a)>::transfers == 6);
  auto b = tl::session<tl::simd>(plain, training(plain));
  check_same(a, b);
  constexpr auto whole = tl::on<other>(plain);
  auto c = tl::session<tl::simd>(whole, training(whole));
  auto d = tl::session<tl::simd>(plain, training(plain));
  CHECK(program_of<decltype(c)>::transfers == 6);  // x, w, v; the loss and two gradients
  check_same(c, d);
}
TEST_CASE("the derivative inside a placement is by the leaf outside") {
  constexpr auto slope = tl::on<other>(tl::sum(tl::square(tl::derivative(plain, w))) + plain);
  constexpr auto here = tl::sum(tl::square(tl::derivative(plain, w))) + plain;
  auto a = tl::session<tl::simd>(slope, tl::derivative(slope, w));
  auto b = tl::session<tl::simd>(here, tl::derivative(here, w));
  const auto xs = numbers();
  const auto [p, dp] = a.run(x = tl::view(xs.data(), 6, 4));
  const auto [q, dq] = b.run(x = tl::view(xs.data(), 6, 4));
  CHECK(p == doctest::Approx(q).epsilon(1e-6));
  for (std::int64_t i = 0; i < dq.size(); ++i) CHECK(dp.data()[i] == doctest::Approx(dq.data()[i]).epsilon(1e-5));
}
TEST_CASE("a variable that a later part reads is written when all have run") {
  constexpr tl::variable<"n", float, 3> n;
  constexpr auto old = tl::on<other>(tl::on<tl::simd>(tl::on<other>([](auto a) { return a * 2_c; })(n) + 1_c) * n);  // reads n twice, late
  auto session = tl::session<tl::simd>(old, tl::assign(n, n + 1_c));
  auto values = session[n];
  for (int i = 0; i < 3; ++i) values[i] = static_cast<float>(i);
  for (int run = 0; run < 3; ++run) {
    const auto [y] = session.run();
    for (int i = 0; i < 3; ++i) {
      const float before = static_cast<float>(i + run);
      CHECK(y[i] == (2 * before + 1) * before);
      CHECK(session[n][i] == before + 1);
    }
  }
}
TEST_CASE("dynamic dims, leaves and transfers that are fetched") {
  constexpr tl::placeholder<"a", float, "N"_d, 2> a;
  constexpr auto there = tl::on<other>(tl::sum<1>(a * 3_c));
  auto session = tl::session<tl::simd>(there, tl::on<other>(a), tl::mean(there));
  for (std::int64_t rows : {3, 7, 1, 3}) {
    std::vector<float> as(static_cast<std::size_t>(2 * rows));
    for (std::size_t i = 0; i < as.size(); ++i) as[i] = static_cast<float>(i);
    const auto [sums, same, mean] = session.run(a = tl::view(as.data(), rows, 2));
    REQUIRE(sums.size() == rows);
    REQUIRE(same.size() == 2 * rows);
    float total = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      CHECK(sums[i] == static_cast<float>(3 * (4 * i + 1)));
      total += sums[i];
    }
    for (std::int64_t i = 0; i < 2 * rows; ++i) CHECK(same.data()[i] == static_cast<float>(i));
    CHECK(mean == doctest::Approx(total / static_cast<float>(rows)));
  }
}
TEST_CASE("loops, choices and random numbers inside a placement") {
  constexpr tl::placeholder<"xs", float, 5> xs;
  constexpr auto body = [](auto s) {
    const auto powers = tl::fold([](auto prev, auto cur) { return prev * 0.5 + cur; }, tl::sum(s) * 0, s);
    return tl::cond(powers > 0, powers * 2, -powers);
  };
  constexpr auto there = tl::on<other>(body)(xs);
  constexpr auto here = tl::invoke(body, xs);
  auto a = tl::session<tl::simd>(there, tl::derivative(there, xs), tl::on<other>(tl::random_normal<"noise", float, 8>()));
  auto b = tl::session<tl::simd>(here, tl::derivative(here, xs), tl::random_normal<"noise", float, 8>());
  const float up[]{1, 2, 3, 4, 5}, down[]{-1, -2, 3, -4, -5};
  for (const auto* values : {up, down}) {
    const auto [p, dp, np] = a.run(xs = tl::view(values, 5));
    const auto [q, dq, nq] = b.run(xs = tl::view(values, 5));
    CHECK(p == doctest::Approx(q));
    for (int i = 0; i < 5; ++i) CHECK(dp[i] == doctest::Approx(dq[i]));
    for (int i = 0; i < 8; ++i) CHECK(np[i] == nq[i]);
  }
}
TEST_CASE("the reference computes all of it by itself, and may be a part") {
  checks::both_backends both(split, tl::derivative(split, w));
  const auto xs = numbers();
  checks::expect(both.compare(1e-5, x = tl::view(xs.data(), 6, 4)));
  constexpr auto there = tl::sum(tl::exp(tl::on<tl::reference>(second)(hidden)));
  auto a = tl::session<tl::simd>(there, training(there));
  auto b = tl::session<tl::simd>(plain, training(plain));
  check_same(a, b);
}
