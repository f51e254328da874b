// The speeds that must not be lost: one thread, random data, consumed outputs, memory of the rivals allocated beforehand.
#include <tapeless/tapeless.hpp>

#include <array>
#include <cmath>

#include "support.hpp"

#if __has_include(<cblas.h>) && __has_include(<dlfcn.h>)
#define TAPELESS_BENCH_BLAS 1
#include <cblas.h>
#include <dlfcn.h>
#else
#define TAPELESS_BENCH_BLAS 0
#endif

namespace tl = tapeless;
using namespace tl::literals;

namespace {

#if TAPELESS_BENCH_BLAS
/// A training step of a two-layer net as one would write it on top of OpenBLAS: five products, two of them adding to the
/// weights right away, and two loops. The library is looked for when the program starts: building needs its header only.
class blas_step {
 public:
  static constexpr int rows = 64, wide = 1000, narrow = 100;

  blas_step() {
    void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (library == nullptr) return;
    sgemm_ = reinterpret_cast<decltype(sgemm_)>(dlsym(library, "cblas_sgemm"));
    if (void* const set_threads = dlsym(library, "openblas_set_num_threads")) reinterpret_cast<void (*)(int)>(set_threads)(1);
  }
  explicit operator bool() const { return sgemm_ != nullptr; }

  float run(const float* __restrict x, const float* __restrict y, float rate) {
    multiply(CblasNoTrans, CblasNoTrans, rows, narrow, wide, 1, x, w1.data(), 0, h.data());
    for (float& v : h) v = v > 0 ? v : 0;
    multiply(CblasNoTrans, CblasNoTrans, rows, wide, narrow, 1, h.data(), w2.data(), 0, d.data());
    const float loss = residual(d.data(), y);
    multiply(CblasNoTrans, CblasTrans, rows, narrow, wide, 2, d.data(), w2.data(), 0, dh.data());
    gate(dh.data(), h.data());
    multiply(CblasTrans, CblasNoTrans, narrow, wide, rows, -2 * rate, h.data(), d.data(), 1, w2.data());
    multiply(CblasTrans, CblasNoTrans, wide, narrow, rows, -rate, x, dh.data(), 1, w1.data());
    return loss;
  }

  bench::numbers<float> w1{wide * narrow, -0.07f, 0.07f, 64}, w2{narrow * wide, -0.07f, 0.07f, 128};

 private:
  void multiply(CBLAS_TRANSPOSE a_order, CBLAS_TRANSPOSE b_order, int m, int n, int k, float alpha, const float* a, const float* b,
                float beta, float* c) const {
    sgemm_(CblasRowMajor, a_order, b_order, m, n, k, alpha, a, a_order == CblasTrans ? m : k, b, b_order == CblasTrans ? k : n, beta, c, n);
  }
  [[gnu::noinline]] static float residual(float* __restrict d, const float* __restrict y) {
    std::array<float, 64> sums{};
    constexpr int n = rows * wide, lanes = static_cast<int>(sums.size());
    static_assert(n % lanes == 0);
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
  [[gnu::noinline]] static void gate(float* __restrict dh, const float* __restrict h) {
    for (int i = 0; i < rows * narrow; ++i) dh[i] = h[i] > 0 ? dh[i] : 0;
  }

  decltype(&cblas_sgemm) sgemm_ = nullptr;
  bench::numbers<float> h{rows * narrow, 0, 1, 192}, d{rows * wide, 0, 1, 256}, dh{rows * narrow, 0, 1, 320};
};

bool training_step() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 1000> y;
  constexpr tl::variable<"w1", float, 1000, 100> w1;
  constexpr tl::variable<"w2", float, 100, 1000> w2;
  constexpr auto loss = tl::sum(tl::square(tl::matmul(tl::relu(tl::matmul(x, w1)), w2) - y));
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-6_c).minimize(loss));

  blas_step blas;
  if (!blas) return true;
  std::copy(blas.w1.begin(), blas.w1.end(), session[w1].begin());
  std::copy(blas.w2.begin(), blas.w2.end(), session[w2].begin());
  const bench::numbers<float> xs(64 * 1000, -1, 1, 384), ys(64 * 1000, -1, 1, 448);

  float ours = 0, theirs = 0;
  for (int i = 0; i < 3; ++i) ours = std::get<0>(session.run(x = xs, y = ys)), theirs = blas.run(xs.data(), ys.data(), 1e-6f);
  if (std::abs(ours - theirs) > 1e-3f * std::abs(theirs)) {
    std::printf("training step: losses %g and %g differ\n", ours, theirs);
    return false;
  }
  const auto t = bench::least_times([&] { ours = std::get<0>(session.run(x = xs, y = ys)), bench::consume(&ours); },
                                    [&] { theirs = blas.run(xs.data(), ys.data(), 1e-6f), bench::consume(&theirs); }, 3);
  return bench::row("step 64x1000x100, f32, against OpenBLAS", t, 1 / 0.6);
}
#else
bool training_step() { return true; }
#endif

