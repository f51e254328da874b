// An LSTM of one input and 16 units with a dense layer behind it, in float: one sample after the other, and the gradient of
// the loss through 256 steps, beside the same by hand.
#include "derivatives.hpp"

#include <cmath>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr int units = 16, gates = 4 * units, steps = 256;
constexpr tl::placeholder<"w", float, 1, gates> w;
constexpr tl::placeholder<"u", float, units, gates> u;
constexpr tl::placeholder<"b", float, gates> b;
constexpr tl::placeholder<"d", float, units> d;
constexpr tl::placeholder<"e", float> e;

/// The next h and c from what the input adds to the gates i, f, g, o.
constexpr auto next(auto h, auto c, auto z) {
  const auto all = z + tl::matmul(h, u);
  const auto i = tl::sigmoid(tl::slice<0, 0, units>(all)), f = tl::sigmoid(tl::slice<0, units, 2 * units>(all)), o = tl::sigmoid(tl::slice<0, 3 * units, gates>(all));
  const auto cell = f * c + i * tl::tanh(tl::slice<0, 2 * units, 3 * units>(all));
  return std::tuple(o * tl::tanh(cell), cell);
}

struct weights {
  bench::numbers<float> w{gates, -0.5f, 0.5f}, u{units * gates, -0.4f, 0.4f}, b{gates, -0.2f, 0.2f}, d{units, -0.5f, 0.5f};
  float e = 0.1f;
};

/// By hand, a register at a time; what the backward steps need is kept step by step.
class by_hand {
 public:
  explicit by_hand(const weights& p) : p_(p) {
    for (std::size_t k = 0; k < units; ++k)
      for (std::size_t j = 0; j < gates; ++j) turned_[j * units + k] = p.u[k * gates + j];
    for (auto& s : kept_) s = {};
  }
  /// One sample: the state is carried on.
  [[gnu::noinline]] float sample(float x) {
    step(x, h_, c_, now_);
    for (std::size_t j = 0; j < units; ++j) h_[j] = now_.h[j], c_[j] = now_.c[j];
    return output(h_);
  }
  /// The sum of squared errors; if `gradient`, its gradient by w, u, b, d and e as well.
  [[gnu::noinline]] float loss(const float* x, const float* t, bool gradient) {
    alignas(64) static constexpr float none[units]{};
    float sum = 0;
    for (std::size_t s = 0; s < steps; ++s) {
      step(x[s], s > 0 ? kept_[s - 1].h : none, s > 0 ? kept_[s - 1].c : none, kept_[s]);
      error_[s] = output(kept_[s].h) - t[s];
      sum += error_[s] * error_[s];
    }
    if (gradient) walk_back(x, none);
    return sum;
  }
  alignas(64) float dw[gates], du[units * gates], db[gates], dd[units], de = 0;

 private:
  using floats = xsimd::batch<float>;
  static constexpr std::size_t width = floats::size, registers = units / width;
  struct values {
    alignas(64) float i[units], f[units], g[units], o[units], c[units], t[units], h[units];
  };
  static floats at(const float* p) { return floats::load_unaligned(p); }
  static floats sigmoid(floats x) { return floats(1.f) / (floats(1.f) + xsimd::exp(-x)); }

  void step(float x, const float* h, const float* c, values& v) const {
    std::array<floats, 4 * registers> z;
    for (std::size_t j = 0; j < z.size(); ++j) z[j] = xsimd::fma(at(&p_.w[j * width]), floats(x), at(&p_.b[j * width]));
    for (std::size_t k = 0; k < units; ++k)
      for (std::size_t j = 0; j < z.size(); ++j) z[j] = xsimd::fma(floats(h[k]), at(&p_.u[k * gates + j * width]), z[j]);
    for (std::size_t j = 0; j < registers; ++j) {
      const auto i = sigmoid(z[j]), f = sigmoid(z[registers + j]), g = xsimd::tanh(z[2 * registers + j]), o = sigmoid(z[3 * registers + j]);
      const auto cell = f * at(c + j * width) + i * g, t = xsimd::tanh(cell);
      i.store_unaligned(v.i + j * width), f.store_unaligned(v.f + j * width), g.store_unaligned(v.g + j * width), o.store_unaligned(v.o + j * width);
      cell.store_unaligned(v.c + j * width), t.store_unaligned(v.t + j * width), (o * t).store_unaligned(v.h + j * width);
    }
  }
  float output(const float* h) const {
    floats sum(0.f);
    for (std::size_t j = 0; j < registers; ++j) sum = xsimd::fma(at(h + j * width), at(&p_.d[j * width]), sum);
#if XSIMD_VERSION_MAJOR >= 10
    return xsimd::reduce_add(sum) + p_.e;
#else
    return xsimd::hadd(sum) + p_.e;
#endif
  }
  void walk_back(const float* x, const float* none) {
    for (auto& v : dw) v = 0;
    for (auto& v : du) v = 0;
    for (auto& v : db) v = 0;
    for (auto& v : dd) v = 0;
    de = 0;
    alignas(64) float dh[units]{}, dc[units]{}, dz[gates];
    for (std::size_t s = steps; s-- > 0;) {
      const values& v = kept_[s];
      const float *const before = s > 0 ? kept_[s - 1].h : none, *const c = s > 0 ? kept_[s - 1].c : none, dy = 2 * error_[s];
      de += dy;
      for (std::size_t j = 0; j < units; ++j) {
        dd[j] += dy * v.h[j];
        const float h = dh[j] + dy * p_.d[j], cell = dc[j] + h * v.o[j] * (1 - v.t[j] * v.t[j]);
        dz[j] = cell * v.g[j] * v.i[j] * (1 - v.i[j]);
        dz[units + j] = cell * c[j] * v.f[j] * (1 - v.f[j]);
        dz[2 * units + j] = cell * v.i[j] * (1 - v.g[j] * v.g[j]);
        dz[3 * units + j] = h * v.t[j] * v.o[j] * (1 - v.o[j]);
        dc[j] = cell * v.f[j];
      }
      std::array<floats, registers> back;
      back.fill(floats(0.f));
      for (std::size_t j = 0; j < gates; ++j)
        for (std::size_t k = 0; k < registers; ++k) back[k] = xsimd::fma(floats(dz[j]), at(&turned_[j * units + k * width]), back[k]);
      for (std::size_t k = 0; k < registers; ++k) back[k].store_unaligned(dh + k * width);
      for (std::size_t j = 0; j < gates; ++j) dw[j] += x[s] * dz[j], db[j] += dz[j];
      for (std::size_t k = 0; k < units; ++k)
        for (std::size_t j = 0; j < gates; ++j) du[k * gates + j] += before[k] * dz[j];
    }
  }

