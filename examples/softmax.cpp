// A softmax classifier on digits of 8 x 8 pixels: one layer, cross-entropy, gradient descent.
#include <tapeless/tapeless.hpp>

#include <cstdio>

#include "digits_data.hpp"

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"image", float, "N"_d, digits::pixels> image;
  constexpr tl::placeholder<"label", std::int32_t, "N"_d> label;
  constexpr tl::variable<"W", float, digits::pixels, digits::classes> W;
  constexpr tl::variable<"b", float, digits::classes> b;

  constexpr auto logits = tl::matmul(image, W) + b;
  constexpr auto loss = tl::losses::softmax_cross_entropy(logits, label);
  constexpr auto hits = tl::arg_max(logits) == tl::cast<std::int64_t>(label);
  constexpr auto accuracy = tl::mean(tl::cast<float>(hits));

  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(0.5_c).minimize(loss));

  const auto [train, held_out] = digits::split(digits::load(TAPELESS_EXAMPLE_DATA "/digits.txt"));
  for (int step = 0; step <= 500; ++step) {
    const auto [value] = session.run(image = train.images, label = train.labels);
    if (step % 100 == 0) std::printf("step %3d  loss %.4f\n", step, value);
  }
  const auto [right] = session.run(tl::fetch(accuracy), image = held_out.images, label = held_out.labels);
  std::printf("held-out accuracy: %.2f %%\n", 100 * right);
}
