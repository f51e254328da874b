// expect: transpose: the axes are not a permutation of the axes of the operand: x (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto y = tl::transpose<0, 0>(x);
}
