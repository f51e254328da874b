// expect: matmul: inner extents differ: arg00#0 (2, 3) float and arg01#1 (4, 5) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  const float a[2][3]{}, b[4][5]{};
  auto f = tl::jit([](auto x, auto y) { return tl::matmul(x, y); });
  auto y = f(a, b);
}
