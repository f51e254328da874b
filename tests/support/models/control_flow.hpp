// P17: a conditional of which only the taken branch runs; P18: a loop.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/control_flow.hpp"

#include <tapeless/tapeless.hpp>

#include <vector>

namespace checks::control_flow {

namespace tl = tapeless;
using namespace tl::literals;

namespace conditional = oracle::control_flow::conditional;
constexpr tl::placeholder<"z", double> z;
constexpr tl::placeholder<"x", double, conditional::n, conditional::d> x;
constexpr tl::placeholder<"w1", double, conditional::d, conditional::h> w1;
constexpr tl::placeholder<"w2", double, conditional::d, conditional::h> w2;
constexpr auto chosen = tl::cond(z > 0_c, tl::matmul(x, w1), tl::matmul(x, w2));
constexpr auto loss = tl::sum(chosen * chosen);

namespace folded = oracle::control_flow::fold;
constexpr tl::placeholder<"xs", double, "T"_d, folded::d> xs;
constexpr tl::placeholder<"three", double, folded::t, folded::d> three;
constexpr tl::placeholder<"y0", double, folded::d> start;
constexpr tl::placeholder<"w", double, folded::d> w;
constexpr auto step = [](auto y, auto row) { return (y + row) * w; };

TEST_CASE_TEMPLATE_DEFINE("conditional", Backend, conditional_branches) {
  auto session = tl::session<Backend>(loss, tl::derivative(loss, x), tl::derivative(loss, w1), tl::derivative(loss, w2));
  const auto given = oracle::uniform_vector<double>(conditional::seed_x, conditional::n * conditional::d);
  const auto first = oracle::uniform_vector<double>(conditional::seed_w1, conditional::d * conditional::h), second = oracle::uniform_vector<double>(conditional::seed_w2, conditional::d * conditional::h);
  {
    const auto [value, dx, d1, d2] = session.run(z = 10.0, x = given, w1 = first, w2 = second);
    CHECK(std::abs(value - conditional::loss_positive) < 1e-13);
    oracle::check_all(dx, conditional::grad_x_positive, 1e-13);
    oracle::check_all(d1, conditional::grad_w1_positive, 1e-13);
    oracle::check_all(d2, conditional::grad_w2_positive, 0);
  }
  {
    const auto [value, dx, d1, d2] = session.run(z = -10.0, x = given, w1 = first, w2 = second);
    CHECK(std::abs(value - conditional::loss_negative) < 1e-13);
    oracle::check_all(dx, conditional::grad_x_negative, 1e-13);
    oracle::check_all(d1, conditional::grad_w1_negative, 0);
    oracle::check_all(d2, conditional::grad_w2_negative, 1e-13);
  }
}

TEST_CASE_TEMPLATE_DEFINE("loop over a static and a fed number of steps", Backend, loops) {
  const auto given = oracle::uniform_vector<double>(folded::seed_x, 5 * folded::d), y0 = oracle::uniform_vector<double>(folded::seed_y0, folded::d), ws = oracle::uniform_vector<double>(folded::seed_w, folded::d);
  const std::vector<double> first(given.begin(), given.begin() + folded::t * folded::d);
  {
    constexpr auto last = tl::fold(step, start, three);
    constexpr auto sum = tl::sum(last);
    auto session = tl::session<Backend>(last, tl::derivative(sum, three), tl::derivative(sum, start), tl::derivative(sum, w));
    const auto [y, dx, d0, dw] = session.run(three = first, start = y0, w = ws);
    oracle::check_all(y, folded::y, 1e-14);
    oracle::check_all(dx, folded::grad_x, 1e-14);
    oracle::check_all(d0, folded::grad_y0, 1e-14);
    oracle::check_all(dw, folded::grad_w, 1e-14);
  }
  constexpr auto last = tl::fold(step, start, xs);
  constexpr auto sum = tl::sum(last);
  auto session = tl::session<Backend>(last, tl::derivative(sum, xs), tl::derivative(sum, start), tl::derivative(sum, w));
  {
    const auto [y, dx, d0, dw] = session.run(xs = first, start = y0, w = ws);
    oracle::check_all(y, folded::y, 1e-14);
    oracle::check_all(dx, folded::grad_x, 1e-14);
    oracle::check_all(d0, folded::grad_y0, 1e-14);
    oracle::check_all(dw, folded::grad_w, 1e-14);
  }
  {
    const auto [y, dx, d0, dw] = session.run(xs = given, start = y0, w = ws);
    oracle::check_all(y, folded::y_of_5, 1e-14);
    oracle::check_all(dx, folded::grad_x_of_5, 1e-14);
    oracle::check_all(d0, folded::grad_y0_of_5, 1e-14);
    oracle::check_all(dw, folded::grad_w_of_5, 1e-14);
  }
  {
    const auto [y, dx, d0, dw] = session.run(xs = std::vector<double>(), start = y0, w = ws);
    CHECK(dx.size() == 0);
    oracle::check_all(y, y0, 0);
    oracle::check_all(dw, std::vector<double>(folded::d, 0.0), 0);
  }
}

}  // namespace checks::control_flow
