// expect: add: shapes do not broadcast: x (N, 4) float and y (M, 4) float
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 4> x;
  constexpr tl::placeholder<"y", float, "M"_d, 4> y;
  constexpr auto z = x + y;
}
