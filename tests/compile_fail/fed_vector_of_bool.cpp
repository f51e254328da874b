// expect: run: placeholder "mask" (3,) bool is fed what is no array of numbers: a std::vector<bool> holds bits; feed a std::array<bool, n>, or a tl::view of bools
#include <tapeless/tapeless.hpp>

#include <vector>

int main() {
  constexpr tapeless::placeholder<"mask", bool, 3> mask;
  auto session = tapeless::session<tapeless::simd>(!mask);
  session.run(mask = std::vector<bool>{true, false, true});
}
