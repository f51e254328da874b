// expect: within: memory is bounded only where all extents are static
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;
using namespace tl::literals;

int main() {
  constexpr tl::placeholder<"x", float, "N"_d> x;
  auto session = tl::session<tl::simd>(tl::exp(x), tl::within<4_KiB>);
}
