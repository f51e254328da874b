// The reference backend against numbers worked out by hand; every other test takes it for granted.
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

/// The only thing fetched, computed at once.
template <class Y, class... Feeds> constexpr auto evaluate(Y, Feeds... feeds) { return std::get<0>(tl::evaluate_plainly<tl::program<Y>>({}, feeds...)); }

constexpr tl::placeholder<"x", double> x;
constexpr tl::placeholder<"m", double, 2, 3> m;
constexpr tl::placeholder<"v", double, "N"_d> v;
constexpr double rows[2][3]{{1, 2, 3}, {4, 5, 6}};

}  // namespace

TEST_CASE("constant expressions: a polynomial and its derivatives") {
  constexpr auto y = x * x + 3_c * x;
  constexpr auto slope = tl::derivative(y, x);
  static_assert(evaluate(y, x = 3.0) == 18);
  static_assert(evaluate(slope, x = 3.0) == 9);
  static_assert(evaluate(tl::derivative(slope, x), x = 3.0) == 2);
}

TEST_CASE("constant expressions: tensors") {
  static_assert(evaluate(tl::sum<0>(m), m = rows) == std::array<double, 3>{5, 7, 9});
  static_assert(evaluate(tl::sum<1>(m, tl::keepdims) * m, m = rows) == std::array<double, 6>{6, 12, 18, 60, 75, 90});
  static_assert(evaluate(tl::max(m) - tl::min(m), m = rows) == 5);
  static_assert(evaluate(m > 3.5_c, m = rows) == std::array<bool, 6>{false, false, false, true, true, true});
  static_assert(evaluate(tl::transpose(m), m = rows) == std::array<double, 6>{1, 4, 2, 5, 3, 6});
  static_assert(evaluate(tl::reshape<3, 2>(m) + tl::broadcast_to<3, 2>(tl::slice<1, 0, 2>(tl::slice<0, 0, 1>(m))), m = rows) == std::array<double, 6>{2, 4, 4, 6, 6, 8});
  static_assert(evaluate(tl::slice<1, tl::end, tl::end, -2>(m), m = rows) == std::array<double, 4>{3, 1, 6, 4});
  static_assert(evaluate(tl::pad<0, 1, 0>(m, 7_c), m = rows) == std::array<double, 9>{7, 7, 7, 1, 2, 3, 4, 5, 6});
  static_assert(evaluate(tl::concat<1>(m, tl::slice<1, 0, 1>(m)), m = rows) == std::array<double, 8>{1, 2, 3, 1, 4, 5, 6, 4});
  static_assert(evaluate(tl::arg_max<0>(m), m = rows) == std::array<std::int64_t, 3>{1, 1, 1});
  static_assert(evaluate(tl::cast<std::int32_t>(m / 2_c), m = rows) == std::array<std::int32_t, 6>{0, 1, 1, 2, 2, 3});
}

TEST_CASE("constant expressions: matrix products and their gradients") {
  constexpr auto square = tl::matmul(m, tl::transpose(m));
  static_assert(evaluate(square, m = rows) == std::array<double, 4>{14, 32, 32, 77});
  static_assert(evaluate(tl::derivative(tl::sum(square), m), m = rows) == std::array<double, 6>{10, 14, 18, 10, 14, 18});
  constexpr tl::placeholder<"u", double, 3> u;
  static_assert(evaluate(tl::matmul(m, u), m = rows, u = std::array{1.0, 0.0, -1.0}) == std::array<double, 2>{-2, -2});
}

TEST_CASE("constant expressions: named dims") {
  constexpr auto mean = tl::mean(v);
  constexpr auto computed = [](auto y, const auto& data) {
    tl::binding b;
    b.add(tl::symbol(std::string_view("N")), static_cast<std::int64_t>(data.size()));
    return std::get<0>(tl::evaluate_plainly<tl::program<decltype(y)>>(b, v = data));
  };
  static_assert(computed(mean, std::array{1.0, 2.0, 6.0}) == 3);
  static_assert(computed(v * v, std::array{1.0, 2.0, 6.0, 7.0})[3] == 49);
}

TEST_CASE("sessions: assignments see the state before the run") {
  constexpr tl::variable<"a", double, 2, tl::constant_value(1)> a;
  constexpr tl::variable<"b", double, 2, tl::constant_value(10)> b;
  auto session = tl::session<tl::reference>(a + b, tl::assign(a, b), tl::assign(b, a + b));
  session.initialize(1);
  for (const double expected : {11.0, 21.0, 32.0}) {
    const auto [sum] = session.run();
    CHECK(sum[0] == expected);
    CHECK(sum[1] == expected);
  }
}
