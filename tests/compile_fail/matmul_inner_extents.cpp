// expect: matmul: inner extents differ: x (64, 1000) float and w (999, 100) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 64, 1000> x;
  constexpr tl::variable<"w", float, 999, 100> w;
  constexpr auto y = tl::matmul(x, w);
}
