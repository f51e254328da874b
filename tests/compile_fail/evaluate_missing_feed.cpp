// expect: run: placeholder "x" (3, 4) float is not fed
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3, 4> x;
  const float y = tl::evaluate(tl::sum(x));
}
