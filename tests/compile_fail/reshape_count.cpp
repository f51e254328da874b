// expect: reshape: the number of elements does not fit the new shape: x (3, 4) float to (5, 3)
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto y = tl::reshape<5, 3>(x);
}
