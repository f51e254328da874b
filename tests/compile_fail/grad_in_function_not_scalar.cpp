// expect: grad: the function must give a floating scalar, not (4,) double: reduce it, for example with tl::sum or tl::mean
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto slopes = tl::jit([](auto x) { return tl::grad([](auto t) { return tl::exp(t); })(x); });
  const double xs[4] = {1, 2, 3, 4};
  return static_cast<int>(slopes(xs)[0]);
}