[[gnu::noinline]] void chain_loop(float* __restrict y, const float* __restrict a, const float* __restrict b, const float* __restrict c,
                                  const float* __restrict d, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float t = a[i] * b[i] + c[i];
    y[i] = (t > 0 ? t : 0) * d[i] - a[i];
  }
}

/// `behind`: where in a page the inputs start, counted from the outputs; malloc starts large arrays 16 bytes into a page.
bool chain(int exponent, std::string_view inputs, std::size_t behind, std::size_t apart) {
  constexpr tl::placeholder<"a", float, "N"_d> a;
  constexpr tl::placeholder<"b", float, "N"_d> b;
  constexpr tl::placeholder<"c", float, "N"_d> c;
  constexpr tl::placeholder<"d", float, "N"_d> d;
  auto session = tl::session<tl::simd>(tl::relu(a * b + c) * d - a);

  using data = bench::numbers<float>;
  const std::int64_t n = std::int64_t(1) << exponent;
  const data as(n, -1, 1, behind), bs(n, -1, 1, behind + apart), cs(n, -1, 1, behind + 2 * apart), ds(n, -1, 1, behind + 3 * apart);
  const data ys(n, 0, 1, 0);
  const auto t = bench::least_times(
      [&] { bench::consume(std::get<0>(session.run(a = as, b = bs, c = cs, d = ds)).data()); },
      [&] { chain_loop(ys.data(), as.data(), bs.data(), cs.data(), ds.data(), n), bench::consume(ys.data()); });
  return bench::row("relu(a*b+c)*d-a, f32, n = 2^" + std::to_string(exponent) + std::string(inputs), t, 1.15);
}

bool small_net() {
  constexpr tl::placeholder<"x", float, 1, 8> x;
  constexpr auto y = tl::nn::dense<"out", 1>(tl::tanh(tl::nn::dense<"hidden", 8>(x)));
  auto session = tl::session<tl::simd>(y);
  session.initialize(1);
  const auto w = session.variable<"hidden/weights">(), v = session.variable<"out/weights">();
  const auto b = session.variable<"hidden/bias">(), c = session.variable<"out/bias">();

  bench::numbers<float> xs(8, -1, 1);
  const auto by_hand = [&] {
    std::array<float, 8> h;
    for (std::size_t j = 0; j < 8; ++j) h[j] = b.data()[j];
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t j = 0; j < 8; ++j) h[j] += xs[i] * w.data()[8 * i + j];
    float sum = c.data()[0];
    for (std::size_t j = 0; j < 8; ++j) sum += std::tanh(h[j]) * v.data()[j];
    return sum;
  };
  const float expected = by_hand(), found = *std::get<0>(session.run(x = xs)).data();
  if (std::abs(expected - found) > 1e-5f) std::printf("8-8-1 net: %g and %g differ\n", found, expected);
  auto t = bench::least_times([&] { bench::consume(std::get<0>(session.run(x = xs)).data()); }, [&] {
    const float r = by_hand();
    bench::consume(&r);
  });
  bench::row("8-8-1 tanh net, f32, one sample, against loops", t, 0);
  t.rival = 100e-9;
  return bench::row("8-8-1 tanh net, f32, one sample, limit", t, 1);
}

struct greeks {
  double value, spot, strike, volatility, time;
};
[[gnu::noinline]] greeks greeks_by_hand(double s, double k, double v, double t) {
  const double root = std::sqrt(t), deviation = v * root, d1 = std::log(s / k) / deviation + 0.5 * deviation, d2 = d1 - deviation;
  const double half_root = 0.70710678118654752440;
  const double n1 = 0.5 * std::erfc(-d1 * half_root), n2 = 0.5 * std::erfc(-d2 * half_root);
  const double density = 0.39894228040143267794 * std::exp(-0.5 * d1 * d1);
  return {s * n1 - k * n2, n1, -n2, s * density * root, s * density * v / (2 * root)};
}

bool black_scholes() {
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
  const greeks hand = greeks_by_hand(s[0], k[0], v[0], t[0]);
  if (std::abs(value - hand.value) + std::abs(spot - hand.spot) + std::abs(strike - hand.strike) + std::abs(volatility - hand.volatility) +
          std::abs(time - hand.time) > 1e-9) {
    std::printf("Black-Scholes: the gradients differ\n");
    return false;
  }
  std::size_t i = 0, j = 0;
  const auto times = bench::least_times(
      [&] {
        const auto r = gradient(s[i], k[i], v[i], t[i]);
        i = (i + 1) % count, bench::consume(&r);
      },
      [&] {
        const auto r = greeks_by_hand(s[j], k[j], v[j], t[j]);
        j = (j + 1) % count, bench::consume(&r);
      });
  return bench::row("Black-Scholes value and gradient, f64", times, 1.5);
}

}  // namespace

int main() {
  bench::heading();
  bool ok = training_step();
  for (int exponent = 8; exponent <= 24; exponent += 2) ok &= chain(exponent, "", 64, 64);
  for (int exponent = 16; exponent <= 20; exponent += 2) ok &= chain(exponent, ", malloc's", 16, 0);
  ok &= small_net();
  ok &= black_scholes();
  return ok ? 0 : 1;
}
