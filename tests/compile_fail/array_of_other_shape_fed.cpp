// expect: run: placeholder "x" (3, 4) float is fed, but what is fetched has one of this name that is (N, 4) float
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const std::vector<float> xs(8);
  constexpr tl::placeholder<"x", float, 3, 4> other;
  session.run(other = xs);
}
