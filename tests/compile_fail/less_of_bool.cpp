// expect: less: operands must be numbers, not bool: a (3,) bool and b (3,) bool
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"a", bool, 3> a;
  constexpr tl::placeholder<"b", bool, 3> b;
  constexpr auto c = a < b;
}
