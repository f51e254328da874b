// expect: variable "w" (N, 4) float: its extents are static
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, "N"_d, 4> w;
}
