// expect: jacobian: only floating tensors are differentiated, by floating tensors: (3,) double by (3,) int32
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::jacobian([](auto x, auto n) { return x * tl::cast<double>(n); });
  const double x[3] = {1, 2, 3};
  const std::int32_t n[3] = {1, 2, 3};
  f(x, n);
}
