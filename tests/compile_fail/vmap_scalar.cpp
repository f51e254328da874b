// expect: vmap: argument 1 () double is a scalar, which has no axis of samples; tl::unmapped in the place of its axis makes it the same for all
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::vmap([](auto x, auto y) { return x * y; });
  const double a[3] = {1, 2, 3};
  f(a, 2.0);
}
