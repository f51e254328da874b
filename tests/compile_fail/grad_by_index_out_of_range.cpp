// expect: grad: by argument 2 of a function of 2 arguments, counted from 0
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  tl::grad<2>([](auto x, auto y) { return x * y; })(1.0, 2.0);
}
