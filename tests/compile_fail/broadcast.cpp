// expect: add: shapes do not broadcast: x (3, 4) float and y (4, 3) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"y", float, 4, 3> y;
  constexpr auto z = x + y;
}
