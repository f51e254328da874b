// expect: a variable is not fed: write to session[w], or make it a placeholder
#include <tapeless/tapeless.hpp>

namespace tl = tapeless;

int main() {
  constexpr tl::variable<"w", float> w;
  auto session = tl::session<tl::simd>(w * w);
  session.run(w = 2.0f);
}
