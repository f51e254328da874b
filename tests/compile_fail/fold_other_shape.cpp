// expect: fold: a step must give what it is given: carried value 0 is (3,) float, the step gives (4, 3) float
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"xs", float, 5, 4, 3> xs;
  constexpr tl::placeholder<"start", float, 3> start;
  constexpr auto last = tl::fold([](auto h, auto x) { return h + x; }, start, xs);
  auto session = tl::session<tl::simd>(last);
}
