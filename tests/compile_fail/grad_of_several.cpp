// expect: grad: the function must give one tensor, not several: tl::jacobian takes derivatives of several
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::grad([](auto x, auto y) { return std::tuple(x * y, x + y); });
  f(1.0, 2.0);
}
