// Convolution and pooling by a device's kernels, run on the host.
#include "support/kernels_on_host.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <random>

namespace checks {

using namespace tl::literals;

namespace {

template <class T> std::vector<T> numbers(std::int64_t n, unsigned seed) {
  std::mt19937 draw(seed);
  std::vector<T> x(static_cast<std::size_t>(n));
  for (auto& e : x) e = static_cast<T>(static_cast<int>(draw() % 15) - 7);
  return x;
}

/// The convolution and its gradients, with strides, padding, dilation, groups as they come.
template <class T, tl::convolution Options, int C, int H, int W, int O, int KH, int KW> double convolution_distance(std::int64_t n) {
  constexpr tl::placeholder<"x", T, "N"_d, C, H, W> x;
  constexpr tl::placeholder<"w", T, O, C / Options.groups, KH, KW> w;
  const auto y = tl::conv2d<Options>(x, w);
  const auto loss = tl::sum(y * y);
  kernels_and_reference both(y, tl::derivative(loss, x), tl::derivative(loss, w));
  const auto xs = numbers<T>(n * C * H * W, 1), ws = numbers<T>(O * C / Options.groups * KH * KW, 2);
  return both.distance(x = tl::view(xs.data(), n, C, H, W), w = tl::view(ws.data(), O, C / Options.groups, KH, KW));
}
template <class T, tl::pooling Options, int H, int W> double pooling_distance(std::int64_t n) {
  constexpr tl::placeholder<"x", T, "N"_d, 3, H, W> x;
  const auto most = tl::max_pool2d<Options>(x);
  const auto mean = tl::average_pool2d<Options>(x);
  const auto of_most = tl::derivative(tl::sum(most * most * most), x);
  const auto of_mean = tl::derivative(tl::sum(mean * mean), x);
  kernels_and_reference both(most, mean, of_most, of_mean, tl::derivative(tl::sum(of_most * of_most), x));
  auto xs = numbers<T>(n * 3 * H * W, 1);
  return both.distance(x = tl::view(xs.data(), n, 3, H, W));
}

}  // namespace

TEST_CASE("convolutions and their gradients") {
  CHECK(convolution_distance<double, tl::convolution{}, 3, 7, 6, 4, 3, 2>(2) == 0);
  CHECK(convolution_distance<float, tl::convolution{.stride = {2, 3}, .padding = {1, 2, 0, 3}, .dilation = {2, 1}}, 4, 9, 11, 5, 2, 3>(3) == 0);
  CHECK(convolution_distance<float, tl::convolution{.padding = tl::padding::same, .groups = 2}, 4, 8, 8, 6, 3, 3>(33) < 1e-6);  // positions in slices
  CHECK(convolution_distance<float, tl::convolution{}, 1, 1, 1, 1, 1, 1>(0) == 0);
}

TEST_CASE("pooling and its gradients: windows that overlap, leave gaps, reach into padding") {
  CHECK(pooling_distance<float, tl::pooling{2}, 6, 8>(2) < 1e-6);
  CHECK(pooling_distance<double, tl::pooling{.window = {3, 2}, .stride = {1, 2}, .padding = {1, 2, 0, 1}}, 5, 7>(3) < 1e-15);
  CHECK(pooling_distance<float, tl::pooling{.window = 2, .stride = 3}, 7, 8>(1) < 1e-6);
}

TEST_CASE("a convolutional net learns as on the CPU") {
  namespace nn = tl::nn;
  constexpr tl::placeholder<"x", float, "N"_d, 1, 12, 12> x;
  constexpr tl::placeholder<"label", std::int64_t, "N"_d> label;
  constexpr auto net = nn::sequential(nn::conv2d<"one", 6, tl::per_axis{5}, tl::convolution{.padding = 2}>, nn::relu, nn::max_pool2d<>,
                                      nn::conv2d<"two", 9, tl::per_axis{3}, tl::convolution{.stride = 2, .padding = {1, 2, 1, 2}}>, nn::tanh, nn::average_pool2d<>, nn::flatten, nn::dense<"three", 5>);
  constexpr auto loss = tl::losses::softmax_cross_entropy(net(x), label);
  constexpr auto update = tl::optimizers::sgd(0.01_c).minimize(loss);
  tl::session_type<kernels_on_host, decltype(loss), decltype(update)> device;
  auto host = tl::session<tl::simd>(loss, update);
  device.initialize(1), host.initialize(1);
  const auto xs = numbers<float>(8 * 144, 3);
  const std::vector<std::int64_t> labels{0, 1, 2, 3, 4, 0, 1, 2};
  for (int step = 0; step < 5; ++step) {
    const auto a = std::get<0>(device.run(x = tl::view(xs.data(), 8, 1, 12, 12), label = labels)), b = std::get<0>(host.run(x = tl::view(xs.data(), 8, 1, 12, 12), label = labels));
    CHECK(std::abs(a - b) <= 1e-4 * std::abs(b));
  }
}

}  // namespace checks
