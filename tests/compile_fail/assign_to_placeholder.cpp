// expect: assign: only variables are assigned to: x (3, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto a = tl::assign(x, 2_c * x);
}
