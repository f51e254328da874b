// sum(x*y+z) of large matrices with its three gradients: nothing but memory traffic.
#include <tapeless/tapeless.hpp>

#include "stream.hpp"
#include "support.hpp"

namespace tl = tapeless;
using bench::policy;

namespace {

constexpr std::int64_t rows = 3000, columns = 4000, count = rows * columns;

/// Past the caches, which is what such a loop is quickest with.
[[gnu::noinline]] float by_hand(float* __restrict dx, float* __restrict dy, float* __restrict dz, const float* __restrict x, const float* __restrict y,
                                const float* __restrict z) {
  using bench::at, bench::lanes, bench::stream;
  constexpr std::int64_t ways = 4, step = ways * bench::width;
  static_assert(count % step == 0);
  lanes sums[ways] = {};
  const lanes one = lanes{} + 1;
  for (std::int64_t i = 0; i < count; i += step) {
    for (std::int64_t k = 0; k < ways; ++k) {
      const std::int64_t j = i + k * bench::width;
      sums[k] += at(x + j) * at(y + j) + at(z + j);
      stream(dx + j, at(y + j)), stream(dy + j, at(x + j)), stream(dz + j, one);
    }
  }
  const lanes all = sums[0] + sums[1] + sums[2] + sums[3];
  float sum = 0;
  for (std::int64_t k = 0; k < bench::width; ++k) sum += reinterpret_cast<const float*>(&all)[k];
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
