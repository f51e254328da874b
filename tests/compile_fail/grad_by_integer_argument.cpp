// expect: grad: only floating arguments are differentiated by: argument 1 () int
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  tl::grad<1>([](auto x, auto n) { return x * tl::cast<double>(n); })(1.0, 2);
}
