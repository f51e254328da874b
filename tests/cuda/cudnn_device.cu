// Convolutions by cuDNN beside the same on the processor.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cudnn.hpp>

#include "support/on_card.hpp"

#include <doctest/doctest.h>

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
