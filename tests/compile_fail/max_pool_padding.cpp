// expect: max_pool: the padding must be smaller than the window: x (1, 3, 8, 8) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 1, 3, 8, 8> x;
  constexpr auto y = tl::max_pool2d<tl::pooling{.window = 2, .padding = 2}>(x);
}
