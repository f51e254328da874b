// expect: derivative: the loss does not depend on other: loss is sum(square(w))
#include <tapeless/optim/optim.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr tl::variable<"other", float, 3> other;
  tl::session<tl::simd>(tl::optimizers::sgd(0.1_c).minimize(tl::sum(tl::square(w)), other));
}
