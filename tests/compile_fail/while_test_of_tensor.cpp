// expect: while_loop: the test must give a bool scalar, not (3,) bool
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", float, 3> x;
  constexpr auto y = tl::while_loop([](auto s) { return s < 100; }, [](auto s) { return s * s; }, x);
  auto session = tl::session<tl::simd>(y);
}
