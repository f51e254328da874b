// expect: fold: a sequence needs a leading axis to walk along, not () float
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", float> x;
  constexpr auto last = tl::fold([](auto h, auto y) { return h + y; }, x, x);
  auto session = tl::session<tl::simd>(last);
}
