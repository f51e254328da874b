#include <tapeless/backend/dispatch.hpp>

#include <cstdlib>
#include <string_view>

namespace tl = tapeless;

// All of the program, main included, is there for each instruction set.
int main() {
  const char* const forced = std::getenv("TAPELESS_INSTRUCTION_SET");
  const auto expected = forced != nullptr ? forced : to_string(tl::dispatch::available().back());
#if defined(__AVX2__)
  const bool avx2 = true;
#else
  const bool avx2 = false;
#endif
  return to_string(tl::dispatch::in_use()) == expected && avx2 == (expected == "avx2") ? 0 : 1;
}
