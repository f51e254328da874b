// The derivatives of bench/derivatives_*.cpp by ADOL-C: each function is taped once, and the tape read again for each call.
#include <adolc/adolc.h>

#include <cmath>
#include <numeric>

#include "inputs.hpp"
#include "support.hpp"

namespace {

/// A row of value and gradient of `f(x, n)`, written for double and adouble. Each sweep asks for a buffer, so that a large one
/// costs a small function dear, and one that is too small is written to a file.
template <class F> auto gradient_of(std::vector<double> x, F f, unsigned buffer = 1 << 19) {
  return [=](bench::row& row) {
    const auto n = x.size();
    constexpr short tag = 1;
    trace_on(tag, 0, buffer, buffer, buffer, buffer, 0);
    {
      std::vector<adouble> ax(n);
      for (std::size_t i = 0; i < n; ++i) ax[i] <<= x[i];
      double y;
      f(ax.data(), n) >>= y;
    }
    trace_off();
    // One sweep forward that keeps what the sweep back needs, which is what gradient() does.
    std::vector<double> g(n);
    double y = 0;
    const double weight = 1;
    const auto sweep = [&] {
      zos_forward(tag, 1, static_cast<int>(n), 1, x.data(), &y);
      fos_reverse(tag, 1, static_cast<int>(n), const_cast<double*>(&weight), g.data());
      bench::consume(&y), bench::consume(g.data());
    };
    sweep();
    std::vector<double> all{y};
    all.insert(all.end(), g.begin(), g.end());
    row.found(all);
    row.measure({}, bench::side{"ADOL-C", sweep});
  };
}

template <class T> T sum(const T* x, std::size_t n) {
  T s = x[0];
  for (std::size_t i = 1; i < n; ++i) s += x[i];
  return s;
}
constexpr auto all_sum = [](const auto* x, std::size_t n) { return sum(x, n); };
constexpr auto all_prod = [](const auto* x, std::size_t n) {
  auto p = x[0];
  for (std::size_t i = 1; i < n; ++i) p *= x[i];
  return p;
};
constexpr auto log_sum_exp = []<class T>(const T* x, std::size_t n) {
  T s = exp(x[0]);
  for (std::size_t i = 1; i < n; ++i) s += exp(x[i]);
  return T(log(s));
};
constexpr auto shifted_log_sum_exp = []<class T>(const T* x, std::size_t n) {
  T m = x[0];
  for (std::size_t i = 1; i < n; ++i) m = fmax(m, x[i]);
  T s = exp(x[0] - m);
  for (std::size_t i = 1; i < n; ++i) s += exp(x[i] - m);
  return T(log(s) + m);
};
constexpr auto normal_log_pdf = []<class T>(const T* x, std::size_t n) {
  T s = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const T z = (x[i] + 0.56) * (1 / 1.37);
    s += z * z;
  }
  return T(-0.5 * s - static_cast<double>(n) * std::log(1.37));
};
constexpr auto matrix_product = []<class T>(const T* x, std::size_t count) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(0.5 * static_cast<double>(count))));
  const T *const a = x, *const b = x + n * n;
  T s = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      T c = a[i * n] * b[j];
      for (std::size_t l = 1; l < n; ++l) c += a[i * n + l] * b[l * n + j];
      s += c;
    }
  return s;
};

std::function<void(bench::row&)> regression(std::size_t w) {
  constexpr std::size_t rows = 1000;
  const auto x = bench::inputs(w * rows, 7, -1, 1), y = bench::inputs(rows, 8, -1, 1);
  auto parameters = bench::inputs(w, 9, -1, 1);
  parameters.push_back(0.3), parameters.push_back(1.2);
  return gradient_of(parameters, [=]<class T>(const T* p, std::size_t) {
    const T b = p[w], s = p[w + 1];
    T squares = 0, norm = b * b;
    for (std::size_t i = 0; i < rows; ++i) {
      T r = y[i] - b;
      for (std::size_t j = 0; j < w; ++j) r -= p[j] * x[j * rows + i];
      squares += r * r;
    }
    for (std::size_t j = 0; j < w; ++j) norm += p[j] * p[j];
    return T(-0.5 * squares / (s * s) - static_cast<double>(rows) * log(s) - 0.5 * norm - std::log(9.9));
  });
}

