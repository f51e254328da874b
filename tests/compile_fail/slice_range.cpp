// expect: slice: start or stop is outside the axis
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto y = tl::slice<0, 1, 5>(x);
}
