#include "../support/backends.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

// Values that are computed again in the backward pass: the same bits in less memory.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

/// Layers of 32 x 64 floats: 8 KiB each.
template <int N> constexpr auto layers = [](auto h, auto w) {
  for (int i = 0; i < N; ++i) h = tl::tanh(tl::matmul(h, w));
  return h;
};
template <int Checkpoints, int Each> constexpr auto in_checkpoints = [](auto h, auto w) {
  for (int i = 0; i < Checkpoints; ++i) h = tl::checkpoint(layers<Each>)(h, w);
  return tl::sum(h * h);
};
template <int N> constexpr auto plainly = [](auto h, auto w) {
  const auto y = layers<N>(h, w);
  return tl::sum(y * y);
};
/// Four checkpoints of four checkpoints of four layers.
constexpr auto nested = [](auto h, auto w) {
  const auto sixteen = [](auto a, auto b) {
    for (int i = 0; i < 4; ++i) a = tl::checkpoint(layers<4>)(a, b);
    return a;
  };
  for (int i = 0; i < 4; ++i) h = tl::checkpoint(sixteen)(h, w);
  return tl::sum(h * h);
};

constexpr std::int64_t layer = 32 * 64 * 4;
constexpr tl::placeholder<"x", float, 32, 64> x;
constexpr tl::placeholder<"w", float, 64, 64> w;

/// Pseudo-random numbers: in sines of equal steps the layers would lose everything but two directions.
std::vector<float> noise(std::size_t n, std::uint64_t seed, double scale) {
  std::vector<float> v(n);
  for (auto& e : v) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    e = static_cast<float>(scale * (static_cast<double>(seed >> 11) * 0x1p-52 - 1));
  }
  return v;
}
const auto xs = noise(32 * 64, 1, 1), ws = noise(64 * 64, 2, 0.35);

template <class F> constexpr auto session_of(F f) {
  const auto y = tl::invoke(f, x, w);
  return tl::session<tl::simd>(y, tl::derivative(y, x));
}
constexpr tl::variable<"a", float, 64, 64, tl::uniform(-0.2, 0.2)> a;
constexpr tl::variable<"b", float, 64, tl::uniform(-0.2, 0.2)> b;
constexpr auto layer_of = [](auto h) { return tl::tanh(tl::matmul(h, a) + b); };
constexpr auto plain_loss = tl::mean(tl::square(tl::invoke(layer_of, tl::invoke(layer_of, x))));
constexpr auto saving_loss = tl::mean(tl::square(tl::checkpoint(layer_of)(tl::checkpoint(layer_of)(x))));
constexpr auto whole_loss = tl::checkpoint(plain_loss);

}  // namespace

TEST_CASE("checkpoint: a chain of 64 layers in 8 checkpoints") {
  auto plain = session_of(plainly<64>);
  auto saving = session_of(in_checkpoints<8, 8>);
  auto deeper = session_of(nested);
  const auto [y, dy] = plain.run(x = xs, w = ws);
  const auto [ys, dys] = saving.run(x = xs, w = ws);
  const auto [yn, dyn] = deeper.run(x = xs, w = ws);
  CHECK((y == ys && y == yn));
  bool same = true;
  double greatest = 0;
  for (int i = 0; i < 32; ++i)
    for (int j = 0; j < 64; ++j) {
      same = same && dy(i, j) == dys(i, j) && dy(i, j) == dyn(i, j);
      greatest = std::max(greatest, std::abs(static_cast<double>(dy(i, j))));
    }
  CHECK(same);
  CHECK(greatest > 1e-3);
  std::printf("64 layers: %ld layers' bytes plainly, %ld in 8 checkpoints, %ld in 4 of 4\n", static_cast<long>(plain.arena_bytes / layer), static_cast<long>(saving.arena_bytes / layer), static_cast<long>(deeper.arena_bytes / layer));
  CHECK(plain.arena_bytes >= 64 * layer);
  CHECK(saving.arena_bytes <= 24 * layer);
  CHECK(deeper.arena_bytes <= 20 * layer);
}

