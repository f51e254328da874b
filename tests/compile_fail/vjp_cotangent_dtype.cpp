// expect: vjp: the cotangent must have the shape and dtype of the differentiated expression: u (4,) float beside exp(x) (4,) double
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", double, 4> x;
  constexpr tl::placeholder<"u", float, 4> u;
  auto session = tl::session<tl::simd>(tl::vjp(tl::exp(x), x, u));
}
