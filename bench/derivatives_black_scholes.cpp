// The price of an option and its four derivatives, by numbers one after the other, in double.
#include <tapeless/tapeless.hpp>

#include <cmath>

#include "support.hpp"

namespace tl = tapeless;

namespace {

struct greeks {
  double value, spot, strike, volatility, time;
};
[[gnu::noinline]] greeks by_hand(double s, double k, double v, double t) {
  const double root = std::sqrt(t), deviation = v * root, d1 = std::log(s / k) / deviation + 0.5 * deviation, d2 = d1 - deviation;
  const double half_root = 0.70710678118654752440;
  const double n1 = 0.5 * std::erfc(-d1 * half_root), n2 = 0.5 * std::erfc(-d2 * half_root);
  const double density = 0.39894228040143267794 * std::exp(-0.5 * d1 * d1);
  return {s * n1 - k * n2, n1, -n2, s * density * root, s * density * v / (2 * root)};
}

void black_scholes(bench::row& row) {
  const auto call = [](auto s, auto k, auto v, auto t) {
    const auto deviation = v * tl::sqrt(t);
    const auto d1 = tl::log(s / k) / deviation + 0.5 * deviation;
    const auto normal = [](auto x) { return 0.5 * tl::erfc(-x * 0.70710678118654752440); };
    return s * normal(d1) - k * normal(d1 - deviation);
  };
  auto gradient = tl::value_and_grad(call);

  constexpr std::size_t count = 1024;
  const bench::numbers<double> s(count, 90, 110), k(count, 90, 110), v(count, 0.05, 0.3), t(count, 0.5, 1.5);
  const auto [value, spot, strike, volatility, time] = gradient(s[0], k[0], v[0], t[0]);
  const greeks hand = by_hand(s[0], k[0], v[0], t[0]);
  row.expect_close(std::vector{value, spot, strike, volatility, time}, std::vector{hand.value, hand.spot, hand.strike, hand.volatility, hand.time}, 1e-9);
  std::size_t i = 0, j = 0;
  row.measure({}, bench::side{"tapeless",
                              [&] {
                                const auto r = gradient(s[i], k[i], v[i], t[i]);
                                i = (i + 1) % count, bench::consume(&r);
                              }},
              bench::side{"hand", [&] {
                            const auto r = by_hand(s[j], k[j], v[j], t[j]);
                            j = (j + 1) % count, bench::consume(&r);
                          }});
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, {{"Black-Scholes, value and gradient", black_scholes}}); }
