// FastAD's comparison suite: value and gradient of functions of a vector, in double, of extents known to all sides.
#include "derivatives.hpp"

namespace tl = tapeless;
using namespace tl::literals;
using bench::doubles, bench::load, bench::store, bench::sum_over, bench::width;

namespace {

bench::work traffic(double flops, double read, double written) { return {flops, 8 * read, 8 * written, true}; }

template <int N> void sum(bench::row& row) {
  constexpr tl::placeholder<"x", double, N> x;
  constexpr auto y = tl::sum(x);
  auto both = tl::session<bench::policy>(y, tl::derivative(y, x));
  auto alone = tl::session<bench::policy>(y);
  const bench::input xs(N, 1, -1, 1);
  const auto primal = [&] { return sum_over(N, [&](int i) { return load(xs.data() + i); }, [&](int i) { return xs[static_cast<std::size_t>(i)]; }); };
  const auto hand = [&](double* g) {
    std::fill(g, g + N, 1.0);
    return primal();
  };
  bench::measure_gradient(row, traffic(N, N, N), both, alone, [&](auto& s) { return s.run(x = xs); }, N, hand, primal);
}

/// Products of those on the left and of those on the right: no division, so zeros are no special case. Several interleaved
/// products, each of every `ways`-th number, keep the multipliers busy; what the others make is multiplied on at last.
template <int N> [[gnu::noinline]] double prod_by_hand(const double* __restrict x, double* __restrict g) {
  constexpr std::size_t ways = N >= 128 ? 32 : 8, rows = N / ways;
  static_assert(N % ways == 0);
  alignas(64) double product[ways], others[ways];
  for (double& p : product) p = 1;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < ways; ++j) g[i * ways + j] = product[j], product[j] *= x[i * ways + j];
  double left = 1, right = 1;
  for (std::size_t j = 0; j < ways; ++j) others[j] = left, left *= product[j];
  for (std::size_t j = ways; j-- > 0;) others[j] *= right, right *= product[j];
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t j = 0; j < ways; ++j) g[i * ways + j] *= others[j], others[j] *= x[i * ways + j];
  return left;
}
template <int N> void prod(bench::row& row) {
  constexpr tl::placeholder<"x", double, N> x;
  constexpr auto y = tl::prod(x);
  auto both = tl::session<bench::policy>(y, tl::derivative(y, x));
  auto alone = tl::session<bench::policy>(y);
  const bench::input xs(N, 2, 0.9, 1.1);
  const auto primal = [&] {
    doubles p0(1.0), p1(1.0);
    int i = 0;
    for (; i + 2 * width <= N; i += 2 * width) p0 *= load(xs.data() + i), p1 *= load(xs.data() + i + width);
    alignas(64) double parts[static_cast<std::size_t>(width)];
    store(parts, p0 * p1);
    double p = 1;
    for (const double part : parts) p *= part;
    for (; i < N; ++i) p *= xs[static_cast<std::size_t>(i)];
    return p;
  };
  bench::measure_gradient(row, traffic(3 * N, N, N), both, alone, [&](auto& s) { return s.run(x = xs); }, N, [&](double* g) { return prod_by_hand<N>(xs.data(), g); }, primal);
}

template <int N> void log_sum_exp(bench::row& row) {
  constexpr tl::placeholder<"x", double, N> x;
  constexpr auto y = tl::log(tl::sum(tl::exp(x)));
  auto both = tl::session<bench::policy>(y, tl::derivative(y, x));
  auto alone = tl::session<bench::policy>(y);
  const bench::input xs(N, 3, -1, 1);
  const auto primal = [&] {
    return std::log(sum_over(N, [&](int i) { return bench::exp_of(load(xs.data() + i)); }, [&](int i) { return std::exp(xs[static_cast<std::size_t>(i)]); }));
  };
  const auto hand = [&](double* g) {
    const double s = sum_over(
        N,
        [&](int i) {
          const doubles e = bench::exp_of(load(xs.data() + i));
          store(g + i, e);
          return e;
        },
        [&](int i) { return g[i] = std::exp(xs[static_cast<std::size_t>(i)]); });
    const double scale = 1 / s;
    for (int i = 0; i < N; ++i) g[i] *= scale;
    return std::log(s);
  };
  bench::measure_gradient(row, traffic(3 * N, N, N), both, alone, [&](auto& s) { return s.run(x = xs); }, N, hand, primal);
}

