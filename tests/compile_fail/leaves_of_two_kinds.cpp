// expect: two leaves are named "x": placeholder (3, 4) float and variable (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::variable<"x", float, 3, 4> other;
  tl::session<tl::simd>(x + other);
}