  const weights& p_;
  alignas(64) float turned_[units * gates], h_[units]{}, c_[units]{}, error_[steps];
  values now_{};
  std::array<values, steps> kept_;
};

void one_sample(bench::row& row) {
  constexpr tl::placeholder<"x", float, 1> x;
  constexpr tl::variable<"h", float, units> h;
  constexpr tl::variable<"c", float, units> c;
  constexpr auto state = next(h, c, tl::matmul(x, w) + b);
  constexpr auto h1 = std::get<0>(state);
  constexpr auto y = tl::sum(h1 * d) + e;
  auto session = tl::session<bench::policy>(y, tl::assign(h, h1), tl::assign(c, std::get<1>(state)));
  session.initialize(0);
  for (auto& v : session.template variable<"h">()) v = 0;
  for (auto& v : session.template variable<"c">()) v = 0;
  const weights p;
  const auto hand = std::make_unique<by_hand>(p);
  std::array<float, 1> in{0.3f};
  const auto ours = [&] { return std::get<0>(session.run(x = in, w = p.w, u = p.u, b = p.b, d = p.d, e = p.e)); };
  std::vector<double> a, theirs;
  for (int i = 0; i < 10; ++i) in[0] = 0.1f * static_cast<float>(i), a.push_back(double(ours())), theirs.push_back(double(hand->sample(in[0])));
  row.expect_close(a, theirs, 1e-4);
  row.measure({2.0 * (units + 1) * gates, 4.0 * (units + 2) * gates, 4.0 * 2 * units}, bench::side{"tapeless",
                                                                                                   [&] {
                                                                                                     const auto r = ours();
                                                                                                     bench::consume(&r);
                                                                                                   }},
              bench::side{"hand", [&] {
                            const auto r = hand->sample(in[0]);
                            bench::consume(&r);
                          }});
}

void training(bench::row& row) {
  constexpr tl::placeholder<"xs", float, steps, 1> x;
  constexpr tl::placeholder<"t", float, steps> t;
  constexpr tl::placeholder<"h", float, units> h;
  constexpr tl::placeholder<"c", float, units> c;
  constexpr auto all = tl::scan([](auto state, auto z) {
    const auto after = next(std::get<0>(state), std::get<1>(state), z);
    return std::pair(after, std::get<0>(after));
  }, std::tuple(h, c), tl::matmul(x, w) + b).second;
  constexpr auto loss = tl::sum(tl::square(tl::matmul(all, d) + e - t));
  auto both = tl::session<bench::policy>(loss, tl::derivative(loss, w), tl::derivative(loss, u), tl::derivative(loss, b), tl::derivative(loss, d), tl::derivative(loss, e));
  auto alone = tl::session<bench::policy>(loss);
  const weights p;
  const bench::numbers<float> xs(steps), ts(steps);
  const std::array<float, units> none{};
  const auto hand = std::make_unique<by_hand>(p);
  const auto run = [&](auto& s) { return s.run(x = xs, t = ts, h = none, c = none, w = p.w, u = p.u, b = p.b, d = p.d, e = p.e); };
  const auto ours = bench::flat(run(both));
  std::vector<double> theirs{double(hand->loss(xs.data(), ts.data(), true))};
  theirs.insert(theirs.end(), hand->dw, hand->dw + gates), theirs.insert(theirs.end(), hand->du, hand->du + units * gates);
  theirs.insert(theirs.end(), hand->db, hand->db + gates), theirs.insert(theirs.end(), hand->dd, hand->dd + units), theirs.push_back(double(hand->de));
  row.expect_close(ours, theirs, 1e-3);
  row.expect_close(std::vector{double(std::get<0>(run(alone)))}, std::vector{theirs[0]}, 1e-4);
  row.measure({}, bench::side{"tapeless",
                              [&] {
                                const auto r = run(both);
                                bench::consume(&r);
                              }},
              bench::side{"hand",
                          [&] {
                            const auto r = hand->loss(xs.data(), ts.data(), true);
                            bench::consume(&r), bench::consume(hand->du);
                          }},
              bench::side{"primal",
                          [&] {
                            const auto r = run(alone);
                            bench::consume(&r);
                          }},
              bench::side{"primal by hand", [&] {
                            const auto r = hand->loss(xs.data(), ts.data(), false);
                            bench::consume(&r);
                          }});
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, {{"LSTM 1-16, one sample", one_sample}, {"LSTM+gradient 1-16, 256 steps", training}}); }