/// All of the gradient is sums of rows and columns; so is the value, by the same that the rivals are not told.
template <int M> void matrix_product(bench::row& row) {
  constexpr tl::placeholder<"a", double, M, M> a;
  constexpr tl::placeholder<"b", double, M, M> b;
  constexpr auto y = tl::sum(tl::matmul(a, b));
  auto both = tl::session<bench::policy>(y, tl::derivative(y, a), tl::derivative(y, b));
  auto alone = tl::session<bench::policy>(y);
  const bench::input as(M * M, 4, -1, 1), bs(M * M, 5, -1, 1);
  constexpr auto size = static_cast<std::size_t>(M);
  // sum(A B) = (column sums of A) . (row sums of B)
  const auto hand = [&](double* g) {
    std::array<double, size> columns{}, rows{};
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j) columns[j] += as[i * size + j];
    for (std::size_t i = 0; i < size; ++i)
      rows[i] = sum_over(M, [&](int j) { return load(bs.data() + i * size + static_cast<std::size_t>(j)); }, [&](int j) { return bs[i * size + static_cast<std::size_t>(j)]; });
    double* const gb = g + size * size;
    double value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      std::copy(rows.begin(), rows.end(), g + i * size);
      std::fill(gb + i * size, gb + (i + 1) * size, columns[i]);
      value += columns[i] * rows[i];
    }
    return value;
  };
  const auto primal = [&] {
    std::array<double, size> columns{};
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j) columns[j] += as[i * size + j];
    double value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value += columns[i] * sum_over(M, [&](int j) { return load(bs.data() + i * size + static_cast<std::size_t>(j)); }, [&](int j) { return bs[i * size + static_cast<std::size_t>(j)]; });
    return value;
  };
  bench::measure_gradient(row, traffic(2 * M * M, 2 * M * M, 2 * M * M), both, alone, [&](auto& s) { return s.run(a = as, b = bs); }, 2 * M * M, hand, primal, 1e-9);
}

template <int N> void normal_log_pdf(bench::row& row) {
  constexpr tl::placeholder<"x", double, N> x;
  constexpr auto z = (x + 0.56_c) * tl::constant_of<1 / 1.37>;
  constexpr auto y = -0.5_c * tl::sum(tl::square(z)) - tl::constant_of<double(N)> * tl::log(1.37_c);
  auto both = tl::session<bench::policy>(y, tl::derivative(y, x));
  auto alone = tl::session<bench::policy>(y);
  const bench::input xs(N, 6, -1, 1);
  constexpr double mu = -0.56, s = 1.37, scale = 1 / (s * s);
  const double constant = N * std::log(s);
  const auto primal = [&] {
    return -0.5 * scale * sum_over(N, [&](int i) { const doubles d = load(xs.data() + i) - mu; return d * d; },
                                   [&](int i) { const double d = xs[static_cast<std::size_t>(i)] - mu; return d * d; }) - constant;
  };
  const auto hand = [&](double* g) {
    const double squares = sum_over(
        N,
        [&](int i) {
          const doubles d = load(xs.data() + i) - mu;
          store(g + i, d * -scale);
          return d * d;
        },
        [&](int i) {
          const double d = xs[static_cast<std::size_t>(i)] - mu;
          g[i] = d * -scale;
          return d * d;
        });
    return -0.5 * scale * squares - constant;
  };
  bench::measure_gradient(row, traffic(4 * N, N, N), both, alone, [&](auto& s2) { return s2.run(x = xs); }, N, hand, primal);
}

