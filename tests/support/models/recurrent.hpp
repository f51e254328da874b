// P30: a recurrent step and back-propagation through time; P31: LSTM and GRU.
#pragma once
#include "models/compare.hpp"
#include "models/oracles/recurrent.hpp"

#include <tapeless/tapeless.hpp>

#include <vector>

namespace checks::recurrent {

namespace tl = tapeless;
namespace stored = oracle::recurrent;
using namespace tl::literals;

constexpr tl::placeholder<"x", double, stored::t, stored::input> x;
constexpr tl::placeholder<"h0", double, stored::hidden> h0;
inline std::vector<double> xs() { return oracle::uniform_vector<double>(stored::seed_x, stored::t * stored::input); }
inline std::vector<double> h0s() { return oracle::uniform_vector<double>(stored::seed_h0, stored::hidden); }

template <std::int64_t Gates> constexpr tl::placeholder<"w", double, stored::input, Gates * stored::hidden> w;
template <std::int64_t Gates> constexpr tl::placeholder<"u", double, stored::hidden, Gates * stored::hidden> u;
template <std::int64_t Gates> constexpr tl::placeholder<"b", double, Gates * stored::hidden> b;

constexpr double tolerance = 1e-12;

TEST_CASE_TEMPLATE_DEFINE("recurrent step", Backend, plain) {
  namespace expected = stored::plain;
  constexpr tl::placeholder<"w_h", double, stored::hidden, stored::hidden> w_h;
  constexpr tl::placeholder<"w_x", double, stored::hidden, stored::input> w_x;
  constexpr auto last = tl::invoke([](auto wh, auto wx, auto start, auto rows) {
    return tl::fold([=](auto h, auto row) { return tl::tanh(tl::matmul(wh, h) + tl::matmul(wx, row)); }, start, rows);
  }, w_h, w_x, h0, x);
  constexpr auto loss = tl::sum(last * last);
  auto session = tl::session<Backend>(loss, last, tl::derivative(loss, w_h), tl::derivative(loss, w_x), tl::derivative(loss, h0), tl::derivative(loss, x));
  const auto wh = oracle::uniform_vector<double>(expected::seed_w_h, stored::hidden * stored::hidden, expected::scale);
  const auto wx = oracle::uniform_vector<double>(expected::seed_w_x, stored::hidden * stored::input, expected::scale);
  const auto [value, h, d_wh, d_wx, d_h0, d_x] = session.run(w_h = wh, w_x = wx, h0 = h0s(), x = xs());
  CHECK(std::abs(value - expected::loss) < tolerance);
  oracle::check_all(h, expected::last_h, tolerance);
  oracle::check_samples(d_wh, expected::grad_w_h, tolerance);
  oracle::check_sums(d_wh, expected::grad_w_h_sum, expected::grad_w_h_abs_sum, expected::grad_w_h_square_sum, tolerance);
  oracle::check_samples(d_wx, expected::grad_w_x, tolerance);
  oracle::check_sums(d_wx, expected::grad_w_x_sum, expected::grad_w_x_abs_sum, expected::grad_w_x_square_sum, tolerance);
  oracle::check_all(d_h0, expected::grad_h0, tolerance);
  oracle::check_all(d_x, expected::grad_x, tolerance);
}

/// `cell(state, row, w, u, b)`, a loop over the rows, and the gradients of the sum of the last output's squares.
template <class Backend, std::int64_t Gates, class Cell> auto session_of(Cell) {
  constexpr auto last = tl::invoke(Cell{}, w<Gates>, u<Gates>, b<Gates>, x, h0);
  constexpr auto loss = tl::sum(last * last);
  return tl::session<Backend>(loss, last, tl::derivative(loss, w<Gates>), tl::derivative(loss, u<Gates>), tl::derivative(loss, b<Gates>), tl::derivative(loss, x), tl::derivative(loss, h0));
}
#define CHECK_GRADIENTS(expected)                                                                             \
  const auto ws = oracle::uniform_vector<double>(expected::seed_w, stored::input * gates * stored::hidden, expected::scale);  \
  const auto us = oracle::uniform_vector<double>(expected::seed_u, stored::hidden * gates * stored::hidden, expected::scale); \
  const auto bs = oracle::uniform_vector<double>(expected::seed_b, gates * stored::hidden, expected::scale);  \
  auto session = session_of<Backend, gates>(cell);                                                             \
  const auto [value, h, d_w, d_u, d_b, d_x, d_h0] = session.run(w<gates> = ws, u<gates> = us, b<gates> = bs, x = xs(), h0 = h0s()); \
  CHECK(std::abs(value - expected::loss) < tolerance);                                                         \
  oracle::check_all(h, expected::last_h, tolerance);                                                           \
  oracle::check_samples(d_w, expected::grad_w, tolerance);                                                     \
  oracle::check_sums(d_w, expected::grad_w_sum, expected::grad_w_abs_sum, expected::grad_w_square_sum, tolerance); \
  oracle::check_samples(d_u, expected::grad_u, tolerance);                                                     \
  oracle::check_sums(d_u, expected::grad_u_sum, expected::grad_u_abs_sum, expected::grad_u_square_sum, tolerance); \
  oracle::check_samples(d_b, expected::grad_b, tolerance);                                                     \
  oracle::check_sums(d_b, expected::grad_b_sum, expected::grad_b_abs_sum, expected::grad_b_square_sum, tolerance); \
  oracle::check_samples(d_x, expected::grad_x, tolerance);                                                     \
  oracle::check_sums(d_x, expected::grad_x_sum, expected::grad_x_abs_sum, expected::grad_x_square_sum, tolerance); \
  oracle::check_samples(d_h0, expected::grad_h0, tolerance);                                                   \
  oracle::check_sums(d_h0, expected::grad_h0_sum, expected::grad_h0_abs_sum, expected::grad_h0_square_sum, tolerance)

TEST_CASE_TEMPLATE_DEFINE("LSTM", Backend, lstm) {
  constexpr std::int64_t gates = 4;
  constexpr auto cell = [](auto w, auto u, auto b, auto rows, auto start) {
    const auto zero = tl::broadcast_to(tl::add_constant(*start.owner, 0, start.type(), false), start.shape());
    return std::get<0>(tl::fold([=](auto state, auto row) { return tl::nn::lstm_step<stored::hidden>{}(state, tl::matmul(row, w) + b, u); }, std::tuple(start, zero), rows));
  };
  CHECK_GRADIENTS(stored::lstm);
}
TEST_CASE_TEMPLATE_DEFINE("GRU", Backend, gru) {
  constexpr std::int64_t gates = 3;
  constexpr auto cell = [](auto w, auto u, auto b, auto rows, auto start) {
    return tl::fold([=](auto h, auto row) { return tl::nn::gru_step<stored::hidden>{}(h, tl::matmul(row, w) + b, u); }, start, rows);
  };
  CHECK_GRADIENTS(stored::gru);
}
TEST_CASE_TEMPLATE_DEFINE("GRU, reset before the product", Backend, gru_reset_before) {
  constexpr std::int64_t gates = 3;
  constexpr auto cell = [](auto w, auto u, auto b, auto rows, auto start) {
    constexpr auto n = stored::hidden;
    return tl::fold([=](auto h, auto row) {
      const auto z = tl::matmul(row, w) + b;
      const auto hu = tl::matmul(h, tl::slice<1, 0, 2 * n>(u));
      const auto r = tl::sigmoid(tl::slice<0, 0, n>(z) + tl::slice<0, 0, n>(hu)), keep = tl::sigmoid(tl::slice<0, n, 2 * n>(z) + tl::slice<0, n, 2 * n>(hu));
      const auto fresh = tl::tanh(tl::slice<0, 2 * n, 3 * n>(z) + tl::matmul(r * h, tl::slice<1, 2 * n, 3 * n>(u)));
      return (1 - keep) * fresh + keep * h;
    }, start, rows);
  };
  CHECK_GRADIENTS(stored::gru_reset_before);
}

}  // namespace checks::recurrent
