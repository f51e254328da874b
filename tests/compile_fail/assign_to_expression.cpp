// expect: assign: only variables are assigned to: square(w) (3,) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto a = tl::assign(tl::square(w), w);
}
