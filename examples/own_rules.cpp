// A ReLU with its own forward and backward, as a function, in the training of a two-layer net; and gradients that come back in the
// form of the parameters.
#include <tapeless/tapeless.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

struct my_relu : tl::custom_rules<my_relu> {
  static constexpr auto forward(auto x) { return tl::max(x, 0.0); }
  static constexpr auto gradient(auto dy, auto /*y*/, auto x) { return tl::where(x > 0.0, dy, 0.0); }
};

template <class W, class B> struct parameters {
  W w;
  B b;
};

int main() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 10> y;
  constexpr tl::variable<"w1", float, 1000, 100, tl::glorot_uniform> w1;
  constexpr tl::variable<"w2", float, 100, 10, tl::glorot_uniform> w2;
  constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(my_relu{}(tl::matmul(x, w1)), w2), y);
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-2_c).minimize(loss));
  session.initialize(1);
  std::vector<float> xs(64 * 1000), ys(64 * 10);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 997) * 2e-3f - 1;
  for (std::size_t i = 0; i < ys.size(); ++i) ys[i] = static_cast<float>(i * 31 % 10) * 0.1f;
  for (int step = 0; step <= 100; ++step) {
    const auto [value] = session.run(x = xs, y = ys);
    if (step % 50 == 0) std::printf("step %3d  loss %.3f\n", step, static_cast<double>(value));
  }

  auto by_parameters = tl::grad<0>([](auto p, auto inputs) { return tl::sum(my_relu{}(p.w * inputs + p.b)); });
  const auto d = by_parameters(parameters<std::vector<float>, float>{{1, -2, 3}, 0.5f}, std::vector<float>{1, 1, 1});
  std::printf("dw = (%g, %g, %g), db = %g\n", static_cast<double>(d.w[0]), static_cast<double>(d.w[1]), static_cast<double>(d.w[2]), static_cast<double>(d.b));
}
