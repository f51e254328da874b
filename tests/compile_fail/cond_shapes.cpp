// expect: cond: the branches have different shapes
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  using namespace tl::literals;
  constexpr tl::placeholder<"z", float> z;
  constexpr tl::placeholder<"x", float, 3> x;
  constexpr tl::placeholder<"y", float, 4> y;
  constexpr auto chosen = tl::cond(z > 0_c, x, y);
  auto session = tl::session<tl::simd>(chosen);
}
