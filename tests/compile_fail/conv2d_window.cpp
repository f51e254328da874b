// expect: conv2d: the window is larger than the padded input: x (1, 3, 3, 28) float and w (8, 3, 5, 5) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 1, 3, 3, 28> x;
  constexpr tl::variable<"w", float, 8, 3, 5, 5> w;
  constexpr auto y = tl::conv2d(x, w);
}
