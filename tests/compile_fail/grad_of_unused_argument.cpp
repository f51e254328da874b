// expect: derivative: the loss does not depend on arg01: loss is mul(arg00, arg00)
// lines: 60
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  tl::grad([](auto x, auto) { return x * x; })(1.0, 2.0);
}
