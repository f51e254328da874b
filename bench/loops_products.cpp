// sum(x*y+z) of large matrices with its three gradients: nothing but memory traffic.
#include <tapeless/tapeless.hpp>

#include "support.hpp"

namespace tl = tapeless;
using bench::policy;

namespace {

constexpr std::int64_t rows = 3000, columns = 4000, count = rows * columns;

[[gnu::noinline]] float by_hand(float* __restrict dx, float* __restrict dy, float* __restrict dz, const float* __restrict x, const float* __restrict y,
                                const float* __restrict z) {
  constexpr std::int64_t lanes = 64;
  static_assert(count % lanes == 0);
  float sums[lanes] = {};
  for (std::int64_t i = 0; i < count; i += lanes) {
    for (std::int64_t j = 0; j < lanes; ++j) {
      sums[j] += x[i + j] * y[i + j] + z[i + j];
      dx[i + j] = y[i + j];
      dy[i + j] = x[i + j];
      dz[i + j] = 1;
    }
  }
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}

void product(bench::row& row) {
  constexpr tl::placeholder<"x", float, rows, columns> x;
  constexpr tl::placeholder<"y", float, rows, columns> y;
  constexpr tl::placeholder<"z", float, rows, columns> z;
  constexpr auto c = tl::sum(x * y + z);
  auto session = tl::session<policy>(c, tl::derivative(c, x), tl::derivative(c, y), tl::derivative(c, z));

  const bench::numbers<float> xs(count), ys(count), zs(count), dx(count), dy(count), dz(count);
  const auto ours = [&] {
    const auto [value, gx, gy, gz] = session.run(x = xs, y = ys, z = zs);
    bench::consume(&value), bench::consume(gx.data()), bench::consume(gy.data()), bench::consume(gz.data());
  };
  const auto theirs = [&] {
    const float value = by_hand(dx.data(), dy.data(), dz.data(), xs.data(), ys.data(), zs.data());
    bench::consume(&value), bench::consume(dx.data()), bench::consume(dy.data()), bench::consume(dz.data());
  };
  theirs();
  {
    const auto [value, gx, gy, gz] = session.run(x = xs, y = ys, z = zs);
    row.expect_close(gx, dx, 0), row.expect_close(gy, dy, 0), row.expect_close(gz, dz, 0);
  }
  constexpr double bytes = 4.0 * count;
  row.measure({3.0 * count, 3 * bytes, 3 * bytes}, bench::side{"tapeless", ours}, bench::side{"hand", theirs});
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, {{"sum(x*y+z)+gradients 3000x4000", product}}); }
