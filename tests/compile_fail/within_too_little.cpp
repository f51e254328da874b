// expect: bytes at least, 4096 are allowed; without a limit it takes
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 32, 64> x;
  constexpr tl::placeholder<"w", float, 64, 64> w;
  constexpr auto y = tl::sum(tl::tanh(tl::matmul(tl::tanh(tl::matmul(tl::tanh(tl::matmul(x, w)), w)), w)));
  auto session = tl::session<tl::simd>(tl::derivative(y, x), tl::within<4_KiB>);
}
