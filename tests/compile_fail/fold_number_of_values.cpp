// expect: fold: a step must give as many values as are carried: 1, not 2
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"xs", float, 5, 3> xs;
  constexpr tl::placeholder<"start", float, 3> start;
  constexpr auto last = tl::fold([](auto h, auto x) { return std::tuple(h + x, h); }, start, xs);
  auto session = tl::session<tl::simd>(last);
}
