// Learns to read handwritten digits: one hidden layer, trained with momentum on 1,438 images and judged on 359 others.
#include <tapeless/tapeless.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <tuple>
#include <vector>

#include "digits_data.hpp"
#include "progress.hpp"

namespace tl = tapeless;
using namespace tl::literals;

constexpr auto net = tl::nn::sequential(tl::nn::dense<"hidden", 128>, tl::nn::relu, tl::nn::dense<"logits", 10>);

/// The net applied to a batch of images; batches of all sizes use the same variables.
template <int Size> struct batch {
  static constexpr tl::placeholder<"images", float, Size, digits::pixels> images{};
  static constexpr tl::placeholder<"labels", std::int32_t, Size> labels{};

  static constexpr auto logits = net(images);
  static constexpr auto smoothed = 0.9_c * tl::one_hot<10>(labels) + 0.01_c;  // sure of a digit, but never quite
  static constexpr auto loss = tl::losses::softmax_cross_entropy(logits, smoothed);
  static constexpr auto hits = tl::arg_max(logits) == tl::cast<std::int64_t>(labels);
  static constexpr auto accuracy = tl::mean(tl::cast<float>(hits));
};

using training = batch<32>;
using judging = batch<359>;
constexpr auto update = tl::optimizers::momentum(0.1_c, 0.9_c).minimize(training::loss);

int main() {
  const auto [train, held_out] = digits::split(digits::load(TAPELESS_EXAMPLE_DATA "/digits.txt"));
  constexpr int epochs = 30;
  const std::int64_t steps = train.size / 32;

  auto session = tl::session<tl::simd>(training::loss, training::accuracy, update);
  session.initialize(/*seed*/ 0);

  float judged = 0;
  std::vector<float> images;
  std::vector<std::int32_t> labels;
  example::progress bar(epochs, steps);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    const auto order = digits::shuffled_order(train.size, static_cast<std::uint64_t>(epoch));
    float loss = 0, accuracy = 0;
    for (std::int64_t step = 0; step < steps; ++step) {
      digits::gather(train, order, step * 32, 32, images, labels);
      const auto [l, a] = session.run(training::images = images, training::labels = labels);
      loss += l / static_cast<float>(steps), accuracy += a / static_cast<float>(steps);
      bar.step();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    std::tie(judged) = session.run(tl::fetch(judging::accuracy), judging::images = held_out.images, judging::labels = held_out.labels);
    char text[120];
    std::snprintf(text, sizeof(text), "loss %.4f  accuracy %.2f %%  held out %.2f %%  %.0f images/s", loss, 100 * accuracy, 100 * judged,
                  static_cast<double>(32 * steps) / seconds.count());
    bar.finish_epoch(text);
  }

  std::printf("planned at compile time, for each step: %s\n", tl::to_string(session.report).c_str());
  std::printf("held-out accuracy: %.2f %%\n", 100 * judged);
  return judged >= 0.97f ? 0 : 1;
}
