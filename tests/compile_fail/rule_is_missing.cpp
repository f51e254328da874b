// expect: a function with rules of its own states gradient(dy, y, x...), tangent(dx..., y, x...), or both
#include <tapeless/tapeless.hpp>

struct plain : tapeless::custom_rules<plain> {
  static constexpr auto forward(auto x) { return x * x; }
};
int main() {
  namespace tl = tapeless;
  return static_cast<int>(tl::grad(plain{})(2.0));
}
