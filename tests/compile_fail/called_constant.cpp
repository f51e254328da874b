// expect: what is called with arrays keeps memory from call to call: declare this function without const or constexpr
#include <tapeless/tapeless.hpp>

#include <vector>

int main() {
  namespace tl = tapeless;
  constexpr auto slope = tl::grad([](auto x) { return tl::sum(x * x); });
  slope(std::vector<double>{1, 2, 3});
}
