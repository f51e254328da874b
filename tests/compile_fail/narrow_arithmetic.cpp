// expect: add: bfloat16 and float16 are for storage; convert them to float with tl::cast first: x (3,) bfloat16 and y (3,) bfloat16
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", tl::bfloat16, 3> x;
  constexpr tl::placeholder<"y", tl::bfloat16, 3> y;
  constexpr auto z = x + y;
}
