// expect: run: placeholder "y" (4,) float is not fed
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const std::vector<float> xs(8);
  constexpr tl::placeholder<"y", float, 4> y;
  auto [value] = session.run(tl::fetch(tl::sum(w * y)));
}
