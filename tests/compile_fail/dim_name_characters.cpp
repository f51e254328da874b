// expect: the name of a dim has 1 to 10 letters, digits or underscores
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "batch-size"_d, 4> x;
}
