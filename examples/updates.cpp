// A two-layer ReLU net whose weights are updated inside the graph: nothing is copied between steps, and an update that is
// not fetched does not run.
#include <tapeless/tapeless.hpp>

#include <cstdio>
#include <random>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 1000> y;
  constexpr tl::variable<"w1", float, 1000, 100, tl::uniform(-1, 1)> w1;
  constexpr tl::variable<"w2", float, 100, 1000, tl::uniform(-1, 1)> w2;

  constexpr auto h = tl::maximum(tl::matmul(x, w1), 0_c);
  constexpr auto y_pred = tl::matmul(h, w2);
  constexpr auto loss = tl::mean(tl::sum<1>(tl::square(y_pred - y)));

  constexpr auto new_w1 = tl::assign(w1, w1 - 1e-5_c * tl::derivative(loss, w1));
  constexpr auto new_w2 = tl::assign(w2, w2 - 1e-5_c * tl::derivative(loss, w2));
  constexpr auto updates = tl::group(new_w1, new_w2);

  auto session = tl::session<tl::simd>(loss, updates);
  session.initialize(/*seed*/ 0);

  std::mt19937 random;
  std::vector<float> xs(64 * 1000), ys(64 * 1000);
  for (auto& v : xs) v = static_cast<float>(random()) * 0x1p-31f - 1;
  for (auto& v : ys) v = static_cast<float>(random()) * 0x1p-31f - 1;

  for (int step = 0; step < 50; ++step) session.run(x = xs, y = ys);
  const auto [after] = session.run(tl::fetch(loss), x = xs, y = ys);
  const auto [still] = session.run(tl::fetch(loss), x = xs, y = ys);
  std::printf("loss after 50 steps: %.1f; fetched again without the updates: %.1f\n", after, still);
}
