// expect: add: operands have different dtypes; convert one with tl::cast: x (3, 4) float and y (3, 4) double
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"y", double, 3, 4> y;
  constexpr auto z = x + y;
}
