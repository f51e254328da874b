// expect: matmul: inner extents differ: w (2, 1) float and x (N, 2) float
// lines: 15
// What squeeze and the sum are then given is not theirs to complain about.
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d, 2> x;
  constexpr tl::placeholder<"y", float, "N"_d> y;
  constexpr tl::variable<"w", float, 2, 1> w;
  constexpr auto loss = tl::losses::mean_squared_error(tl::squeeze<1>(tl::matmul(w, x)), y);
  auto session = tl::session<tl::simd>(loss, tl::optimizers::adam(0.1_c).minimize(loss));
  session.initialize(1);
  return session[w].data() == nullptr;
}
