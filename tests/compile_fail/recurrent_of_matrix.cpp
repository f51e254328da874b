// expect: encoder: a recurrent layer takes floating sequences (steps, ..., features) whose last extent is static, not (8,) float
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", float, 8> x;
  constexpr auto y = tl::nn::lstm<"encoder", 16>(x);
  auto session = tl::session<tl::simd>(y);
}
