// Convolutions and pooling by cuDNN beside the same on the processor.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cudnn.hpp>

#include "support/on_card.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"images", float, "N"_d, 4, 12, 9> images;
constexpr tl::placeholder<"kernels", float, 6, 2, 3, 3> kernels;

}  // namespace

TEST_CASE("convolutions and their gradients: even padding by cuDNN, other padding by kernels of our own") {
  const auto even = tl::conv2d<tl::convolution{.padding = 1, .groups = 2}>(images, kernels);
  const auto uneven = tl::conv2d<tl::convolution{.stride = 2, .padding = {1, 2, 0, 1}, .groups = 2}>(images, kernels);
  const auto loss = tl::sum(even * even) + tl::sum(uneven * uneven);
  auto card = tl::session<tl::cuda_cudnn<>>(even, uneven, tl::derivative(loss, images), tl::derivative(loss, kernels));
  auto processor = tl::session<tl::simd>(even, uneven, tl::derivative(loss, images), tl::derivative(loss, kernels));
  for (const std::int64_t n : {1, 5, 32}) {
    const auto is = checks::whole_numbers<float>(n * 432, 1), ks = checks::whole_numbers<float>(108, 2);
    const auto a = card.run(images = tl::view(is.data(), n, 4, 12, 9), kernels = ks);
    const auto b = processor.run(images = tl::view(is.data(), n, 4, 12, 9), kernels = ks);
    CHECK(checks::card_distance(a, b) < 1e-5);
  }
}

TEST_CASE("pooling: padding that no window reaches makes no difference, other uneven padding is for kernels of our own; NaN is found") {
  const auto greatest = tl::max_pool2d<tl::pooling{.window = {3, 2}, .stride = 2, .padding = 1}>(images);
  const auto odd = tl::max_pool2d<tl::pooling{.window = 3, .stride = 2, .padding = {0, 2, 1, 2}}>(images);
  const auto means = tl::average_pool2d<tl::pooling{.window = 3, .stride = 1, .padding = 1}>(images);
  const auto loss = tl::sum(greatest * greatest) + tl::sum(odd * odd) + tl::sum(means * means);
  auto card = tl::session<tl::cuda_cudnn<>>(greatest, odd, means, tl::derivative(loss, images));
  auto processor = tl::session<tl::simd>(greatest, odd, means, tl::derivative(loss, images));
  auto is = checks::whole_numbers<float>(5 * 432, 1);
  const auto a = card.run(images = tl::view(is.data(), 5, 4, 12, 9));
  const auto b = processor.run(images = tl::view(is.data(), 5, 4, 12, 9));
  CHECK(checks::card_distance(a, b) < 1e-5);
  is[100] = std::numeric_limits<float>::quiet_NaN();
  const auto [found, rest, of_all, slope] = card.run(images = tl::view(is.data(), 5, 4, 12, 9));
  CHECK(std::count_if(found.begin(), found.end(), [](float y) { return y != y; }) > 0);
}
