// P29: the error signals delta^l of the textbook's recurrences are the derivatives that the library gives.
#include "oracles/backpropagation.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <vector>

#include "compare.hpp"

namespace tl = tapeless;
namespace expected = oracle::backpropagation;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", double, 5> x;
constexpr tl::placeholder<"y", double, 3> y;
constexpr tl::variable<"W1", double, 7, 5> W1;
constexpr tl::variable<"W2", double, 6, 7> W2;
constexpr tl::variable<"W3", double, 4, 6> W3;
constexpr tl::variable<"W4", double, 3, 4> W4;
constexpr tl::variable<"b1", double, 7> b1;
constexpr tl::variable<"b2", double, 6> b2;
constexpr tl::variable<"b3", double, 4> b3;
constexpr tl::variable<"b4", double, 3> b4;

constexpr auto a1 = tl::sigmoid(tl::matmul(W1, x) + b1);
constexpr auto a2 = tl::sigmoid(tl::matmul(W2, a1) + b2);
constexpr auto a3 = tl::sigmoid(tl::matmul(W3, a2) + b3);
constexpr auto z4 = tl::matmul(W4, a3) + b4;

constexpr double tolerance = 1e-14;

template <class Session> void start(Session& session) {
  const auto fill = [](auto to, std::uint64_t seed, double scale) {
    std::ranges::copy(oracle::uniform_vector<double>(seed, static_cast<std::size_t>(to.size()), scale), to.data());
  };
  fill(session[W1], 61, 2), fill(session[W2], 62, 2), fill(session[W3], 63, 2), fill(session[W4], 64, 2);
  fill(session[b1], 71, 1), fill(session[b2], 72, 1), fill(session[b3], 73, 1), fill(session[b4], 74, 1);
}

/// delta^l = (W^(l+1)^T delta^(l+1)) * f'(z^l), f' = a (1 - a)
template <class W, class Delta, class A> constexpr auto back(W w, Delta delta, A a) {
  return tl::matmul(tl::transpose(w), delta) * a * (1_c - a);
}
/// dC/dW^l = delta^l a^(l-1)^T
template <class Delta, class A> constexpr auto weight_gradient(Delta delta, A a) { return tl::outer(delta, a); }

}  // namespace

TEST_CASE_TEMPLATE("every layer sigmoid, squared error", Backend, tl::simd, tl::reference) {
  namespace e = expected::squared_error;
  constexpr auto a4 = tl::sigmoid(z4);
  constexpr auto cost = tl::sum(tl::square(a4 - y)) / 2_c;

  constexpr auto delta4 = (a4 - y) * a4 * (1_c - a4);
  constexpr auto delta3 = back(W4, delta4, a3);
  constexpr auto delta2 = back(W3, delta3, a2);
  constexpr auto delta1 = back(W2, delta2, a1);

  auto session = tl::session<Backend>(cost, a1, a4, delta1, delta2, delta3, delta4, tl::derivative(cost, b1), tl::derivative(cost, b2), tl::derivative(cost, b3),
                                      tl::derivative(cost, b4), weight_gradient(delta1, x), tl::derivative(cost, W1), weight_gradient(delta4, a3), tl::derivative(cost, W4));
  start(session);
  auto ys = oracle::uniform_vector<double>(expected::seed_y, 3);
  for (auto& v : ys) v = (v + 1) / 2;
  const auto [loss, first, last, d1, d2, d3, d4, g1, g2, g3, g4, w1_book, w1, w4_book, w4] = session.run(x = oracle::uniform_vector<double>(expected::seed_x, 5), y = ys);

  CHECK(loss == doctest::Approx(e::loss).epsilon(1e-14));
  oracle::check_all(first, e::activation_1, tolerance);
  oracle::check_all(last, e::activation_4, tolerance);
  oracle::check_all(d1, e::delta_1, tolerance), oracle::check_all(g1, e::delta_1, tolerance);
  oracle::check_all(d2, e::delta_2, tolerance), oracle::check_all(g2, e::delta_2, tolerance);
  oracle::check_all(d3, e::delta_3, tolerance), oracle::check_all(g3, e::delta_3, tolerance);
  oracle::check_all(d4, e::delta_4, tolerance), oracle::check_all(g4, e::delta_4, tolerance);
  oracle::check_all(w1_book, e::grad_w_1, tolerance), oracle::check_all(w1, e::grad_w_1, tolerance);
  oracle::check_all(w4_book, e::grad_w_4, tolerance), oracle::check_all(w4, e::grad_w_4, tolerance);
}

TEST_CASE_TEMPLATE("last layer softmax, cross-entropy", Backend, tl::simd, tl::reference) {
  namespace e = expected::cross_entropy;
  constexpr auto a4 = tl::softmax(z4);
  constexpr auto cost = -tl::sum(tl::log(tl::slice<0, e::r, e::r + 1>(a4)));

  // The full Jacobian diag(a) - a a^T stands between dC/da = -[r] / a_r and delta^4.
  constexpr auto dC_da4 = tl::derivative(cost, a4);
  constexpr auto delta4 = a4 * dC_da4 - tl::matmul(tl::outer(a4, a4), dC_da4);
  constexpr auto delta3 = back(W4, delta4, a3);
  constexpr auto delta2 = back(W3, delta3, a2);
  constexpr auto delta1 = back(W2, delta2, a1);

  auto session = tl::session<Backend>(cost, a4, delta1, delta2, delta3, delta4, tl::derivative(cost, b1), tl::derivative(cost, b2), tl::derivative(cost, b3),
                                      tl::derivative(cost, b4), tl::derivative(cost, z4), tl::derivative(cost, W1), tl::derivative(cost, W4));
  start(session);
  const auto [loss, last, d1, d2, d3, d4, g1, g2, g3, g4, gz, w1, w4] = session.run(x = oracle::uniform_vector<double>(expected::seed_x, 5));

  CHECK(loss == doctest::Approx(e::loss).epsilon(1e-14));
  oracle::check_all(last, e::activation_4, tolerance);
  oracle::check_all(d1, e::delta_1, tolerance), oracle::check_all(g1, e::delta_1, tolerance);
  oracle::check_all(d2, e::delta_2, tolerance), oracle::check_all(g2, e::delta_2, tolerance);
  oracle::check_all(d3, e::delta_3, tolerance), oracle::check_all(g3, e::delta_3, tolerance);
  oracle::check_all(d4, e::delta_4, tolerance), oracle::check_all(g4, e::delta_4, tolerance), oracle::check_all(gz, e::delta_4, tolerance);
  oracle::check_all(w1, e::grad_w_1, tolerance);
  oracle::check_all(w4, e::grad_w_4, tolerance);
}
