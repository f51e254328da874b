// expect: scan: the sequences have different lengths: (5, 3) float and (4, 3) float
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"xs", float, 5, 3> xs;
  constexpr tl::placeholder<"ys", float, 4, 3> ys;
  constexpr tl::placeholder<"start", float, 3> start;
  constexpr auto scanned = tl::scan([](auto h, auto x, auto y) { return std::pair(h + x * y, h); }, start, xs, ys);
  auto session = tl::session<tl::simd>(scanned.first, scanned.second);
}
