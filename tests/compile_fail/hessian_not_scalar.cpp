// expect: hessian: the function must give a floating scalar, not (3,) double: reduce it, for example with tl::sum or tl::mean
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::hessian([](auto x) { return tl::exp(x); });
  const double x[3] = {1, 2, 3};
  f(x);
}
