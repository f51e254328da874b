// expect: tapeless: this session runs on the processor, and is fed memory of a device
// lines(clang): 20
#include <tapeless/cuda/feeds.hpp>
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;

int main() {
  constexpr tl::placeholder<"x", float, 4> x;
  constexpr tl::variable<"w", float, 4> w;
  auto session = tl::session<tl::simd>(tl::sum(x * w));
  const float* on_the_card = nullptr;
  auto [value] = session.run(x = tl::device_pointer(on_the_card, 4));
}
