// expect: while_loop: reverse mode plans memory for all steps, so it needs to know how many there are at most: write tl::while_loop<1000>(...), or use tl::jvp
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  using namespace tl::literals;
  constexpr tl::placeholder<"x", float> x;
  constexpr auto y = tl::while_loop([](auto s) { return s < 100; }, [](auto s) { return s * s; }, x);
  auto session = tl::session<tl::simd>(tl::derivative(y, x));
}
