// expect: derivative: only floating tensors are differentiated: n (3,) int32
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr tl::variable<"n", std::int32_t, 3> n;
  constexpr auto g = tl::derivative(tl::sum(w * tl::cast<float>(n)), n);
}
