// expect: run: placeholder "x" (N, 4) float is fed an array of shape (4, 2)
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const float xs[4][2]{};
  session.run(x = xs);
}
