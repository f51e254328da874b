// expect: sum: an axis is out of range or given twice: x (3, 4) float
// lines(clang): 18
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  constexpr auto y = tl::sum<2>(x);
}
