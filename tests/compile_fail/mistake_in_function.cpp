// expect: matmul: inner extents differ: x#0 (3, 4) float and y#1 (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"y", float, 3, 4> y;
  constexpr auto product = [](auto a, auto b) { return tl::sum(tl::matmul(a, b)); };
  constexpr auto z = tl::invoke(product, x, y);
}
