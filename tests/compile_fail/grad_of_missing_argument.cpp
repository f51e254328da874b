// expect: call: the function does not take 1 argument, but 2
// lines: 20
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  tl::grad([](auto x, auto y) { return x * tl::sin(y); })(1.0);
}
