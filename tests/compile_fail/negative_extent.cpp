// expect: placeholder "x" (3, -4) float: an extent is negative
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, -4> x;
}
