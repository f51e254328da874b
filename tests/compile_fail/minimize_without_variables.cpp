// expect: minimize: the loss depends on no trainable variable: sum(square(x))
#include <tapeless/optim/optim.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, 3> x;
  tl::session<tl::simd>(tl::optimizers::sgd(0.1_c).minimize(tl::sum(tl::square(x))));
}
