// expect: session: the variable "w" (5,) float is in what is fetched (4,) float
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const std::vector<float> xs(8);
  constexpr tl::variable<"w", float, 5> other;
  session[other];
}
