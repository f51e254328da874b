// expect: derivative: the loss does not depend on v: loss is sum(square(w))
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr tl::variable<"v", float, 3> v;
  tl::session<tl::simd>(tl::derivative(tl::sum(tl::square(w)), v));
}