TEST_CASE("checkpoint: variables inside, both backends, and all of an expression") {
  checks::both_backends both(plain_loss, tl::derivative(plain_loss, a), tl::derivative(plain_loss, b), saving_loss, tl::derivative(saving_loss, a), tl::derivative(saving_loss, b), whole_loss,
                             tl::derivative(whole_loss, a), tl::derivative(whole_loss, b));
  both.each([&](auto& s) {
    s.initialize(3);
    const auto [y, da, db, ys, das, dbs, yw, daw, dbw] = s.run(x = xs);
    CHECK((y == ys && y == yw));
    for (int i = 0; i < 64; ++i) {
      CHECK((std::abs(db[i] - dbs[i]) < 1e-8 && db[i] == dbw[i]));
      for (int j = 0; j < 64; j += 7) CHECK((std::abs(da(i, j) - das(i, j)) < 1e-8 && da(i, j) == daw(i, j)));
    }
  });
  checks::expect(both.compare(1e-5, x = xs));
}
TEST_CASE("checkpoint: derivatives of derivatives, forward mode, numbers") {
  constexpr auto f = [](auto t) { return tl::checkpoint([](auto s) { return tl::sin(s) * tl::exp(s); })(t); };
  const double t = 0.4;
  CHECK(std::abs(tl::grad(f)(t) - (std::sin(t) + std::cos(t)) * std::exp(t)) < 1e-15 * 10);
  CHECK(std::abs(tl::grad(tl::grad(f))(t) - 2 * std::cos(t) * std::exp(t)) < 1e-14);
  CHECK(std::abs(tl::grad(tl::grad(tl::grad(f)))(t) - 2 * (std::cos(t) - std::sin(t)) * std::exp(t)) < 1e-14);
  CHECK(std::abs(std::get<1>(tl::jvp(f)(t, 2.0)) - 2 * (std::sin(t) + std::cos(t)) * std::exp(t)) < 1e-14);
  CHECK(std::abs(tl::hvp(f)(t, 2.0) - 4 * std::cos(t) * std::exp(t)) < 1e-14);
  constexpr auto cube = [](auto s) { return s * s * s; };
  static_assert(tl::checkpoint(cube)(2.0) == 8.0);
  static_assert(tl::grad([](auto s) { return tl::checkpoint(s * s) * s; })(2.0) == 12.0);
  static_assert(tl::grad(tl::grad([](auto s) { return tl::checkpoint(s * s) * s; }))(2.0) == 12.0);
}
TEST_CASE("checkpoint: forward mode needs none, and none is left where nobody differentiates") {
  constexpr auto y = tl::invoke(in_checkpoints<2, 2>, x, w);
  constexpr auto p = tl::invoke(plainly<4>, x, w);
  const auto text = [](auto... fetched) { return tl::to_string(tl::program<decltype(fetched)...>::graph); };
  CHECK(text(y) == text(p));
  const auto forward = text(tl::jvp(y, x, x)), plain = text(tl::jvp(p, x, x));
  CHECK(std::count(forward.begin(), forward.end(), '\n') == std::count(plain.begin(), plain.end(), '\n'));
  CHECK(forward.find("barrier") == std::string::npos);
  CHECK(text(tl::derivative(y, x)).find("barrier") != std::string::npos);
}
TEST_CASE("checkpoint: around a loop, and in a loop's body") {
  constexpr tl::placeholder<"elements", double, 6, 4> elements;
  constexpr tl::placeholder<"start", double, 4> start;
  constexpr auto step = [](auto h, auto e) { return tl::tanh(h * e) + h; };
  constexpr auto sum_of = [](auto fold) { return tl::sum(fold * fold); };
  const auto plain = sum_of(tl::fold(step, start, elements));
  const auto around = sum_of(tl::checkpoint([](auto s, auto e) { return tl::fold([](auto h, auto x) { return tl::tanh(h * x) + h; }, s, e); })(start, elements));
  const auto inside = sum_of(tl::fold([](auto h, auto e) { return tl::checkpoint([](auto a, auto b) { return tl::tanh(a * b) + a; })(h, e); }, start, elements));
  checks::both_backends both(plain, tl::derivative(plain, start), tl::derivative(plain, elements), around, tl::derivative(around, start), tl::derivative(around, elements), inside, tl::derivative(inside, start),
                             tl::derivative(inside, elements));
  std::vector<double> es(24), ss{0.5, -1, 2, 0.25};
  for (std::size_t i = 0; i < es.size(); ++i) es[i] = std::sin(static_cast<double>(5 * i + 1));
  both.each([&](auto& s) {
    const auto [y, ds, de, ya, dsa, dea, yi, dsi, dei] = s.run(start = ss, elements = es);
    CHECK((y == ya && std::abs(y - yi) < 1e-13));
    for (int i = 0; i < 4; ++i) CHECK((std::abs(ds[i] - dsa[i]) < 1e-13 && std::abs(ds[i] - dsi[i]) < 1e-13 && ds[i] != 0));
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 4; ++j) CHECK((std::abs(de(i, j) - dea(i, j)) < 1e-13 && std::abs(de(i, j) - dei(i, j)) < 1e-13 && de(i, j) != 0));
  });
  checks::expect(both.compare(1e-13, start = ss, elements = es));
}
