// relu(a*b+c)*d-a over arrays from a few cache lines to far out of cache: the value, and the gradient of its sum.
#include <tapeless/tapeless.hpp>

#include "stream.hpp"
#include "support.hpp"
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace tl = tapeless;
using namespace tl::literals;
using bench::policy;

namespace {

constexpr tl::placeholder<"a", float, "N"_d> a;
constexpr tl::placeholder<"b", float, "N"_d> b;
constexpr tl::placeholder<"c", float, "N"_d> c;
constexpr tl::placeholder<"d", float, "N"_d> d;
constexpr auto chain = tl::relu(a * b + c) * d - a;

using numbers = bench::numbers<float>;
constexpr std::size_t line = numbers::line;

[[gnu::noinline]] void value_by_hand(float* __restrict y, const float* __restrict p, const float* __restrict q, const float* __restrict r,
                                     const float* __restrict s, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float t = p[i] * q[i] + r[i];
    y[i] = (t > 0 ? t : 0) * s[i] - p[i];
  }
}

struct gradients {
  float *a, *b, *c, *d;
};

[[gnu::noinline]] float gradient_by_hand(gradients g, const float* __restrict p, const float* __restrict q, const float* __restrict r,
                                         const float* __restrict s, std::int64_t n) {
  float *__restrict ga = g.a, *__restrict gb = g.b, *__restrict gc = g.c, *__restrict gd = g.d;
  constexpr std::int64_t ways = 64;  // sums that do not wait for each other
  float sums[ways] = {};
  for (std::int64_t i = 0; i < n; i += ways) {
    for (std::int64_t j = 0; j < ways; ++j) {
      const float t = p[i + j] * q[i + j] + r[i + j], positive = t > 0 ? t : 0, dt = t > 0 ? s[i + j] : 0;
      sums[j] += positive * s[i + j] - p[i + j];
      ga[i + j] = dt * q[i + j] - 1;
      gb[i + j] = dt * p[i + j];
      gc[i + j] = dt;
      gd[i + j] = positive;
    }
  }
  float sum = 0;
  for (const float x : sums) sum += x;
  return sum;
}

/// From here on the hand-written loops write past the caches, register by register.
constexpr std::int64_t least_streamed = 1 << 21;
using bench::at, bench::lanes, bench::stream, bench::width;

[[gnu::noinline]] void value_streamed(float* __restrict y, const float* __restrict p, const float* __restrict q, const float* __restrict r,
                                      const float* __restrict s, std::int64_t n) {
  const lanes zero{};
  for (std::int64_t i = 0; i < n; i += width) {
    const lanes t = at(p + i) * at(q + i) + at(r + i);
    stream(y + i, (t > zero ? t : zero) * at(s + i) - at(p + i));
  }
}
[[gnu::noinline]] float gradient_streamed(gradients g, const float* __restrict p, const float* __restrict q, const float* __restrict r,
                                          const float* __restrict s, std::int64_t n) {
  const lanes zero{}, one = zero + 1;
  lanes sums{};
  for (std::int64_t i = 0; i < n; i += width) {
    const lanes t = at(p + i) * at(q + i) + at(r + i), positive = t > zero ? t : zero, dt = t > zero ? at(s + i) : zero;
    sums += positive * at(s + i) - at(p + i);
    stream(g.a + i, dt * at(q + i) - one), stream(g.b + i, dt * at(p + i)), stream(g.c + i, dt), stream(g.d + i, positive);
  }
  float sum = 0;
  for (std::int64_t k = 0; k < width; ++k) sum += reinterpret_cast<const float*>(&sums)[k];
  return sum;
}

void value(bench::row& row, std::int64_t n) {
  auto session = tl::session<policy>(chain);
  const numbers as(n, -1, 1, line), bs(n, -1, 1, 2 * line), cs(n, -1, 1, 3 * line), ds(n, -1, 1, 4 * line), ys(n, 0, 1, 0);
  const auto ours = [&] { bench::consume(std::get<0>(session.run(a = as, b = bs, c = cs, d = ds)).data()); };
  const auto by_hand = [&] { (n < least_streamed ? value_by_hand : value_streamed)(ys.data(), as.data(), bs.data(), cs.data(), ds.data(), n), bench::consume(ys.data()); };
  by_hand();
  row.expect_close(std::get<0>(session.run(a = as, b = bs, c = cs, d = ds)), ys, 1e-5);
  const double bytes = 4.0 * static_cast<double>(n);
  const bench::work work{5 * static_cast<double>(n), 4 * bytes, bytes};
#if __has_include(<Eigen/Dense>)
  const auto on_eigen = [&] {
    const auto array = [&](const numbers& x) { return Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>(x.data(), n); };
    array(ys) = (array(as) * array(bs) + array(cs)).cwiseMax(0.0f) * array(ds) - array(as);
    bench::consume(ys.data());
  };
  row.measure(work, bench::side{"tapeless", ours}, bench::side{"hand", by_hand}, bench::side{"Eigen", on_eigen});
#else
  row.measure(work, bench::side{"tapeless", ours}, bench::side{"hand", by_hand});
#endif
}

void gradient(bench::row& row, std::int64_t n) {
  constexpr auto f = tl::sum(chain);
  auto session = tl::session<policy>(f, tl::derivative(f, a), tl::derivative(f, b), tl::derivative(f, c), tl::derivative(f, d));
  const numbers as(n, -1, 1, line), bs(n, -1, 1, 2 * line), cs(n, -1, 1, 3 * line), ds(n, -1, 1, 4 * line);
  const numbers ga(n, 0, 1, 0), gb(n, 0, 1, 5 * line), gc(n, 0, 1, 6 * line), gd(n, 0, 1, 7 * line);
  const auto run = [&] { return session.run(a = as, b = bs, c = cs, d = ds); };
  const auto run_by_hand = [&] { return (n < least_streamed ? gradient_by_hand : gradient_streamed)({ga.data(), gb.data(), gc.data(), gd.data()}, as.data(), bs.data(), cs.data(), ds.data(), n); };
  const auto [sum, da, db, dc, dd] = run();
  row.expect_close(sum, run_by_hand(), 1e-2);
  row.expect_close(da, ga, 1e-5);
  row.expect_close(db, gb, 1e-5);
  row.expect_close(dc, gc, 1e-5);
  row.expect_close(dd, gd, 1e-5);
  const double bytes = 4.0 * static_cast<double>(n);
  row.measure({9 * static_cast<double>(n), 4 * bytes, 4 * bytes},
              bench::side{"tapeless",
                          [&] {
                            const auto [v, va, vb, vc, vd] = run();
                            bench::consume(&v), bench::consume(va.data()), bench::consume(vb.data()), bench::consume(vc.data()), bench::consume(vd.data());
                          }},
              bench::side{"hand", [&] {
                            const float v = run_by_hand();
                            bench::consume(&v), bench::consume(ga.data()), bench::consume(gb.data()), bench::consume(gc.data()), bench::consume(gd.data());
                          }});
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  for (int e = 8; e <= 24; e += 2) rows.emplace_back("chain 2^" + std::to_string(e), [e](bench::row& row) { value(row, std::int64_t(1) << e); });
  for (int e = 8; e <= 24; e += 2) rows.emplace_back("chain+gradient 2^" + std::to_string(e), [e](bench::row& row) { gradient(row, std::int64_t(1) << e); });
  return bench::serve(argc, argv, rows);
}
