// expect: jacobian: derivatives are by floating tensors: cast_double(i) (3,) double by i (3,) int64
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"i", std::int64_t, 3> i;
  constexpr auto y = tl::cast<double>(i);
  constexpr auto j = tl::jacobian(y, i);
  auto session = tl::session<tl::simd>(j);
}
