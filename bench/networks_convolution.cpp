// Convolutions of images and LeNet. The rivals, all of them frameworks, run in processes of their own.
#include <tapeless/tapeless.hpp>

#include "support.hpp"

namespace tl = tapeless;
using namespace tl::literals;
using bench::policy;

namespace {

/// 64 channels of 28x28 under 64 kernels of 3x3.
namespace image {
constexpr int channels = 64, side = 28;
constexpr tl::placeholder<"x", float, 1, channels, side, side> x;
constexpr tl::placeholder<"w", float, channels, channels, 3, 3> w;
constexpr tl::placeholder<"dy", float, 1, channels, side, side> dy;
constexpr auto y = tl::conv2d<tl::convolution{.padding = 1}>(x, w);
constexpr double elements = channels * side * side, weights = channels * channels * 9, flops = 2 * elements * channels * 9;

std::vector<float> by_definition(const bench::numbers<float>& xs, const bench::numbers<float>& ws) {
  std::vector<float> ys(static_cast<std::size_t>(elements));
  for (int o = 0; o < channels; ++o)
    for (int i = 0; i < side; ++i)
      for (int j = 0; j < side; ++j) {
        double sum = 0;
        for (int c = 0; c < channels; ++c)
          for (int k = std::max(0, 1 - i); k < std::min(3, side + 1 - i); ++k)
            for (int l = std::max(0, 1 - j); l < std::min(3, side + 1 - j); ++l)
              sum += static_cast<double>(xs[static_cast<std::size_t>((c * side + i + k - 1) * side + j + l - 1)]) * static_cast<double>(ws[static_cast<std::size_t>(((o * channels + c) * 3 + k) * 3 + l)]);
        ys[static_cast<std::size_t>((o * side + i) * side + j)] = static_cast<float>(sum);
      }
  return ys;
}

void forward(bench::row& row) {
  auto session = tl::session<policy>(y);
  const bench::numbers<float> xs(tl::element_count(x.shape)), ws(tl::element_count(w.shape));
  row.expect_close(std::get<0>(session.run(x = xs, w = ws)), by_definition(xs, ws), 1e-4);
  row.measure({flops, 4 * (elements + weights), 4 * elements}, bench::side{"tapeless", [&] { bench::consume(std::get<0>(session.run(x = xs, w = ws)).data()); }});
}

void with_gradients(bench::row& row) {
  constexpr auto product = tl::sum(y * dy);
  auto session = tl::session<policy>(y, tl::derivative(product, x), tl::derivative(product, w));
  const bench::numbers<float> xs(tl::element_count(x.shape)), ws(tl::element_count(w.shape)), dys(tl::element_count(dy.shape));
  row.expect_close(std::get<0>(session.run(x = xs, w = ws, dy = dys)), by_definition(xs, ws), 1e-4);
  row.measure({3 * flops, 4 * (2 * elements + weights), 4 * (2 * elements + weights)}, bench::side{"tapeless", [&] { bench::consume(std::get<2>(session.run(x = xs, w = ws, dy = dys)).data()); }});
}
}  // namespace image

/// LeCun's net for digits of 28x28.
namespace lenet {
constexpr auto net = tl::nn::sequential(tl::nn::conv2d<"c1", 6, tl::per_axis{5}, tl::convolution{.padding = 2}>, tl::nn::relu, tl::nn::max_pool2d<>,
                                        tl::nn::conv2d<"c2", 16, tl::per_axis{5}>, tl::nn::relu, tl::nn::max_pool2d<>, tl::nn::flatten,
                                        tl::nn::dense<"d1", 120>, tl::nn::relu, tl::nn::dense<"d2", 84>, tl::nn::relu, tl::nn::dense<"d3", 10>);
constexpr double first = 2 * 28 * 28 * 6 * 25, others = 2 * (10 * 10 * 16 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10), parameters = 61706;

template <int Batch> void forward(bench::row& row) {
  constexpr tl::placeholder<"x", float, Batch, 1, 28, 28> x;
  auto session = tl::session<policy>(net(x));
  session.initialize(1);
  const bench::numbers<float> xs(tl::element_count(x.shape));
  row.measure({Batch * (first + others), 4 * (Batch * 784 + parameters), 4 * Batch * 10}, bench::side{"tapeless", [&] { bench::consume(std::get<0>(session.run(x = xs)).data()); }});
}

template <int Batch> void step(bench::row& row) {
  constexpr tl::placeholder<"x", float, Batch, 1, 28, 28> x;
  constexpr tl::placeholder<"labels", std::int64_t, Batch> labels;
  constexpr auto loss = tl::losses::softmax_cross_entropy(net(x), labels);
  auto session = tl::session<policy>(loss, tl::optimizers::sgd(0.01_c).minimize(loss));
  session.initialize(1);
  const bench::numbers<float> xs(tl::element_count(x.shape));
  std::vector<std::int64_t> of_xs(Batch);
  for (std::size_t i = 0; i < of_xs.size(); ++i) of_xs[i] = static_cast<std::int64_t>(i % 10);
  row.measure({Batch * (2 * first + 3 * others), 4 * (Batch * 784 + parameters), 4 * parameters}, bench::side{"tapeless", [&] {
                const float value = std::get<0>(session.run(x = xs, labels = of_xs));
                bench::consume(&value);
              }});
}
}  // namespace lenet

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, {{"conv2d 1x64x28x28", image::forward}, {"conv2d+gradients 1x64x28x28", image::with_gradients},
                                   {"lenet, batch 1", lenet::forward<1>}, {"lenet, batch 64", lenet::forward<64>},
                                   {"lenet step, batch 1", lenet::step<1>}, {"lenet step, batch 64", lenet::step<64>}});
}
