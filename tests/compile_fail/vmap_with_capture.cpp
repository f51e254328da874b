// expect: a function in a graph has no state
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  double rate = 0.5;
  auto f = tl::vmap([rate](auto x) { return x * rate; });
  const double x[3] = {1, 2, 3};
  return static_cast<int>(f(x));
}
