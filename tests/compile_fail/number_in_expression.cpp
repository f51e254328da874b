// expect: mul: a run-time number cannot be part of an expression: x (3, 4) float and a number
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto y = x * 0.5;
}
