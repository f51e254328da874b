// expect: hidden: a dense layer takes floating tensors whose last extent is static, not (N, 3) int32
#include <tapeless/nn/nn.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", std::int32_t, "N"_d, 3> x;
  constexpr auto y = tl::nn::dense<"hidden", 10>(x);
}
