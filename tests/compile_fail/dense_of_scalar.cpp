// expect: hidden: a dense layer takes floating tensors whose last extent is static, not () float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float> x;
  constexpr auto y = tl::nn::dense<"hidden", 10>(x);
}
