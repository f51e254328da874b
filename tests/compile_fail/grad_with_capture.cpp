// expect: a function in a graph has no state: capture nothing
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  double rate = 0.5;
  auto f = tl::grad([&](auto x) { return rate * x; });
  const double y = f(1.0);
}
