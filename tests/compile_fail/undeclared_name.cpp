// expect: undeclared
// A mistake that is not the library's: the session behind it adds nothing.
#include <tapeless/tapeless.hpp>

int main() {
  namespace tl = tapeless;
  constexpr tl::placeholder<"x", float, 4> x;
  const float scale = undeclared;
  auto session = tl::session<tl::simd>(tl::sum(tl::exp(x) * x));
  const float xs[4] = {1, 2, 3, scale};
  const auto [value] = session.run(x = xs);
  return value > 0;
}
