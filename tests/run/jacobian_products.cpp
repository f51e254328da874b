#include <tapeless/tapeless.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// Forward mode, reverse mode with a cotangent, and products with Hessians: against central differences, each other, and
// closed forms.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

constexpr tl::placeholder<"x", double, 4, 6> x;
constexpr tl::placeholder<"v", double, 4, 6> v;

double inner(const auto& a, const auto& b) {
  long double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.size()); ++i) sum += static_cast<long double>(a.data()[i]) * b.data()[i];
  return static_cast<double>(sum);
}

/// How far J v is from central differences along v, and <u, J v> from <u' J, v>, in units of what they are made of.
template <class Y> struct deviations {
  double differences = 0, adjoint = 0;

  explicit deviations(Y y) {
    constexpr std::int64_t count = tl::element_count(Y::shape);
    constexpr auto u = [] {
      return []<std::size_t... Axis>(std::index_sequence<Axis...>) { return tl::placeholder<"u", double, Y::shape[static_cast<int>(Axis)]...>(); }(std::make_index_sequence<static_cast<std::size_t>(Y::shape.rank)>{});
    }();
    const auto xs = waves<double>(24, 0.7), vs = waves<double>(24, 0.31), us = waves<double>(count, 1.3);
    auto products = tl::session<tl::simd>(tl::jvp(y, x, v), tl::vjp(y, x, u));
    const auto [jv, uj] = products.run(x = xs, v = vs, u = us);
    const double forward = inner(us, jv), reverse = inner(uj, vs);
    adjoint = std::abs(forward - reverse) / (1 + std::abs(forward));
    auto value = tl::session<tl::simd>(y);
    constexpr double h = 1e-5;
    std::vector<double> moved = xs, ahead, behind;
    const auto at = [&](double step) {
      for (std::size_t i = 0; i < 24; ++i) moved[i] = xs[i] + step * vs[i];
      const auto [found] = value.run(x = moved);
      return std::vector<double>(found.data(), found.data() + found.size());
    };
    ahead = at(h), behind = at(-h);
    for (std::size_t i = 0; i < ahead.size(); ++i) differences = std::max(differences, std::abs((ahead[i] - behind[i]) / (2 * h) - jv.data()[i]));
  }
};
template <class Y> void check(Y y) {
  const deviations<Y> found(y);
  CHECK(found.differences < 1e-8);
  CHECK(found.adjoint < 1e-14);
}

}  // namespace

TEST_CASE("jacobian products: elementwise ops") {
  check(tl::exp(x) * tl::tanh(x) - x / (tl::square(x) + 1_c));
  check(tl::sigmoid(x) + tl::erf(x) + tl::log(tl::square(x) + 1_c) + tl::sqrt(x + 2_c));
  check(tl::where(x > 0.2_c, tl::sin(x), tl::cos(x) * x));
}
TEST_CASE("jacobian products: reductions, products and views") {
  check(tl::softmax(x));
  check(tl::sum<0>(x * x));
  check(tl::max<1>(x));
  check(tl::matmul(x, tl::transpose(tl::tanh(x))));
  check(tl::concat<1>(tl::slice<1, 0, 2>(x) * 2_c, tl::exp(x)));
  check(tl::variance<1>(x));
}
TEST_CASE("jacobian products: forward mode has no more nodes than the rules by hand") {
  // y' = (1 + tan^2) v
  using program = tl::program<decltype(tl::jvp(tl::tan(x), x, v))>;
  CHECK(tl::to_string(program::graph) ==
        "%0 = placeholder \"x\" : double (4, 6)\n"
        "%1 = placeholder \"v\" : double (4, 6)\n"
        "%2 = tan %0 : double (4, 6)\n"
        "%3 = mul %2 %2 : double (4, 6)\n"
        "%4 = constant 1 : double ()\n"
        "%5 = add %3 %4 : double (4, 6)\n"
        "%6 = mul %1 %5 : double (4, 6)\n"
        "return %6\n");
}
TEST_CASE("jacobian products: Hessians times vectors, and derivatives of them") {
  constexpr auto f = tl::sum(x * x * x);  // Hessian diag(6 x); its product's derivative along v again: 6 v^2
  constexpr auto hv = tl::hvp(f, x, v);
  auto session = tl::session<tl::simd>(hv, tl::jvp(hv, x, v), tl::jvp(tl::jvp(x * x, x, v), x, v));
  const auto xs = waves<double>(24, 0.7), vs = waves<double>(24, 0.31);
  const auto [h, third, second] = session.run(x = xs, v = vs);
  for (std::size_t i = 0; i < 24; ++i) {
    CHECK(std::abs(h.data()[i] - 6 * xs[i] * vs[i]) < 1e-14);
    CHECK(std::abs(third.data()[i] - 6 * vs[i] * vs[i]) < 1e-14);
    CHECK(std::abs(second.data()[i] - 2 * vs[i] * vs[i]) < 1e-14);
  }
}
TEST_CASE("jacobian products: what does not depend is zero") {
  constexpr tl::placeholder<"z", double, 3> z;
  auto session = tl::session<tl::simd>(tl::jvp(tl::exp(z), x, v), tl::vjp(tl::exp(x), z, x));
  const auto [jv, uj] = session.run(x = waves<double>(24, 0.7), v = waves<double>(24, 0.3), z = std::vector<double>{1, 2, 3});
  for (int i = 0; i < 3; ++i) CHECK(jv.data()[i] == 0);
  for (int i = 0; i < 3; ++i) CHECK(uj.data()[i] == 0);
}
