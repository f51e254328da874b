// expect: concat: extents differ in another axis than the one that is joined: x (3, 4) float and y (3, 5) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"y", float, 3, 5> y;
  constexpr auto z = tl::concat<0>(x, y);
}
