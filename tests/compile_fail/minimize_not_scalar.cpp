// expect: minimize: the loss must be a floating scalar: square(w) (3,) float: reduce it, for example with tl::sum or tl::mean
#include <tapeless/ops/ops.hpp>
#include <tapeless/optim/optim.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::variable<"w", float, 3> w;
  constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(tl::square(w));
}
