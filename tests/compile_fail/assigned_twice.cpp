// expect: assign: a variable is assigned two values in one run: w
#include <tapeless/optim/optim.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto loss = tl::sum(tl::square(w));
  tl::session<tl::simd>(tl::optimizers::sgd(0.1_c).minimize(loss), tl::assign(w, 2_c * w));
}
