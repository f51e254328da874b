// Problems of ADBench and of Enzyme's paper in double, and the product of a net's Hessian with a vector in float: the
// derivatives' time beside that of the function alone.
#include "derivatives.hpp"

#include <cmath>
#include <numbers>

namespace tl = tapeless;
using namespace tl::literals;
using bench::doubles, bench::load, bench::store, bench::sum_over, bench::width;

namespace {

// y = sum((sign(t_i) - sum(x_j t_i^j))^2) / 2 over t from -1 to 1.
constexpr int points = 1024, coefficients = 128;

/// The columns 1, t, t^2, ... by doubling their number.
template <int Columns> constexpr auto powers(auto t) {
  if constexpr (Columns == 2) return tl::pad<1, 1, 0>(tl::expand_dims<1>(t), 1_c);
  else {
    const auto half = powers<Columns / 2>(t);
    return tl::concat<1>(half, half * tl::expand_dims<1>(tl::pow<Columns / 2>(t)));
  }
}

/// Powers by one multiplication each, in registers: `visit(j, powers of `ways` registers)`.
struct polynomial {
  static constexpr int ways = 4;
  std::array<double, points> t, residual;

  polynomial() {
    for (std::size_t i = 0; i < points; ++i) t[i] = -1 + 2.0 * static_cast<double>(i) / (points - 1);
  }
  [[gnu::noinline]] double value(const double* x, double* keep) const {
    doubles squares(0.0);
    for (int i = 0; i < points; i += ways * width) {
      std::array<doubles, ways> p, at, sum;
      for (int u = 0; u < ways; ++u) {
        const auto w = static_cast<std::size_t>(u);
        at[w] = load(t.data() + i + u * width), p[w] = doubles(1.0), sum[w] = xsimd::select(at[w] > doubles(0.0), doubles(1.0), doubles(-1.0));
      }
      for (int j = 0; j < coefficients; ++j)
        for (std::size_t u = 0; u < ways; ++u) sum[u] = xsimd::fnma(doubles(x[j]), p[u], sum[u]), p[u] *= at[u];
      for (int u = 0; u < ways; ++u) {
        const auto w = static_cast<std::size_t>(u);
        squares += sum[w] * sum[w];
        if (keep != nullptr) store(keep + i + u * width, sum[w]);
      }
    }
    return 0.5 * bench::sum_of(squares);
  }
  [[gnu::noinline]] double gradient(const double* x, double* g) {
    const double y = value(x, residual.data());
    std::array<doubles, coefficients> sums;
    sums.fill(doubles(0.0));
    for (int i = 0; i < points; i += ways * width) {
      std::array<doubles, ways> p, at;
      for (int u = 0; u < ways; ++u) {
        const auto w = static_cast<std::size_t>(u);
        at[w] = load(t.data() + i + u * width), p[w] = load(residual.data() + i + u * width);
      }
      for (auto& s : sums) {
        s += (p[0] + p[1]) + (p[2] + p[3]);
        for (std::size_t u = 0; u < ways; ++u) p[u] *= at[u];
      }
    }
    for (const auto& s : sums) *g++ = -bench::sum_of(s);
    return y;
  }
};

void least_squares(bench::row& row) {
  constexpr tl::placeholder<"x", double, coefficients> x;
  constexpr auto t = tl::cast<double>(tl::iota<std::int64_t, points>()) * tl::constant_of<2.0 / (points - 1)> - 1_c;
  constexpr auto f = 0.5_c * tl::sum(tl::square(tl::sign(t) - tl::matmul(powers<coefficients>(t), x)));
  auto both = tl::session<bench::policy>(f, tl::derivative(f, x));
  auto alone = tl::session<bench::policy>(f);
  const bench::input xs(coefficients, 31, -1, 1);
  polynomial p;
  bench::measure_gradient(row, {4.0 * points * coefficients, 8.0 * coefficients, 8.0 * coefficients, true}, both, alone, [&](auto& s) { return s.run(x = xs); }, coefficients,
                          [&](double* g) { return p.gradient(xs.data(), g); }, [&] { return p.value(xs.data(), nullptr); });
}

/// log(sum(exp(x))) by the greatest.
void log_sum_exp(bench::row& row) {
  constexpr int n = 2500;
  constexpr tl::placeholder<"x", double, n> x;
  constexpr auto f = tl::logsumexp(x);
  auto both = tl::session<bench::policy>(f, tl::derivative(f, x));
  auto alone = tl::session<bench::policy>(f);
  const bench::input xs(n, 32, -10, 10);
  static_assert(n % 4 == 0);
  const auto greatest = [&] {
    std::array<double, 32> m;
    m.fill(-std::numeric_limits<double>::infinity());
    int i = 0;
    for (; i + 32 <= n; i += 32)
      for (std::size_t j = 0; j < 32; ++j) m[j] = m[j] > xs[static_cast<std::size_t>(i) + j] ? m[j] : xs[static_cast<std::size_t>(i) + j];
    double all = *std::max_element(m.begin(), m.end());
    for (; i < n; ++i) all = std::max(all, xs[static_cast<std::size_t>(i)]);
    return all;
  };
  const auto hand = [&](double* g) {
    const double m = greatest();
    const double s = sum_over(
        n,
        [&](int i) {
          const doubles e = bench::exp_of(load(xs.data() + i) - m);
          store(g + i, e);
          return e;
        },
        [&](int i) { return g[i] = std::exp(xs[static_cast<std::size_t>(i)] - m); });
    const double scale = 1 / s;
    for (int i = 0; i < n; ++i) g[i] *= scale;
    return std::log(s) + m;
  };
  const auto primal = [&] {
    const double m = greatest();
    return std::log(sum_over(n, [&](int i) { return bench::exp_of(load(xs.data() + i) - m); }, [&](int i) { return std::exp(xs[static_cast<std::size_t>(i)] - m); })) + m;
  };
  bench::measure_gradient(row, {4.0 * n, 8.0 * n, 8.0 * n, true}, both, alone, [&](auto& s) { return s.run(x = xs); }, n, hand, primal);
}

/// ADBench's mixture of Gaussians, with the Wishart prior of gamma = 1, m = 0.
constexpr int d = 10, k = 25, n = 1000, below = d * (d - 1) / 2;
constexpr double log_gamma_of_prior = [] {  // log of the multivariate gamma function at (d + 1) / 2, its lgamma being of n/2 for whole n
  double all = 0.25 * d * (d - 1) * 1.1447298858494001741434;
  for (int j = 1; j <= d; ++j) {
    int twice = d + 2 - j;  // lgamma(twice / 2)
    double value = twice % 2 == 0 ? 0 : 0.57236494292470008707;
    for (int m = twice - 2; m > 0; m -= 2) value += __builtin_log(0.5 * m);
    all += value;
  }
  return all;
}();
/// What does not depend on the parameters.
constexpr double constant_of_mixture = -n * d * 0.5 * 1.8378770664093454835607 - k * ((d + 1) * d * -0.5 * 0.69314718055994530942 - log_gamma_of_prior);

struct mixture {
  bench::input alphas{k, 41, -1, 1}, means{k * d, 42, 0, 1}, icf{k * (d + below), 43, -1, 1}, x{n * d, 44, 0, 1};
  std::array<std::int64_t, d * d> places{};  ///< in the packed columns below the diagonal, of each element of a triangle; above it behind all

