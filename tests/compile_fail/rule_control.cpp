// expect: (compiles)
#include <tapeless/tapeless.hpp>

struct scaled : tapeless::custom_rules<scaled> {
  static constexpr auto forward(auto x, auto factor) { return x * factor; }
  static constexpr auto gradient(auto dy, auto, auto x, auto factor) { return std::tuple(dy * factor, dy * x); }
};
int main() {
  namespace tl = tapeless;
  return static_cast<int>(std::get<0>(tl::grad(scaled{})(2.0, 3.0)));
}
