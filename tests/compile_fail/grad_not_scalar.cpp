// expect: grad: the function must give a floating scalar, not (_00a,) double
#include <tapeless/tapeless.hpp>

#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  auto f = tl::grad([](auto x) { return tl::sin(x); });
  f(std::vector<double>(3));
}
