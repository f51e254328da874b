// expect: vmap: axes are given for 1 arguments, but the function is called with 2
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr tl::placeholder<"y", double, 3> y;
  constexpr auto z = tl::vmap<0>([](auto a, auto b) { return a * b; }, x, y);
  auto session = tl::session<tl::simd>(z);
}
