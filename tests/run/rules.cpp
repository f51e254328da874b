#include "../support/backends.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

// Functions that state their own derivatives. Most of these rules are wrong on purpose: only so it shows which one was used.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

/// P11: a ReLU with its own forward and backward.
struct my_relu : tl::custom_rules<my_relu> {
  static constexpr auto forward(auto x) { return tl::max(x, 0.0); }
  static constexpr auto gradient(auto dy, auto /*y*/, auto x) { return tl::where(x > 0.0, dy, 0.0); }
};

/// log(1 + exp x), whose derivative is NaN for large x if it is left to the compiler; from JAX's guide to custom rules.
struct log1pexp : tl::custom_rules<log1pexp> {
  static constexpr auto forward(auto x) { return tl::log(1.0 + tl::exp(x)); }
  static constexpr auto tangent(auto dx, auto /*y*/, auto x) { return (1.0 - 1.0 / (1.0 + tl::exp(x))) * dx; }
};

/// Keeps exp(x) for the rule.
struct keeps : tl::custom_rules<keeps> {
  static constexpr auto forward(auto x, auto y) {
    const auto e = tl::exp(x);
    return std::tuple(e * y, e);
  }
  static constexpr auto gradient(auto dz, auto z, auto, auto, auto e) { return std::tuple(dz * z, dz * e); }
};

struct affine : tl::custom_rules<affine> {
  static constexpr auto forward(auto x, auto w, auto b) { return tl::matmul(x, w) + b; }
  static constexpr auto gradient(auto dy, auto, auto x, auto w, auto) {
    return std::tuple(10.0 * tl::matmul(dy, tl::transpose(w)), 100.0 * tl::matmul(tl::transpose(x), dy), dy);
  }
};

/// Each mode by a rule of its own, told apart by a factor.
struct both : tl::custom_rules<both> {
  static constexpr auto forward(auto x) { return x * x; }
  static constexpr auto gradient(auto dy, auto, auto x) { return 3.0 * x * dy; }
  static constexpr auto tangent(auto dx, auto, auto x) { return 5.0 * x * dx; }
};

/// Rules may name each other.
struct my_sin : tl::custom_rules<my_sin> {
  static constexpr auto forward(auto x) { return tl::sin(x); }
  static constexpr tl::ref gradient(tl::ref dy, tl::ref y, tl::ref x);
};
struct my_cos : tl::custom_rules<my_cos> {
  static constexpr auto forward(auto x) { return tl::cos(x); }
  static constexpr tl::ref gradient(tl::ref dy, tl::ref, tl::ref x) { return -(dy * my_sin{}(x)); }
};
constexpr tl::ref my_sin::gradient(tl::ref dy, tl::ref, tl::ref x) { return dy * my_cos{}(x); }

constexpr auto square = [](auto x) { return x * x; };
constexpr auto only_forward = tl::custom_jvp([](auto x) { return x * x; }, [](auto dx, auto, auto x) { return 7.0 * x * dx; });
constexpr auto only_reverse = tl::custom_vjp([](auto x) { return x * x; }, [](auto dy, auto, auto x) { return 7.0 * x * dy; });
constexpr auto clipped = tl::custom_vjp<"clipped">([](auto x) { return x; }, [](auto dy, auto, auto) { return tl::minimum(tl::maximum(dy, -1.0), 1.0); });
constexpr auto constant_rule = tl::custom_vjp([](auto x, auto y) { return x * y; }, [](auto, auto, auto, auto) { return std::tuple(4.0, tl::no_gradient); });

static_assert(my_relu{}(-2.0) == 0 && my_relu{}(3.0F) == 3.0F);
static_assert(tl::grad(my_relu{})(3.0) == 1.0 && tl::grad(my_relu{})(-3.0) == 0.0 && tl::grad(my_relu{})(0.0) == 0.0);
static_assert(tl::grad(only_forward)(2.0) == 14.0 && tl::grad(only_reverse)(2.0) == 14.0);
static_assert(std::get<1>(tl::jvp(only_forward)(2.0, 1.0)) == 14.0 && std::get<1>(tl::jvp(only_reverse)(2.0, 1.0)) == 14.0);
static_assert(std::get<1>(tl::vjp(only_forward)(2.0, 2.0)) == 28.0 && std::get<1>(tl::vjp(only_reverse)(2.0, 2.0)) == 28.0);
static_assert(tl::grad(both{})(2.0) == 6.0 && std::get<1>(tl::jvp(both{})(2.0, 1.0)) == 10.0);

}  // namespace