/// log N(y; X w + b, s) + log N(w; 0, 1) + log N(b; 0, 1) + log U(s; 0.1, 10) over 1000 rows; X stands by columns, as in FastAD.
template <int W> void regression(bench::row& row) {
  constexpr int rows = 1000;
  constexpr tl::placeholder<"X", double, W, rows> x;
  constexpr tl::placeholder<"y", double, rows> y;
  constexpr tl::placeholder<"w", double, W> w;
  constexpr tl::placeholder<"b", double> b;
  constexpr tl::placeholder<"s", double> s;
  constexpr auto r = y - tl::matmul(w, x) - b;
  constexpr auto f = -0.5_c * tl::sum(tl::square(r)) / tl::square(s) - tl::constant_of<double(rows)> * tl::log(s) - 0.5_c * tl::sum(tl::square(w)) - 0.5_c * tl::square(b) -
                     tl::log(9.9_c);
  auto both = tl::session<bench::policy>(f, tl::derivative(f, w), tl::derivative(f, b), tl::derivative(f, s));
  auto alone = tl::session<bench::policy>(f);
  const bench::input xs(W * rows, 7, -1, 1), ys(rows, 8, -1, 1), ws(W, 9, -1, 1);
  const double bs = 0.3, ss = 1.2;
  bench::numbers<double> residuals(rows);
  const double constant = std::log(9.9);
  // Five registers of rows at a time, so that their sums do not wait for each other.
  const auto residual = [&](bool keep) {
    doubles squares(0.0);
    constexpr int ways = 5;
    static_assert(rows % (ways * width) == 0);
    for (int i = 0; i < rows; i += ways * width) {
      std::array<doubles, ways> d;
      for (int u = 0; u < ways; ++u) d[static_cast<std::size_t>(u)] = load(ys.data() + i + u * width) - bs;
      for (int j = 0; j < W; ++j)
        for (int u = 0; u < ways; ++u) d[static_cast<std::size_t>(u)] = xsimd::fnma(doubles(ws[static_cast<std::size_t>(j)]), load(xs.data() + j * rows + i + u * width), d[static_cast<std::size_t>(u)]);
      for (int u = 0; u < ways; ++u) {
        squares += d[static_cast<std::size_t>(u)] * d[static_cast<std::size_t>(u)];
        if (keep) store(residuals.data() + i + u * width, d[static_cast<std::size_t>(u)]);
      }
    }
    return bench::sum_of(squares);
  };
  const auto value = [&](double squares) {
    double norm = bs * bs;
    for (const double v : ws) norm += v * v;
    return -0.5 * squares / (ss * ss) - rows * std::log(ss) - 0.5 * norm - constant;
  };
  const auto hand = [&](double* g) {
    const double squares = residual(true), scale = 1 / (ss * ss);
    for (int j = 0; j < W; ++j) {
      const double* column = xs.data() + j * rows;
      g[j] = scale * sum_over(rows, [&](int i) { return load(column + i) * load(residuals.data() + i); }, [](int) { return 0.0; }) - ws[static_cast<std::size_t>(j)];
    }
    g[W] = scale * sum_over(rows, [&](int i) { return load(residuals.data() + i); }, [](int) { return 0.0; }) - bs;
    g[W + 1] = squares * scale / ss - rows / ss;
    return value(squares);
  };
  bench::measure_gradient(row, traffic(4 * W * rows, W * rows + rows, W), both, alone, [&](auto& session) { return session.run(x = xs, y = ys, w = ws, b = bs, s = ss); }, W + 2, hand,
                          [&] { return value(residual(false)); });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv,
                      {{"sum+gradient 1", sum<1>}, {"sum+gradient 16", sum<16>}, {"sum+gradient 16384", sum<16384>},
                       {"prod+gradient 16", prod<16>}, {"prod+gradient 1024", prod<1024>},
                       {"log_sum_exp+gradient 16", log_sum_exp<16>}, {"log_sum_exp+gradient 1024", log_sum_exp<1024>}, {"log_sum_exp+gradient 16384", log_sum_exp<16384>},
                       {"matrix_product+gradient 8", matrix_product<2>}, {"matrix_product+gradient 968", matrix_product<22>}, {"matrix_product+gradient 65522", matrix_product<181>},
                       {"normal_log_pdf+gradient 16", normal_log_pdf<16>}, {"normal_log_pdf+gradient 1024", normal_log_pdf<1024>}, {"normal_log_pdf+gradient 16384", normal_log_pdf<16384>},
                       {"regression+gradient 12", regression<10>}, {"regression+gradient 52", regression<50>}, {"regression+gradient 152", regression<150>}});
}
