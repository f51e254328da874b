// A two-layer net learns 64 random vectors. Gradients, updates and memory are planned while this file compiles.
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

  constexpr auto h = tl::relu(tl::matmul(x, w1));
  constexpr auto y_pred = tl::matmul(h, w2);
  constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
  constexpr auto update = tl::optimizers::sgd(1e-3_c).minimize(loss);

  auto session = tl::session<tl::simd>(loss, update);
  session.initialize(/*seed*/ 0);

  std::mt19937 random;
  std::vector<float> xs(64 * 1000), ys(64 * 1000);
  for (auto& v : xs) v = static_cast<float>(random()) * 0x1p-31f - 1;
  for (auto& v : ys) v = static_cast<float>(random()) * 0x1p-31f - 1;

  for (int step = 0; step <= 50; ++step) {
    const auto [value] = session.run(x = xs, y = ys);
    if (step % 10 == 0) std::printf("step %2d  loss %.1f\n", step, value);
  }
}
