// A layer as a graph: h = relu(x W + b). One graph serves every batch size; variables keep their values between runs.
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"W", float, 784, 100, tl::uniform(-1, 1)> W;
  constexpr tl::variable<"b", float, 100> b;
  constexpr tl::placeholder<"x", float, "N"_d, 784> x;
  constexpr auto h = tl::relu(tl::matmul(x, W) + b);

  auto session = tl::session<tl::simd>(h);
  session.initialize(/*seed*/ 0);

  const std::vector<float> xs(100 * 784, 0.1f);
  const auto [one] = session.run(x = tl::view(xs.data(), 1, 784));
  std::printf("fed (1, 784), got (%d, %d), first unit %g\n", static_cast<int>(one.extent(0)), static_cast<int>(one.extent(1)), one(0, 0));

  std::fill_n(session[b].data(), 100, 100.0f);
  const auto [hundred] = session.run(x = xs);
  std::printf("fed (100, 784), got (%d, %d), first unit %g\n", static_cast<int>(hundred.extent(0)), static_cast<int>(hundred.extent(1)), hundred(0, 0));
}
