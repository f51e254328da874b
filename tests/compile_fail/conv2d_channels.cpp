// expect: conv2d: the channels of the images are not those of the kernels times the groups: x (1, 3, 28, 28) float and w (8, 4, 5, 5) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 1, 3, 28, 28> x;
  constexpr tl::variable<"w", float, 8, 4, 5, 5> w;
  constexpr auto y = tl::conv2d(x, w);
}
