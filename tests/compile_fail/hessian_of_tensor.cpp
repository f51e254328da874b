// expect: hessian: the function must be a scalar: exp(x) (3,) double by x (3,) double by x (3,) double
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 3> x;
  constexpr auto h = tl::hessian(tl::exp(x), x);
  auto session = tl::session<tl::simd>(h);
}
