// expect: derivative: there is no "weights" in sum(square(w)); there is "w"
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto g = tl::derivative(tl::sum(tl::square(w)), "weights"_leaf);
  tl::session<tl::simd>(g);
}
