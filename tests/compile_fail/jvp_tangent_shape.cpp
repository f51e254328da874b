// expect: jvp: the tangent must have the shape and dtype of what is differentiated by: v (3,) double beside x (4,) double
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 4> x;
  constexpr tl::placeholder<"v", double, 3> v;
  constexpr auto moved = tl::jvp(tl::exp(x), x, v);
  auto session = tl::session<tl::simd>(moved);
}
