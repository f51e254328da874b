// A training step of a two-layer net: forward, both gradients, update. The rivals are written by hand on top of a library
// of matrix products: five products, two of them adding to the weights right away, and two loops.
#include <tapeless/tapeless.hpp>

#include <array>

#include "blas.hpp"
#include "support.hpp"
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace tl = tapeless;
using namespace tl::literals;
using bench::policy;

namespace {

constexpr int batch = 64, in = 1000, hidden = 100;
constexpr float rate = 1e-6f;

/// d -= y; the sum of the squares.
[[gnu::noinline]] float residual(float* __restrict d, const float* __restrict y, int n) {
  std::array<float, 64> sums{};
  constexpr int lanes = static_cast<int>(sums.size());
  for (int i = 0; i < n; i += lanes) {
    for (int j = 0; j < lanes; ++j) {
      d[i + j] -= y[i + j];
      sums[static_cast<std::size_t>(j)] += d[i + j] * d[i + j];
    }
  }
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}
[[gnu::noinline]] void gate(float* __restrict dh, const float* __restrict h, int n) {
  for (int i = 0; i < n; ++i) dh[i] = h[i] > 0 ? dh[i] : 0;
}
[[gnu::noinline]] void relu(float* h, int n) {
  for (int i = 0; i < n; ++i) h[i] = h[i] > 0 ? h[i] : 0;
}

template <int Out> struct buffers {
  bench::numbers<float> w1{in * hidden, -0.07f, 0.07f}, w2{hidden * Out, -0.07f, 0.07f};
  bench::numbers<float> h{batch * hidden}, d{batch * Out}, dh{batch * hidden};
};

#if TAPELESS_BENCH_BLAS
template <int Out> float step_on(const bench::openblas& blas, const buffers<Out>& of, const float* x, const float* y) {
  blas.multiply(false, false, batch, hidden, in, 1.0f, x, of.w1.data(), 0.0f, of.h.data());
  relu(of.h.data(), batch * hidden);
  blas.multiply(false, false, batch, Out, hidden, 1.0f, of.h.data(), of.w2.data(), 0.0f, of.d.data());
  const float loss = residual(of.d.data(), y, batch * Out);
  blas.multiply(false, true, batch, hidden, Out, 2.0f, of.d.data(), of.w2.data(), 0.0f, of.dh.data());
  gate(of.dh.data(), of.h.data(), batch * hidden);
  blas.multiply(true, false, hidden, Out, batch, -2 * rate, of.h.data(), of.d.data(), 1.0f, of.w2.data());
  blas.multiply(true, false, in, hidden, batch, -rate, x, of.dh.data(), 1.0f, of.w1.data());
  return loss;
}
#endif

#if __has_include(<Eigen/Dense>)
template <int Rows, int Columns> using matrix = Eigen::Map<Eigen::Matrix<float, Rows, Columns, Eigen::RowMajor>, Eigen::Aligned64>;

template <int Out> float step_on_eigen(const buffers<Out>& of, float* x_data, const float* y) {
  matrix<batch, in> x(x_data);
  matrix<in, hidden> w1(of.w1.data());
  matrix<hidden, Out> w2(of.w2.data());
  matrix<batch, hidden> h(of.h.data()), dh(of.dh.data());
  matrix<batch, Out> d(of.d.data());
  h.noalias() = x * w1;
  relu(of.h.data(), batch * hidden);
  d.noalias() = h * w2;
  const float loss = residual(of.d.data(), y, batch * Out);
  dh.noalias() = 2.0f * d * w2.transpose();
  gate(of.dh.data(), of.h.data(), batch * hidden);
  w2.noalias() -= (2 * rate) * (h.transpose() * d);
  w1.noalias() -= rate * (x.transpose() * dh);
  return loss;
}
#endif

template <int Out> void step(bench::row& row) {
  constexpr tl::placeholder<"x", float, batch, in> x;
  constexpr tl::placeholder<"y", float, batch, Out> y;
  constexpr tl::variable<"w1", float, in, hidden> w1;
  constexpr tl::variable<"w2", float, hidden, Out> w2;
  constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w1)), w2) - y));
  auto session = tl::session<policy>(loss, tl::optimizers::sgd(1e-6_c).minimize(loss));

  const bench::numbers<float> xs(batch * in), ys(batch * Out);
  const buffers<Out> start, of_blas, of_eigen;
  const auto begin_at_start = [&](float* to_w1, float* to_w2) {
    std::copy(start.w1.begin(), start.w1.end(), to_w1);
    std::copy(start.w2.begin(), start.w2.end(), to_w2);
  };
  begin_at_start(session[w1].data(), session[w2].data());
  begin_at_start(of_blas.w1.data(), of_blas.w2.data());
  begin_at_start(of_eigen.w1.data(), of_eigen.w2.data());

  const auto ours = [&] { return std::get<0>(session.run(x = xs, y = ys)); };
  const auto check = [&](const auto& run, float* their_w1, float* their_w2) {
    begin_at_start(session[w1].data(), session[w2].data());
    for (int i = 0; i < 3; ++i) row.expect_close(ours(), run(), 1e-3);
    row.expect_close(session[w1], std::vector<float>(their_w1, their_w1 + in * hidden), 1e-3);
    row.expect_close(session[w2], std::vector<float>(their_w2, their_w2 + hidden * Out), 1e-3);
  };
  const auto consumed = [](const auto& run) {
    return [&run] {
      const float result = run();
      bench::consume(&result);
    };
  };
  const bench::work work{2.0 * batch * hidden * (2.0 * in + 3.0 * Out), 4.0 * (batch * (in + Out) + hidden * (in + Out)), 4.0 * hidden * (in + Out)};
#if TAPELESS_BENCH_BLAS && __has_include(<Eigen/Dense>)
  const bench::openblas blas;
  const auto on_eigen = [&] { return step_on_eigen<Out>(of_eigen, xs.data(), ys.data()); };
  check(on_eigen, of_eigen.w1.data(), of_eigen.w2.data());
  if (blas) {
    const auto on_blas = [&] { return step_on<Out>(blas, of_blas, xs.data(), ys.data()); };
    check(on_blas, of_blas.w1.data(), of_blas.w2.data());
    return row.measure(work, bench::side{"tapeless", consumed(ours)}, bench::side{"OpenBLAS", consumed(on_blas)}, bench::side{"Eigen", consumed(on_eigen)});
  }
#else
  static_cast<void>(check);
#endif
  row.measure(work, bench::side{"tapeless", consumed(ours)});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, {{"step 64x1000x100x1000", step<1000>}, {"step 64x1000x100x10", step<10>}});
}
