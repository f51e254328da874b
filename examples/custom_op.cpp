// An op of one's own has exactly the rights of a built-in one: it is fused, differentiated, and runs on every backend.
#include <tapeless/tapeless.hpp>

#include <cstdio>
#include <random>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

/// A ReLU that states its own forward and backward.
struct my_relu_op : tl::elementwise<1> {
  static constexpr auto name = "my_relu";

  // One element or many: T is float, double, or a SIMD vector of them.
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using tl::math::max; return max(x, T(0)); }

  static constexpr tl::gradients gradient(tl::ref dy, tl::ref /*y*/, tl::ref x) { return tl::inputs(tl::where(x < 0.0, 0.0, dy)); }
};
constexpr auto my_relu(auto x) { return tl::apply<my_relu_op>(x); }

int main() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 10> y;
  constexpr tl::variable<"w1", float, 1000, 100, tl::uniform(-1, 1)> w1;
  constexpr tl::variable<"w2", float, 100, 10, tl::uniform(-1, 1)> w2;

  constexpr auto y_pred = tl::matmul(my_relu(tl::matmul(x, w1)), w2);
  constexpr auto loss = tl::sum(tl::square(y_pred - y));
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-6_c).minimize(loss));
  session.initialize(/*seed*/ 0);

  std::mt19937 random;
  std::vector<float> xs(64 * 1000), ys(64 * 10);
  for (auto& v : xs) v = static_cast<float>(random()) * 0x1p-31f - 1;
  for (auto& v : ys) v = static_cast<float>(random()) * 0x1p-31f - 1;

  for (int step = 0; step <= 500; ++step) {
    const auto [value] = session.run(x = xs, y = ys);
    if (step % 100 == 0) std::printf("step %3d  loss %.2f\n", step, value);
  }
}
