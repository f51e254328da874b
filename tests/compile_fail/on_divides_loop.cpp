// expect: on: the body of a loop is not divided between backends: put `on` around the loop
// lines: 24
#include <tapeless/run/placement.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"xs", float, 5> xs;
  constexpr auto y = tl::fold([](auto prev, auto cur) { return tl::on<tl::reference>([](auto s) { return s * 0.5; })(prev) + cur; }, tl::sum(xs), xs);
  auto session = tl::session<tl::simd>(y);
}
