// expect: jacobian: the result would have more than eight axes
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 2, 2, 2, 2, 2> x;
  constexpr auto j = tl::jacobian(tl::exp(x), x);
  auto session = tl::session<tl::simd>(j);
}
