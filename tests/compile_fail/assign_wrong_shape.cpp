// expect: assign: the value does not fit the variable: w (3,) float takes x (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto a = tl::assign(w, x);
}
