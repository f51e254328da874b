// One program for several processors: each instruction set's code is in it, and what this processor supports is run.
#include <tapeless/backend/dispatch.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "model.hpp"

namespace tl = tapeless;

int main() {
  std::vector<float> samples(64 * 100), targets(64 * 10);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::sin(static_cast<float>(i));
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = samples[i * 10] * samples[i * 10 + 1];

  const auto best = tl::dispatch::in_use();
  for (auto set : tl::dispatch::available()) {
    tl::dispatch::use(set);  // without it, or TAPELESS_INSTRUCTION_SET, the best is used
    answer last{};
    double fastest = 1e9;
    for (int step = 0; step < 200; ++step) {
      const auto start = std::chrono::steady_clock::now();
      last = train(samples, targets);
      fastest = std::min(fastest, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
    }
    const auto name = to_string(set);
    std::printf("%-8.*s %2d floats in a register, loss %.1e, %5.1f us%s\n", static_cast<int>(name.size()), name.data(), last.floats_in_a_register,
                static_cast<double>(last.loss), fastest, set == best ? ", the best here" : "");
  }
}
