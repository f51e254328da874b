// expect: two leaves are named "x": placeholder (3, 4) float and placeholder (4,) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"x", float, 4> other;
  auto session = tl::session<tl::simd>(x + other);
  session.initialize(1);
  const float xs[3][4]{};
  auto [y] = session.run(x = xs);
}
