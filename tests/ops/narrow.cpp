// Tensors of bfloat16 and float16: casts, products, moves, and what derivatives make of them.
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

template <class T> std::vector<T> numbers(std::size_t n, double scale, double shift = 0) {
  std::vector<T> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<T>(scale * std::sin(0.7 * static_cast<double>(i) + shift));
  return v;
}
template <class T> float rounded(double x) { return static_cast<float>(T(static_cast<float>(x))); }

}  // namespace

TEST_CASE_TEMPLATE("casts to and from all dtypes, on both backends", T, tl::bfloat16, tl::float16) {
  constexpr tl::placeholder<"f", float, 37> f;
  constexpr tl::placeholder<"d", double, 37> d;
  constexpr tl::placeholder<"i", std::int32_t, 37> i;
  constexpr tl::placeholder<"l", std::int64_t, 37> l;
  constexpr tl::placeholder<"b", bool, 37> b;
  constexpr tl::placeholder<"t", T, 37> t;
  const auto check = [&]<class Backend>(Backend) {
    const auto fs = numbers<float>(37, 3e5);
    const auto ds = numbers<double>(37, 1e3);
    const auto is = numbers<std::int32_t>(37, 7e4);
    const auto ls = numbers<std::int64_t>(37, 3e18);
    std::vector<T> ts;
    for (float x : fs) ts.push_back(T(x / 8));
    bool bs[37];
    for (int n = 0; n < 37; ++n) bs[n] = n % 3 == 0;
    auto session = tl::session<Backend>(tl::cast<T>(f), tl::cast<T>(d), tl::cast<T>(i), tl::cast<T>(l), tl::cast<T>(b), tl::cast<float>(t), tl::cast<double>(t), tl::cast<std::int32_t>(t),
                                        tl::cast<std::int64_t>(t), tl::cast<bool>(t), tl::cast<T>(tl::cast<float>(t) * 2.0_c));
    const auto [tf, td, ti, tll, tb, ff, fd, fi, fl, fb, ft] = session.run(f = fs, d = ds, i = is, l = ls, b = bs, t = ts);
    for (std::int64_t n = 0; n < 37; ++n) {
      const auto at = static_cast<std::size_t>(n);
      CHECK(tf[n].bits == T(fs[at]).bits);
      CHECK(td[n].bits == T(ds[at]).bits);
      CHECK(ti[n].bits == T(is[at]).bits);
      CHECK(tll[n].bits == T(ls[at]).bits);
      CHECK(static_cast<float>(tb[n]) == (bs[n] ? 1.0f : 0.0f));
      const float x = static_cast<float>(ts[at]);
      CHECK(ff[n] == x);
      CHECK(fd[n] == static_cast<double>(x));
      CHECK(fi[n] == tl::math::cast<std::int32_t>(x));
      CHECK(fl[n] == tl::math::cast<std::int64_t>(x));
      CHECK(fb[n] == (x != 0));
      CHECK(ft[n].bits == T(2 * x).bits);
    }
  };
  check(tl::reference{});
  check(tl::simd{});
}

TEST_CASE_TEMPLATE("products are of floats, with exact products of elements", T, tl::bfloat16, tl::float16) {
  constexpr tl::placeholder<"x", float, "N"_d, 24> x;
  constexpr tl::placeholder<"w", T, 24, 5> w;
  constexpr tl::placeholder<"v", T, 24> v;
  const auto narrow = tl::cast<T>(x);
  const auto y = tl::matmul(narrow, w);
  const auto z = tl::matmul(narrow, v);
  const auto f = [](auto a, auto b) { return tl::matmul(a, tl::transpose(b)); };
  static_assert(decltype(y)::type == tl::dtype::f32);
  const auto xs = numbers<float>(7 * 24, 2.0);
  std::vector<T> ws, vs;
  for (double n : numbers<double>(120, 1.0, 0.3)) ws.push_back(T(n));
  for (double n : numbers<double>(24, 1.0, 0.6)) vs.push_back(T(n));
  const auto check = [&]<class Backend>(Backend) {
    auto session = tl::session<Backend>(y, z, tl::invoke(f, narrow, tl::transpose(w)));
    const auto [a, b, c] = session.run(x = tl::view(xs.data(), 7, 24), w = ws, v = vs);
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 6; ++j) {
        double sum = 0, sizes = 0;
        for (std::size_t k = 0; k < 24; ++k) {
          const double p = static_cast<double>(rounded<T>(static_cast<double>(xs[i * 24 + k]))) * static_cast<double>(static_cast<float>(j < 5 ? ws[k * 5 + j] : vs[k]));
          sum += p, sizes += std::abs(p);
        }
        const double found = static_cast<double>(j < 5 ? a.data()[i * 5 + j] : b.data()[i]);
        CHECK(std::abs(found - sum) <= 24 * 0x1p-24 * sizes);
        if (j < 5) CHECK(std::abs(static_cast<double>(c.data()[i * 5 + j]) - sum) <= 24 * 0x1p-24 * sizes);
      }
  };
  check(tl::reference{});
  check(tl::simd{});
}

