// Derivatives of every kind, and what the compiler makes of them.
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

// A function template written for double: the price of a European call (Black & Scholes 1973).
template <class T> constexpr T normal_cdf(T x) {
  using std::erfc;
  return 0.5 * erfc(x * -0.70710678118654752);
}
constexpr auto call_price = [](auto spot, auto strike, auto volatility, auto years) {
  using std::log, std::sqrt;
  const auto deviation = volatility * sqrt(years);
  const auto d1 = log(spot / strike) / deviation + 0.5 * deviation;
  return spot * normal_cdf(d1) - strike * normal_cdf(d1 - deviation);
};

// A loop: an oscillator in small steps, and how far it gets.
constexpr auto oscillate = [](auto stiffness, auto start) {
  const auto [x, v] = tl::repeat<1000>([=](auto state) {
    const auto [position, velocity] = state;
    const auto faster = velocity - 0.01 * stiffness * position;
    return std::tuple(position + 0.01 * faster, faster);
  }, std::tuple(start, 0.0 * start));
  return x;
};

constexpr tl::placeholder<"x", double, 4> x;
constexpr tl::placeholder<"v", double, 4> v;
constexpr tl::placeholder<"w", double> w;
constexpr auto last = tl::fold([](auto h, auto input) { return tl::tanh(h * w + input); }, 0_c, x);

}  // namespace

int main() {
  // One call with numbers is straight-line code; many at once are one SIMD loop.
  const auto [delta, dual_delta, vega, theta] = tl::grad(call_price)(100.0, 95.0, 0.2, 1.0);
  std::printf("delta %.4f, vega %.4f, gamma %.6f\n", delta, vega, std::get<0>(std::get<0>(tl::hessian(call_price)(100.0, 95.0, 0.2, 1.0))));
  const std::vector<double> spots{90, 100, 110}, strikes{95, 95, 95}, volatilities{0.2, 0.2, 0.2}, years{1, 1, 1};
  const auto deltas = std::get<0>(tl::vmap(tl::grad(call_price))(spots, strikes, volatilities, years));
  std::printf("deltas %.4f %.4f %.4f\n", deltas[0], deltas[1], deltas[2]);

  // Through a loop, in reverse and forward mode.
  std::printf("dx/dk %.6f in reverse, ", std::get<0>(tl::grad(oscillate)(4.0, 1.0)));
  std::printf("%.6f forward\n", std::get<1>(tl::jvp(oscillate)(4.0, 1.0, 1.0, 0.0)));

  // What was derived, simplified: J v of a softmax, and the Hessian of a sum of cubes times v.
  using product = tl::program<decltype(tl::jvp(tl::tanh(x) * w, x, v))>;
  std::printf("\nJ v of tanh(x) w\n%s", tl::to_string(product::graph).c_str());
  using hessian = tl::program<decltype(tl::hvp(tl::sum(x * x * x), x, v))>;
  std::printf("\nH v of sum(x^3)\n%s", tl::to_string(hessian::graph).c_str());
  using back = tl::body_program<tl::program<decltype(tl::derivative(tl::sum(last), w))>, 1, tl::region_part::step>;
  std::printf("\nthe step back of h = tanh(h w + x)\n%s%s", tl::to_string(back::graph).c_str(), tl::to_string(back::graph, back::plan).c_str());
}
