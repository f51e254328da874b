// expect: scaled: gradient must give 2 gradients, one for each argument, not 1
#include <tapeless/tapeless.hpp>

struct scaled : tapeless::custom_rules<scaled> {
  static constexpr auto forward(auto x, auto factor) { return x * factor; }
  static constexpr auto gradient(auto dy, auto, auto, auto factor) { return dy * factor; }
};
int main() {
  namespace tl = tapeless;
  tl::grad(scaled{})(2.0, 3.0);
}
