// expect: a function in a graph has no state
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr double rate = 0.5;
  constexpr auto y = tl::invoke([rate](auto z) { return z * rate; }, x);
}
