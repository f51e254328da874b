// expect: vmap: the arguments have different numbers of samples: argument 0 (3,) double and argument 1 (4,) double
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::vmap([](auto x, auto y) { return x * y; });
  const double a[3] = {1, 2, 3}, b[4] = {1, 2, 3, 4};
  f(a, b);
}
