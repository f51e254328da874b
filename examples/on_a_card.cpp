// The same program on the processor and on a card: one type is another. Compiled by nvcc it runs on a card of NVIDIA's; by
// another compiler, on a card that the host simulates, which shows the same but for speed.
#include <tapeless/tapeless.hpp>

#ifdef __CUDACC__
#include <tapeless/cuda/cuda.hpp>
#else
#include <tapeless/cuda/cuda_on_host.hpp>
#endif

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

#ifdef __CUDACC__
using card = tl::cuda;
#else
using card = tl::cuda_on_host;
#endif

namespace {

constexpr tl::placeholder<"x", float, 64, 20> x;
constexpr tl::placeholder<"y", float, 64, 5> y;
constexpr tl::variable<"w1", float, 20, 32, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 32, 5, tl::glorot_uniform> w2;

constexpr auto features = [](auto a) { return tl::relu(tl::matmul(a, w1)); };
constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(tl::invoke(features, x), w2), y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

template <class Backend> void train(const char* where) {
  auto session = tl::session<Backend>(loss, update);
  std::vector<float> xs(64 * 20), ys(64 * 5);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<float>(i));
  for (std::size_t i = 0; i < ys.size(); ++i) ys[i] = std::cos(static_cast<float>(i));
  for (int step = 0; step < 100; ++step) {
    const auto [value] = session.run(x = xs, y = ys);
    if (step % 33 > 0) continue;
    const double number = value;  // a card's is fetched here
    std::printf("%s: step %2d  loss %.4f\n", where, step, number);
  }
}

}  // namespace

int main() try {
  train<tl::simd>("processor");
  train<card>("card     ");

  // A part of the graph on the processor: what crosses is a node of the plan.
  constexpr auto mixed = tl::sum(tl::exp(tl::on<tl::simd>(features)(x)));
  auto session = tl::session<card>(mixed);
  using program = decltype(session)::program;
  std::printf("%d transfers, %d parts\n%s", program::transfers, program::part_count, tl::to_string(program::graph).c_str());
} catch (const tl::error& e) {
  std::printf("%s\n", e.what());
}
