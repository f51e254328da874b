#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

// Plans that stay within a limit of memory by computing again what does not fit.

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr auto deep = [](auto h, auto w) {
  for (int i = 0; i < 12; ++i) h = tl::tanh(tl::matmul(h, w));
  return tl::sum(h * h);
};
constexpr tl::placeholder<"x", float, 32, 64> x;
constexpr tl::placeholder<"w", float, 64, 64> w;
constexpr auto y = tl::invoke(deep, x, w);
constexpr auto dx = tl::derivative(y, x);
constexpr auto dw = tl::derivative(y, w);

std::vector<float> noise(std::size_t n, std::uint64_t seed, double scale) {
  std::vector<float> v(n);
  for (auto& e : v) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    e = static_cast<float>(scale * (static_cast<double>(seed >> 11) * 0x1p-52 - 1));
  }
  return v;
}
const auto xs = noise(32 * 64, 1, 1), ws = noise(64 * 64, 2, 0.35);

}  // namespace

TEST_CASE("within: the same bits in less memory") {
  auto plain = tl::session<tl::simd>(y, dx, dw);
  const auto [v, gx, gw] = plain.run(x = xs, w = ws);
  const auto compare = [&, &v = v, &gx = gx, &gw = gw](auto& session, std::int64_t limit) {
    std::printf("%7ld: %s\n", static_cast<long>(limit), tl::to_string(session.report).c_str());
    CHECK(session.arena_bytes <= limit);
    const auto [sv, sx, sw] = session.run(x = xs, w = ws);
    CHECK(v == sv);
    bool same = true;
    double most = 0;
    for (int i = 0; i < 32; ++i)
      for (int j = 0; j < 64; ++j) same = same && gx(i, j) == sx(i, j), most = std::max(most, std::abs(static_cast<double>(sx(i, j))));
    for (int i = 0; i < 64; ++i)
      for (int j = 0; j < 64; ++j) same = same && gw(i, j) == sw(i, j);
    CHECK(same);
    CHECK(most > 1e-3);
  };
  std::printf("  plain: %s\n", tl::to_string(plain.report).c_str());
  auto roomy = tl::session<tl::simd>(y, dx, dw, tl::within<1_MiB>);  // what fits is left as it is
  auto less = tl::session<tl::simd>(tl::within<120_KiB>, y, dx, dw);
  compare(roomy, 1_MiB);
  compare(less, 120_KiB);
  CHECK(roomy.arena_bytes == plain.arena_bytes);
  CHECK(roomy.report.computed_again == 0);
  CHECK(less.report.computed_again > 0);
  CHECK(tl::to_string(decltype(less)::program::graph, decltype(less)::program::plan).find(" again") != std::string::npos);
}
