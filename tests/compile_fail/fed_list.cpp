// expect: run: placeholder "x" (3,) float is fed what is no array of numbers
#include <tapeless/tapeless.hpp>

#include <list>

int main() {
  constexpr tapeless::placeholder<"x", float, 3> x;
  auto session = tapeless::session<tapeless::simd>(-x);
  session.run(x = std::list<float>{1, 2, 3});
}