  mixture() {
    std::int64_t next = 0;
    places.fill(below);
    for (std::size_t column = 0; column < d; ++column)
      for (std::size_t line = column + 1; line < d; ++line) places[line * d + column] = next++;
  }
};

/// By hand with the 25 parts in lanes: all of their parameters stand beside each other.
struct mixture_by_hand {
  static constexpr int parts = (k + 7) / 8 * 8, size = static_cast<int>(parts);
  using lane = std::array<double, parts>;
  static constexpr std::size_t lanes = parts;
  std::array<lane, d> mean, diagonal, mean_gradient, diagonal_gradient;
  std::array<lane, below> lower, lower_gradient;
  lane weight, alpha, total;

  void read(const mixture& m) {
    for (auto& l : mean) l.fill(0);
    for (auto& l : diagonal) l.fill(0);
    for (auto& l : lower) l.fill(0);
    weight.fill(-std::numeric_limits<double>::infinity()), alpha.fill(weight[0]);
    for (std::size_t p = 0; p < k; ++p) {
      double sum = 0;
      for (std::size_t i = 0; i < d; ++i) {
        const double q = m.icf[p * (d + below) + i];
        mean[i][p] = m.means[p * d + i], diagonal[i][p] = std::exp(q), sum += q;
      }
      for (std::size_t i = 0; i < below; ++i) lower[i][p] = m.icf[p * (d + below) + d + i];
      alpha[p] = m.alphas[p], weight[p] = m.alphas[p] + sum;
    }
  }
  static double log_sum_exp(const lane& a, lane* softmax) {
    double greatest = a[0], sum = 0;
    for (const double v : a) greatest = greatest > v ? greatest : v;
    lane e;
    for (std::size_t p = 0; p < lanes; p += width) store(&e[p], bench::exp_of(load(&a[p]) - greatest));
    for (const double v : e) sum += v;
    if (softmax != nullptr)
      for (std::size_t p = 0; p < lanes; ++p) (*softmax)[p] = e[p] / sum;
    return greatest + std::log(sum);
  }
  template <bool Gradient> [[gnu::noinline]] double value(const mixture& m, double* g) {
    read(m);
    double sum = 0;
    if constexpr (Gradient) {
      for (auto& l : mean_gradient) l.fill(0);
      for (auto& l : diagonal_gradient) l.fill(0);
      for (auto& l : lower_gradient) l.fill(0);
      total.fill(0);
    }
    for (std::size_t i = 0; i < n; ++i) {
      std::array<lane, d> z, q;
      lane term = weight, part;
      for (std::size_t c = 0; c < d; ++c)
        for (std::size_t p = 0; p < lanes; ++p) z[c][p] = m.x[i * d + c] - mean[c][p], q[c][p] = diagonal[c][p] * z[c][p];
      std::size_t at = 0;
      for (std::size_t c = 0; c < d; ++c)
        for (std::size_t r = c + 1; r < d; ++r, ++at)
          for (std::size_t p = 0; p < lanes; ++p) q[r][p] += lower[at][p] * z[c][p];
      for (std::size_t c = 0; c < d; ++c)
        for (std::size_t p = 0; p < lanes; ++p) term[p] -= 0.5 * q[c][p] * q[c][p];
      sum += log_sum_exp(term, Gradient ? &part : nullptr);
      if constexpr (Gradient) {
        std::array<lane, d> dz;
        for (std::size_t p = 0; p < lanes; ++p) total[p] += part[p];
        for (std::size_t c = 0; c < d; ++c)
          for (std::size_t p = 0; p < lanes; ++p) q[c][p] *= -part[p], diagonal_gradient[c][p] += q[c][p] * z[c][p], dz[c][p] = q[c][p] * diagonal[c][p];
        at = 0;
        for (std::size_t c = 0; c < d; ++c)
          for (std::size_t r = c + 1; r < d; ++r, ++at)
            for (std::size_t p = 0; p < lanes; ++p) lower_gradient[at][p] += q[r][p] * z[c][p], dz[c][p] += q[r][p] * lower[at][p];
        for (std::size_t c = 0; c < d; ++c)
          for (std::size_t p = 0; p < lanes; ++p) mean_gradient[c][p] -= dz[c][p];
      }
    }
    lane softmax;
    sum -= n * log_sum_exp(alpha, Gradient ? &softmax : nullptr);
    for (std::size_t p = 0; p < k; ++p) {
      for (std::size_t c = 0; c < d; ++c) sum += 0.5 * diagonal[c][p] * diagonal[c][p];
      for (std::size_t c = 0; c < below; ++c) sum += 0.5 * lower[c][p] * lower[c][p];
      if constexpr (Gradient) {
        g[p] = total[p] - n * softmax[p];
        for (std::size_t c = 0; c < d; ++c) {
          g[k + p * d + c] = mean_gradient[c][p];
          g[k + k * d + p * (d + below) + c] = total[p] + (diagonal_gradient[c][p] + diagonal[c][p]) * diagonal[c][p];
        }
        for (std::size_t c = 0; c < below; ++c) g[k + k * d + p * (d + below) + d + c] = lower_gradient[c][p] + lower[c][p];
      }
    }
    return sum + constant_of_mixture;
  }
};

void gaussian_mixture(bench::row& row) {
  constexpr tl::placeholder<"alphas", double, k> alphas;
  constexpr tl::placeholder<"means", double, k, d> means;
  constexpr tl::placeholder<"icf", double, k, d + below> icf;
  constexpr tl::placeholder<"x", double, n, d> x;
  constexpr tl::placeholder<"places", std::int64_t, d * d> places;

  constexpr auto logs = tl::slice<1, 0, d>(icf);
  constexpr auto lower = tl::slice<1, d>(icf);
  constexpr auto diagonal = tl::exp(logs);
  constexpr auto packed = tl::pad<0, 0, 1>(tl::transpose(lower));                              // a row for each place, one of zeros
  constexpr auto triangle = tl::reshape<d, d, k>(tl::gather(packed, places));
  constexpr auto unit = tl::cast<double>(tl::expand_dims<1>(tl::iota<std::int64_t, d>()) == tl::iota<std::int64_t, d>());
  constexpr auto q = tl::transpose<2, 0, 1>(triangle) + unit * tl::expand_dims<1>(diagonal);   // (k, d, d)
  constexpr auto z = tl::matmul(q, tl::transpose(x)) - tl::matmul(q, tl::expand_dims<2>(means));  // (k, d, n)
  constexpr auto terms = tl::expand_dims<1>(alphas + tl::sum<1>(logs)) - 0.5_c * tl::sum<1>(tl::square(z));
  constexpr auto prior = 0.5_c * (tl::sum(tl::square(diagonal)) + tl::sum(tl::square(lower)));
  constexpr auto f = tl::sum(tl::logsumexp<0>(terms)) - tl::constant_of<double(n)> * tl::logsumexp(alphas) + prior + tl::constant_of<constant_of_mixture>;

  auto both = tl::session<bench::policy>(f, tl::derivative(f, alphas), tl::derivative(f, means), tl::derivative(f, icf));
  auto alone = tl::session<bench::policy>(f);
  const mixture m;
  auto hand = std::make_unique<mixture_by_hand>();
  const auto run = [&](auto& s) { return s.run(alphas = m.alphas, means = m.means, icf = m.icf, x = m.x, places = m.places); };
  bench::measure_gradient(row, {6.0 * n * k * d * d, 8.0 * n * d, 8.0 * k * d * d, true}, both, alone, run, k * (1 + d + d + below),
                          [&](double* g) { return hand->value<true>(m, g); }, [&] { return hand->value<false>(m, nullptr); });
}

/// Inputs that the rivals have too.
struct floats : bench::numbers<float> {
  floats(int count, std::uint64_t seed, double most) : bench::numbers<float>(count) {
    for (std::size_t i = 0; i < size(); ++i) (*this)[i] = static_cast<float>(bench::input_at(i, seed, -most, most));
  }
};

/// The Hessian of the loss of a two-layer net by both weights, times a vector; beside the gradient.
void hessian_of_net(bench::row& row) {
  constexpr int batch = 64, in = 1000, hidden = 100;
  constexpr tl::placeholder<"x", float, batch, in> x;
  constexpr tl::placeholder<"y", float, batch, in> y;
  constexpr tl::placeholder<"w1", float, in, hidden> w1;
  constexpr tl::placeholder<"w2", float, hidden, in> w2;
  constexpr tl::placeholder<"v1", float, in, hidden> v1;
  constexpr tl::placeholder<"v2", float, hidden, in> v2;
  constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w1)), w2) - y));
  constexpr auto g1 = tl::derivative(loss, w1);
  constexpr auto g2 = tl::derivative(loss, w2);
  auto gradient = tl::session<bench::policy>(g1, g2);
  auto product = tl::session<bench::policy>(tl::jvp(g1, w1, v1) + tl::jvp(g1, w2, v2), tl::jvp(g2, w1, v1) + tl::jvp(g2, w2, v2));
  const floats xs(batch * in, 61, 1), ys(batch * in, 62, 1), w1s(in * hidden, 63, 0.1), w2s(hidden * in, 64, 0.1), v1s(in * hidden, 65, 0.1), v2s(hidden * in, 66, 0.1);
  const auto along = [&](const auto& a, const auto& b) { return product.run(x = xs, y = ys, w1 = w1s, w2 = w2s, v1 = a, v2 = b); };
  const auto ours = [&] { return along(v1s, v2s); };
  {  // a Hessian is symmetric: u' H v = v' H u; differences of the gradient would meet the kinks
    const bench::numbers<float> u1s(in * hidden, -0.1f, 0.1f), u2s(hidden * in, -0.1f, 0.1f);
    const auto dot = [](const auto& results, const auto& a, const auto& b) {
      const auto [h1, h2] = results;
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i) sum += double(h1.data()[i]) * double(a[i]) + double(h2.data()[i]) * double(b[i]);
      return sum;
    };
    row.expect_close(std::vector{dot(along(v1s, v2s), u1s, u2s)}, std::vector{dot(along(u1s, u2s), v1s, v2s)}, 1e-3);
  }
  const auto found = bench::flat(ours());
  std::vector<double> all{0};  // in the place of a value
  all.insert(all.end(), found.begin(), found.end());
  row.found(all);
  row.measure({10 * 2.0 * batch * in * hidden, 4.0 * (2 * batch * in + 4 * in * hidden), 4.0 * 2 * in * hidden}, bench::side{"tapeless",
                                                                                                                             [&] {
                                                                                                                               const auto r = ours();
                                                                                                                               bench::consume(&r);
                                                                                                                             }},
              bench::side{"gradient", [&] {
                            const auto r = gradient.run(x = xs, y = ys, w1 = w1s, w2 = w2s);
                            bench::consume(&r);
                          }});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv,
                      {{"LLSQ+gradient 1024x128", least_squares}, {"LSE+gradient 2500", log_sum_exp}, {"GMM+gradient 10x25x1000", gaussian_mixture}, {"HVP of a net 64x1000x100x1000", hessian_of_net}});
}
