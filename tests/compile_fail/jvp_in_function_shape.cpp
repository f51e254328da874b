// expect: jvp: the tangent () double must be like (4,) double
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  auto f = tl::jit([](auto x) { return std::get<1>(tl::jvp([](auto t) { return tl::exp(t); })(x, tl::sum(x))); });
  const double xs[4] = {1, 2, 3, 4};
  return static_cast<int>(f(xs)[0]);
}
