// Modules: layers are functions with variables of their own; a module is any function of them.
#include <tapeless/tapeless.hpp>

#include <cstdio>
#include <random>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

/// relu(x W + b) V + c, with the variables "hidden/weights", "hidden/bias", "output/weights" and "output/bias".
struct two_layer_net {
  constexpr auto operator()(auto x) const {
    const auto h = tl::relu(tl::nn::dense<"hidden", 100>(x));
    return tl::nn::dense<"output", 10>(h);
  }
};
// The same in one line: layers in sequence.
constexpr auto same_net = tl::nn::sequential(tl::nn::dense<"hidden", 100>, tl::nn::relu, tl::nn::dense<"output", 10>);

int main() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::placeholder<"y", float, 64, 10> y;
  constexpr auto loss = tl::sum(tl::square(two_layer_net{}(x) - y));
  constexpr auto same_loss = tl::sum(tl::square(same_net(x) - y));

  auto session = tl::session<tl::simd>(loss, tl::optimizers::adam(1e-4_c).minimize(loss));
  session.initialize(/*seed*/ 0);

  std::mt19937 random;
  std::vector<float> xs(64 * 1000), ys(64 * 10);
  for (auto& v : xs) v = static_cast<float>(random()) * 0x1p-31f - 1;
  for (auto& v : ys) v = static_cast<float>(random()) * 0x1p-31f - 1;

  for (int step = 0; step <= 500; ++step) {
    const auto [value] = session.run(x = xs, y = ys);
    if (step % 100 == 0) std::printf("step %3d  loss %.4f\n", step, value);
  }
  const auto [same] = session.run(tl::fetch(same_loss), x = xs, y = ys);
  std::printf("the net in sequence has the same variables: loss %.4f\n", same);
}
