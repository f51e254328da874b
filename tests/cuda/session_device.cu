#include <tapeless/tapeless.hpp>
#include <tapeless/cuda/cuda.hpp>

#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

// A training step on a card: where there is one, against tl::simd; where there is none, the message that says so.
namespace tl = tapeless;
using namespace tl::literals;

namespace {
constexpr tl::placeholder<"x", float, 64, 100> x;
constexpr tl::placeholder<"y", float, 64, 10> y;
constexpr tl::variable<"w1", float, 100, 32, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 32, 10, tl::glorot_uniform> w2;
constexpr auto h = tl::relu(tl::matmul(x, w1));
constexpr auto y_pred = tl::matmul(h, w2);
constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

template <class Backend> float train() {
  auto session = tl::session<Backend>(loss, update);
  std::vector<float> xs(6400), ys(640);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(0.37f * static_cast<float>(i));
  for (std::size_t i = 0; i < ys.size(); ++i) ys[i] = std::cos(0.11f * static_cast<float>(i));
  float last = 0;
  for (int step = 0; step < 50; ++step) {
    auto [value] = session.run(x = xs, y = ys);
    last = value;
  }
  return last;
}
}  // namespace

int main() {
  try {
    const float on_card = train<tl::cuda>(), plain = train<tl::simd>();
    std::printf("on the card %.7g, on the processor %.7g\n", static_cast<double>(on_card), static_cast<double>(plain));
    return std::abs(on_card - plain) <= 1e-4f * std::abs(plain) ? 0 : 1;
  } catch (const tl::device_error& e) {
    std::printf("%s\n", e.what());
    const bool no_card = e.code == tl::device::no_card || e.code == tl::device::driver_too_old;
    return no_card && std::string_view(e.what()).find("looking for a card") != std::string_view::npos ? 0 : 1;
  }
}
