// expect: total: gradient must give for argument 0 (4,) float one like it, not (4,) double
#include <tapeless/tapeless.hpp>

struct total : tapeless::custom_rules<total> {
  static constexpr auto forward(auto x) { return tapeless::sum(x); }
  static constexpr auto gradient(auto, auto, auto x) { return tapeless::cast<double>(x); }
};
int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", float, 4> x;
  tl::session<tl::simd>(tl::derivative(total{}(x), x));
}
