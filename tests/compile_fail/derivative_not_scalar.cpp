// expect: derivative: the loss must be a scalar: square(w) (3,) float: reduce it
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto g = tl::derivative(tl::square(w), w);
}
