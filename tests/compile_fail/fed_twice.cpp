// expect: run: placeholder "x" (N, 4) float is fed 2 times
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const std::vector<float> xs(8);
  auto [value] = session.run(x = xs, x = xs);
}
