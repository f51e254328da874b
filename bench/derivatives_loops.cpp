// Recurrences as loops of the graph: FastAD's stochastic volatility, and ADBench's LSTM.
#include "derivatives.hpp"

#include <cmath>

namespace tl = tapeless;
using namespace tl::literals;
using bench::doubles, bench::load, bench::store, bench::width;

namespace {

// h_0 = s e_0 / sqrt(1 - p^2) + m, h_i = s e_i + m + p (h_(i-1) - m); log N(y; 0, exp(h / 2)) + log N(e; 0, 1) + priors.
template <int N> constexpr tl::placeholder<"p", double, N + 3> parameters;
template <int N> constexpr auto phi = tl::take<0, 0>(parameters<N>);

template <int N> struct volatility_by_hand {
  static constexpr auto size = static_cast<std::size_t>(N);
  std::array<double, size> deviation, slope;

  [[gnu::noinline]] double value(const double* p, const double* y, double* g) {
    const double a = p[0], s = p[1], m = p[2], *const e = p + 3;
    const double root = std::sqrt(1 - a * a);
    deviation[0] = s * e[0] / root;
    for (std::size_t i = 1; i < size; ++i) deviation[i] = s * e[i] + a * deviation[i - 1];
    doubles sum(0.0), squares(0.0), slopes(0.0);
    static_assert(N % 8 == 0);
    for (std::size_t i = 0; i < size; i += static_cast<std::size_t>(width)) {
      const doubles h = load(&deviation[i]) + m, z = load(y + i), x = load(e + i), w = z * z * bench::exp_of(-h) * 0.5;
      sum -= 0.5 * h + w, squares += x * x;
      const doubles d = w - 0.5;
      store(&slope[i], d), slopes += d;
    }
    if (g != nullptr) {
      double back = 0, by_s = 0, by_a = 0;
      for (std::size_t i = size; i-- > 1;) {
        back = slope[i] + a * back;
        slope[i] = back;
      }
      for (std::size_t i = 1; i < size; ++i) by_s += e[i] * slope[i], by_a += slope[i] * deviation[i - 1], g[3 + i] = s * slope[i] - e[i];
      back = slope[0] + a * back;
      g[0] = by_a + back * s * e[0] * a / (root * root * root);
      g[1] = by_s + back * e[0] / root - 2 * s / 25 / (1 + s * s / 25);
      g[2] = bench::sum_of(slopes) - 2 * m / 100 / (1 + m * m / 100);
      g[3] = s / root * back - e[0];
    }
    return bench::sum_of(sum) - 0.5 * bench::sum_of(squares) - std::log(5) - std::log(1 + s * s / 25) - std::log(10) - std::log(1 + m * m / 100) - std::log(2);
  }
};

template <int N> void stochastic_volatility(bench::row& row) {
  constexpr tl::placeholder<"y", double, N> y;
  constexpr auto p = parameters<N>;
  constexpr auto sigma = tl::take<0, 1>(p);
  constexpr auto mu = tl::take<0, 2>(p);
  constexpr auto e = tl::slice<0, 3>(p);
  constexpr auto first = sigma * tl::take<0, 0>(e) / tl::sqrt(1_c - tl::square(phi<N>));
  constexpr auto further = tl::scan([](auto before, auto step) {
    const auto next = step + phi<N> * before;
    return std::pair(next, next);
  }, first, sigma * tl::slice<0, 1>(e)).second;
  constexpr auto h = tl::concat<0>(tl::expand_dims<0>(first), further) + mu;
  constexpr auto f = tl::sum(-0.5_c * h - 0.5_c * tl::square(y) * tl::exp(-h)) - 0.5_c * tl::sum(tl::square(e)) - tl::log(5_c) - tl::log(1_c + tl::square(sigma) / 25_c) - tl::log(10_c) -
                     tl::log(1_c + tl::square(mu) / 100_c) - tl::log(2_c);
  auto both = tl::session<bench::policy>(f, tl::derivative(f, p));
  auto alone = tl::session<bench::policy>(f);
  const bench::input ps(N + 3, 11, -1, 1), ys(N, 12, -1, 1);
  ps[0] = 0.9, ps[1] = 0.3, ps[2] = -1;
  auto hand = std::make_unique<volatility_by_hand<N>>();
  bench::measure_gradient(row, {8.0 * N, 16.0 * N, 8.0 * N, true}, both, alone, [&](auto& s) { return s.run(p = ps, y = ys); }, N + 3,
                          [&](double* g) { return hand->value(ps.data(), ys.data(), g); }, [&] { return hand->value(ps.data(), ys.data(), nullptr); });
}

// ADBench's LSTM: two layers of gates by weights for each of 14 characters, 1024 characters of a text.
constexpr int layers = 2, characters = 14, steps = 1023;
constexpr tl::placeholder<"weights", double, layers, 4, characters> weights;
constexpr tl::placeholder<"biases", double, layers, 4, characters> biases;
constexpr tl::placeholder<"extra", double, 3, characters> extra;

template <int Layer, int Gate> constexpr auto gate(auto x) { return x * tl::take<0, Gate>(tl::take<0, Layer>(weights)) + tl::take<0, Gate>(tl::take<0, Layer>(biases)); }
template <int Layer> constexpr auto cell(auto x, auto h, auto c) {
  const auto next = c * tl::sigmoid(gate<Layer, 0>(x)) + tl::sigmoid(gate<Layer, 1>(h)) * tl::tanh(gate<Layer, 3>(h));
  return std::tuple(tl::sigmoid(gate<Layer, 2>(x)) * tl::tanh(next), next);
}

void lstm(bench::row& row) {
  constexpr tl::placeholder<"text", double, steps + 1, characters> text;
  constexpr tl::placeholder<"state", double, 4, characters> state;
  constexpr auto start = std::tuple(tl::take<0, 0>(state), tl::take<0, 1>(state), tl::take<0, 2>(state), tl::take<0, 3>(state));
  constexpr auto predicted = tl::scan([](auto carried, auto x) {
    const auto [h0, c0, h1, c1] = carried;
    const auto [a, ca] = cell<0>(x * tl::take<0, 0>(extra), h0, c0);
    const auto [b, cb] = cell<1>(a, h1, c1);
    return std::pair(std::tuple(a, ca, b, cb), b * tl::take<0, 1>(extra) + tl::take<0, 2>(extra));
  }, start, tl::slice<0, 0, steps>(text)).second;
  constexpr auto normal = predicted - tl::log(tl::sum<1>(tl::exp(predicted), tl::keepdims) + 2_c);
  constexpr auto f = -tl::sum(tl::slice<0, 1>(text) * normal) / tl::constant_of<double(steps* characters)>;
  auto both = tl::session<bench::policy>(f, tl::derivative(f, weights), tl::derivative(f, biases), tl::derivative(f, extra));
  auto alone = tl::session<bench::policy>(f);
  const bench::input ws(layers * 4 * characters, 51, -1, 1), bs(layers * 4 * characters, 52, -1, 1), es(3 * characters, 53, -1, 1), ss(4 * characters, 54, -1, 1),
      xs((steps + 1) * characters, 55, 0, 1);
  const auto run = [&](auto& s) { return s.run(weights = ws, biases = bs, extra = es, state = ss, text = xs); };
  {  // against differences
    const auto all = bench::flat(run(both));
    row.expect_close(std::vector{std::get<0>(run(alone))}, std::vector{all[0]}, 1e-12);
    std::vector<double> ours, differences;
    for (const std::size_t i : {0u, 20u, 60u, 100u}) {
      const double h = 1e-5, middle = ws[i];
      ws[i] = middle + h;
      const double up = std::get<0>(run(alone));
      ws[i] = middle - h;
      const double down = std::get<0>(run(alone));
      ws[i] = middle;
      ours.push_back(all[1 + i]), differences.push_back((up - down) / (2 * h));
    }
    row.expect_close(ours, differences, 1e-6);
    row.found(all);
  }
  row.measure({}, bench::side{"tapeless",
                              [&] {
                                const auto r = run(both);
                                bench::consume(&r);
                              }},
              bench::side{"primal", [&] {
                            const auto r = run(alone);
                            bench::consume(&r);
                          }});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, {{"stochastic_volatility+gradient 19", stochastic_volatility<16>}, {"stochastic_volatility+gradient 1027", stochastic_volatility<1024>}, {"LSTM+gradient 2x1024x14", lstm}});
}