constexpr auto stochastic_volatility = [](std::size_t n) {
  const auto y = bench::inputs(n, 12, -1, 1);
  auto parameters = bench::inputs(n + 3, 11, -1, 1);
  parameters[0] = 0.9, parameters[1] = 0.3, parameters[2] = -1;
  return gradient_of(parameters, [=]<class T>(const T* p, std::size_t) {
    const T phi = p[0], sigma = p[1], mu = p[2];
    const T* const e = p + 3;
    T deviation = sigma * e[0] / sqrt(1 - phi * phi), sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (i > 0) deviation = sigma * e[i] + phi * deviation;
      const T h = deviation + mu;
      sum -= 0.5 * h + 0.5 * y[i] * y[i] * exp(-h);
      squares += e[i] * e[i];
    }
    return T(sum - 0.5 * squares - std::log(5) - log(1 + sigma * sigma / 25) - std::log(10) - log(1 + mu * mu / 100) - std::log(2));
  });
};

std::function<void(bench::row&)> least_squares() {
  constexpr int points = 1024, coefficients = 128;
  return gradient_of(bench::inputs(coefficients, 31, -1, 1), []<class T>(const T* x, std::size_t) {
    T f = 0;
    for (int i = 0; i < points; ++i) {
      const double t = -1 + 2.0 * i / (points - 1);
      double p = 1;
      T r = t > 0 ? 1 : -1;
      for (int j = 0; j < coefficients; ++j) r -= x[j] * p, p *= t;
      f += r * r;
    }
    return T(0.5 * f);
  });
}

template <class T> T price(const T* x, std::size_t) {
  const T deviation = x[2] * sqrt(x[3]);
  const T d1 = log(x[0] / x[1]) / deviation + 0.5 * deviation;
  const auto normal = [](const T& z) { return T(0.5 + 0.5 * erf(z * 0.70710678118654752440)); };
  return x[0] * normal(d1) - x[1] * normal(d1 - deviation);
}
constexpr auto option = []<class T>(const T* x, std::size_t n) { return price(x, n); };
std::vector<double> option_inputs() { return {bench::inputs(1, 21, 90, 110)[0], bench::inputs(1, 22, 90, 110)[0], bench::inputs(1, 23, 0.05, 0.3)[0], bench::inputs(1, 24, 0.5, 1.5)[0]}; }

/// The Hessian by its driver, which sweeps once for each input.
void hessian_of_option(bench::row& row) {
  constexpr short tag = 2;
  auto x = option_inputs();
  trace_on(tag, 0, 1 << 12, 1 << 12, 1 << 12, 1 << 12, 0);
  {
    std::array<adouble, 4> ax;
    for (std::size_t i = 0; i < 4; ++i) ax[i] <<= x[i];
    double y;
    price(ax.data(), 4) >>= y;
  }
  trace_off();
  double h[4][4];
  double* rows[]{h[0], h[1], h[2], h[3]};
  row.measure({}, bench::side{"ADOL-C", [&] {
                                hessian(tag, 4, x.data(), rows);
                                bench::consume(h);
                              }});
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  constexpr unsigned small = 1 << 12, large = 1 << 19;
  const auto vectors = [&](const std::string& name, std::initializer_list<std::size_t> counts, std::uint64_t seed, double from, double until, auto f) {
    for (const auto n : counts) rows.emplace_back(name + "+gradient " + std::to_string(n), gradient_of(bench::inputs(n, seed, from, until), f, n < 100 ? small : large));
  };
  vectors("sum", {1, 16, 16384}, 1, -1, 1, all_sum);
  vectors("prod", {16, 1024}, 2, 0.9, 1.1, all_prod);
  vectors("log_sum_exp", {16, 1024, 16384}, 3, -1, 1, log_sum_exp);
  vectors("normal_log_pdf", {16, 1024, 16384}, 6, -1, 1, normal_log_pdf);
  for (const std::size_t n : {2u, 22u}) {  // the tape of 181 would take gigabytes
    auto both = bench::inputs(n * n, 4, -1, 1);
    const auto b = bench::inputs(n * n, 5, -1, 1);
    both.insert(both.end(), b.begin(), b.end());
    rows.emplace_back("matrix_product+gradient " + std::to_string(2 * n * n), gradient_of(both, matrix_product, n < 5 ? small : large));
  }
  for (const std::size_t w : {10u, 50u, 150u}) rows.emplace_back("regression+gradient " + std::to_string(w + 2), regression(w));
  for (const std::size_t n : {16u, 1024u}) rows.emplace_back("stochastic_volatility+gradient " + std::to_string(n + 3), stochastic_volatility(n));
  rows.emplace_back("LLSQ+gradient 1024x128", least_squares());
  rows.emplace_back("LSE+gradient 2500", gradient_of(bench::inputs(2500, 32, -10, 10), shifted_log_sum_exp));
  rows.emplace_back("Black-Scholes, value and gradient", gradient_of(option_inputs(), option, small));
  rows.emplace_back("Black-Scholes, Hessian", hessian_of_option);
  return bench::serve(argc, argv, rows);
}
