// expect: logical_and: operands must be bool: x (3, 4) float and y (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"y", float, 3, 4> y;
  constexpr auto z = x && y;
}