TEST_CASE("rules: derivatives of derivatives differentiate the rule") {
  static_assert(tl::grad(tl::grad(only_reverse))(2.0) == 7.0);
  static_assert(tl::grad(tl::grad(only_forward))(2.0) == 7.0);
  static_assert(tl::hvp(only_reverse)(2.0, 1.0) == 7.0);
  static_assert(tl::hvp(only_forward)(2.0, 1.0) == 7.0);
  static_assert(tl::grad(tl::grad([](auto x) { return x * only_reverse(x); }))(2.0) == 7 * 2 + 7 * 2 + 2 * 7);  // x x^2: x^2 + 7 x x, then 7 x + 14 x
  auto f = tl::grad(tl::grad(tl::grad(my_sin{})));
  CHECK(std::abs(f(0.3) + std::cos(0.3)) < 1e-15);
  auto g = tl::grad(tl::grad(tl::grad([](auto x) { return my_sin{}(2.0 * x) * x; })));  // -12 sin 2x - 8 x cos 2x
  CHECK(std::abs(g(0.3) - (-12 * std::sin(0.6) - 8 * 0.3 * std::cos(0.6))) < 1e-14);
}
TEST_CASE("rules: what would be infinite over infinite is not") {
  CHECK(tl::grad(log1pexp{})(100.0) == 1.0);
  CHECK(std::get<1>(tl::jvp(log1pexp{})(100.0, 1.0)) == 1.0);
  CHECK(tl::grad(log1pexp{})(0.0) == 0.5);
  CHECK(std::abs(tl::grad(tl::grad(log1pexp{}))(0.0) - 0.25) < 1e-16);
  auto without = tl::grad([](auto x) { return log1pexp::forward(x); });
  CHECK(std::isnan(without(1000.0)));  // the control
  auto values = tl::value_and_grad([](auto x) { return tl::sum(log1pexp{}(x)); });
  const std::vector<double> xs{-1000, -1, 0, 1, 700};
  const auto [y, dx] = values(xs);
  for (std::size_t i = 0; i < xs.size(); ++i) CHECK(std::abs(dx[static_cast<int>(i)] - 1 / (1 + std::exp(-xs[i]))) < 1e-15);
}
TEST_CASE("rules: what forward keeps, and how several arguments get their gradients") {
  auto f = tl::value_and_grad([](auto x, auto y) { return tl::sum(keeps{}(x, y)); });
  const std::vector<double> xs{0.5, -1, 2}, ys{3, 4, -5};
  const auto [v, dx, dy] = f(xs, ys);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(dx[static_cast<int>(i)] - std::exp(xs[i]) * ys[i]) < 1e-13);
    CHECK(std::abs(dy[static_cast<int>(i)] - std::exp(xs[i])) < 1e-14);
  }
  // d/dy of (dz z) is exp(x): the rule's second derivative goes through what was kept
  auto second = tl::grad([](auto x, auto y) { return std::get<0>(tl::grad(keeps{})(x, y)); });
  const auto [xx, xy] = second(0.5, 3.0);
  CHECK(std::abs(xx - 3 * std::exp(0.5)) < 1e-14);
  CHECK(std::abs(xy - std::exp(0.5)) < 1e-15);
}
TEST_CASE("rules: in expressions, on both backends, and nothing is left of them") {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::variable<"w", float, 4, 5, tl::uniform(-1, 1)> w;
  constexpr tl::variable<"b", float, 5, tl::uniform(-1, 1)> b;
  constexpr auto h = affine{}(x, w, b);
  constexpr auto loss = tl::sum(my_relu{}(h));
  constexpr auto plain = tl::sum(tl::where(tl::matmul(x, w) + b > 0_c, tl::matmul(x, w) + b, 0_c));
  checks::both_backends both(loss, tl::derivative(loss, x), tl::derivative(loss, w), tl::derivative(loss, b), tl::derivative(plain, x), tl::derivative(plain, w), tl::derivative(plain, b));
  std::vector<float> xs(12);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(std::sin(static_cast<double>(3 * i)));
  both.each([&](auto& s) {
    s.initialize(3);
    const auto [y, dx, dw, db, px, pw, pb] = s.run(x = xs);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 4; ++j) CHECK(std::abs(dx(i, j) - 10 * px(i, j)) < 1e-4);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 5; ++j) CHECK(std::abs(dw(i, j) - 100 * pw(i, j)) < 1e-3);
    for (int i = 0; i < 5; ++i) CHECK(std::abs(db[i] - pb[i]) < 1e-5);
  });
  checks::expect(both.compare(1e-6, x = xs));
  using program = tl::program<std::remove_const_t<decltype(loss)>, tl::derivative<std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(w)>>>;
  CHECK(tl::to_string(program::traced).find("= my_relu") != std::string::npos);
  CHECK(tl::to_string(program::traced).find("= affine") != std::string::npos);
  CHECK(tl::to_string(program::graph).find("my_relu") == std::string::npos);
  CHECK(tl::to_string(program::graph).find("affine") == std::string::npos);
}
TEST_CASE("rules: P11 is the same program as the one without a rule") {
  constexpr tl::placeholder<"x", float, 64, 100> x;
  constexpr tl::variable<"w", float, 100, 10> w;
  constexpr auto h = tl::matmul(x, w);
  constexpr auto ruled = tl::sum(my_relu{}(h));
  constexpr auto plain = tl::sum(tl::max(h, 0_c));
  constexpr auto grad_ruled = tl::derivative(ruled, w);
  using program = tl::program<std::remove_const_t<decltype(ruled)>, std::remove_const_t<decltype(grad_ruled)>>;
  using value_only = tl::program<std::remove_const_t<decltype(ruled)>>;
  using plain_value = tl::program<std::remove_const_t<decltype(plain)>>;
  CHECK(tl::to_string(value_only::graph) == tl::to_string(plain_value::graph));
  const auto text = tl::to_string(program::graph);
  CHECK_MESSAGE(text.find("where") != std::string::npos, text);
}
TEST_CASE("rules: lambdas of one name are told apart by what their rules make") {
  auto f = tl::grad([](auto x) {
    const auto two = tl::custom_vjp(square, [](auto dy, auto, auto) { return 2.0 * dy; });
    const auto three = tl::custom_vjp(square, [](auto dy, auto, auto) { return 3.0 * dy; });
    return two(x) + 10.0 * three(x);
  });
  CHECK(f(1.0) == 32.0);
  constexpr tl::placeholder<"x", double> x;
  constexpr auto a = tl::custom_vjp(square, [](auto dy, auto, auto) { return 2.0 * dy; })(x);
  constexpr auto b = tl::custom_vjp(square, [](auto dy, auto, auto) { return 3.0 * dy; })(x);
  static_assert(decltype(a)::hash != decltype(b)::hash);
  CHECK(tl::evaluate(tl::derivative(a, x) + 10_c * tl::derivative(b, x), x = 1.0) == 32.0);
}
TEST_CASE("rules: gradients that are not linear, numbers, none, and what is stopped") {
  auto f = tl::grad([](auto x) { return 5.0 * clipped(x) + 0.25 * clipped(x); });
  CHECK(f(1.0) == 1.0);  // one node, whose gradient 5.25 is clipped
  CHECK(tl::grad([](auto x) { return 0.25 * clipped(x * x); })(3.0) == 1.5);
  auto both = tl::grad([](auto x, auto y) { return tl::sum(constant_rule(x, y) + y * y); });
  const std::vector<float> xs{1, 2, 3}, ys{4, 5, 6};
  const auto [dx, dy] = both(xs, ys);
  for (int i = 0; i < 3; ++i) CHECK((dx[i] == 4 && dy[i] == 2 * ys[static_cast<std::size_t>(i)]));
  static_assert(tl::grad([](auto x) { return only_reverse(tl::stop_gradient(x)) + x; })(2.0) == 1.0);
  static_assert(tl::grad([](auto x) { return tl::stop_gradient(only_reverse(x)) * x; })(2.0) == 4.0);
  static_assert(std::get<1>(tl::jvp([](auto x) { return tl::stop_gradient(only_forward(x)) * x; })(2.0, 1.0)) == 4.0);
}
