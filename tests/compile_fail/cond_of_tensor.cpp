// expect: cond: the condition must be a bool scalar
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  using namespace tl::literals;
  constexpr tl::placeholder<"x", float, 3> x;
  constexpr auto y = tl::cond(x > 0_c, x, x * x);
  auto session = tl::session<tl::simd>(y);
}