TEST_CASE("derivatives pass casts as they are, in both directions, through what moves tensors, and in loops") {
  constexpr tl::placeholder<"x", float, 4, 6> x;
  constexpr tl::placeholder<"w", double, 3, 4> w;
  constexpr tl::placeholder<"p", std::int32_t, 3> p;
  const auto b = tl::cast<tl::bfloat16>(x);
  const auto parts = tl::concat<0>(tl::transpose(tl::slice<1, 1, 4>(b)), tl::reshape<1, 4>(tl::slice<1, 5, 6>(b)));
  const auto chosen = tl::where(tl::cast<float>(parts) > 0_c, parts, tl::cast<tl::bfloat16>(0.5_c));
  const auto back = tl::cast<double>(tl::gather(chosen, p)) * w;
  const auto loss = tl::sum(back) + tl::cast<double>(tl::sum(tl::cast<float>(b)));
  const auto total = tl::fold([](auto s, auto row) { return s + tl::sum(tl::cast<float>(tl::cast<tl::float16>(row * row))); }, 0_c * tl::sum(x), x);
  const auto xs = numbers<float>(24, 1.0);
  const auto ws = numbers<double>(12, 1.0, 2.0);
  const std::int32_t ps[]{3, 0, 1};
  const auto check = [&]<class Backend>(Backend) {
    auto session = tl::session<Backend>(tl::derivative(loss, x), tl::derivative(total, x), tl::jvp(loss, x, x), tl::jvp(total, x, x));
    const auto [dx, dt, jl, jt] = session.run(x = xs, w = ws, p = ps);
    double along = 0, along_total = 0;
    for (std::size_t r = 0; r < 4; ++r)
      for (std::size_t c = 0; c < 6; ++c) {
        // Which of the gathered rows has it: columns 1, 2, 3 are rows 0, 1, 2 of what is joined, column 5 is row 3.
        const int row = c >= 1 && c <= 3 ? static_cast<int>(c) - 1 : c == 5 ? 3 : -1;
        double expected = 1;
        for (std::size_t g = 0; g < 3; ++g)
          if (ps[g] == row && xs[r * 6 + c] > 0) expected += ws[g * 4 + r];
        CHECK(std::abs(static_cast<double>(dx.data()[r * 6 + c]) - expected) < 1e-6);
        CHECK(dt.data()[r * 6 + c] == 2 * xs[r * 6 + c]);
        along += expected * static_cast<double>(xs[r * 6 + c]), along_total += 2 * static_cast<double>(xs[r * 6 + c]) * static_cast<double>(xs[r * 6 + c]);
      }
    CHECK(std::abs(jl - along) < 1e-5);
    CHECK(std::abs(static_cast<double>(jt) - along_total) < 1e-5);
  };
  check(tl::reference{});
  check(tl::simd{});
}

TEST_CASE("a cast that loses nothing is left out, one that rounds is not") {
  constexpr tl::placeholder<"t", tl::bfloat16, 3> t;
  constexpr tl::placeholder<"x", float, 3> x;
  using kept = tl::program<decltype(tl::cast<float>(tl::cast<tl::bfloat16>(x)))>;
  using dropped = tl::program<decltype(tl::cast<float>(tl::cast<tl::bfloat16>(tl::cast<float>(t))))>;
  static_assert(kept::graph.size() == 3);
  static_assert(dropped::graph.size() == 2);
}

TEST_CASE("variables and constants that are stored so") {
  constexpr tl::variable<"w", tl::float16, 5, tl::constant_value(2.5)> w;
  constexpr tl::placeholder<"x", float, 5> x;
  auto session = tl::session<tl::simd>(tl::sum(tl::cast<float>(w) * x), tl::assign(w, tl::cast<tl::float16>(x)));
  session.initialize(0);
  const auto xs = numbers<float>(5, 1.0);
  const float sum = std::get<0>(session.run(x = xs));
  float expected = 0;
  for (float v : xs) expected += 2.5f * v;
  CHECK(std::abs(sum - expected) < 1e-5f);
  const float next = std::get<0>(session.run(x = xs));
  CHECK(next > 0);
  CHECK(session[w][1].bits == tl::float16(xs[1]).bits);
}
