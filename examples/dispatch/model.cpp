// Compiled once for each instruction set, as CMake's tapeless_dispatch() says. What stands in the declarations of model.hpp
// must not depend on the instruction set; what stands here may.
#include "model.hpp"

#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

answer train(std::span<const float> samples, std::span<const float> targets) {
  constexpr tl::placeholder<"x", float, 64, 100> x;
  constexpr tl::placeholder<"y", float, 64, 10> y;
  constexpr auto net = tl::nn::sequential(tl::nn::dense<"hidden", 50>, tl::nn::tanh, tl::nn::dense<"output", 10>);
  constexpr auto loss = tl::losses::mean_squared_error(net(x), y);
  constexpr auto update = tl::optimizers::adam(0.01_c).minimize(loss);
  static auto session = tl::session<tl::simd>(loss, update);
  [[maybe_unused]] static const bool is_initialized = (session.initialize(/*seed*/ 0), true);
  const auto [value] = session.run(x = samples, y = targets);
  return {value, tl::wide::vec<float>::size};
}
