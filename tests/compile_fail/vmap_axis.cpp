// expect: vmap: argument 0 (3, 2) double has no axis 2
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 3, 2> x;
  constexpr auto z = tl::vmap<2>([](auto a) { return a * a; }, x);
  auto session = tl::session<tl::simd>(z);
}
