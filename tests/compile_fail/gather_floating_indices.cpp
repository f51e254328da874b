// expect: gather: indices must be integers: x (3, 4) float and i (2,) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::placeholder<"i", float, 2> i;
  constexpr auto y = tl::gather(x, i);
}
