#pragma once
#include <tapeless/core/abi.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// Ends constant evaluation with a message: not being constexpr, the call is the error that the compiler shows. Needs no
/// exceptions. At run time, where no correct program comes, it ends the program.
[[noreturn]] inline void not_allowed(const char* rule) {
  std::fprintf(stderr, "tapeless: %s\n", rule);
  std::abort();
}

/// A message composed in a constant expression, so that the compiler can print it as a template argument.
/// Longer messages are cut at the capacity.
struct text {
  static constexpr std::size_t capacity = 320;
  char data[capacity]{};
  std::uint32_t size = 0;

  constexpr text() = default;
  constexpr text(std::string_view s) { *this << s; }
  constexpr text(const char* s) : text(std::string_view(s)) {}

  constexpr bool empty() const { return size == 0; }
  constexpr std::string_view view() const { return {data, size}; }

  constexpr text& operator<<(std::string_view s) {
    for (char c : s)
      if (size + 1 < capacity) data[size++] = c;
    return *this;
  }
  constexpr text& operator<<(std::int64_t value) {
    char digits[24]{};
    int n = 0;
    const bool negative = value < 0;
    auto rest = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do digits[n++] = static_cast<char>('0' + rest % 10); while ((rest /= 10) != 0);
    if (negative) digits[n++] = '-';
    while (n > 0) *this << std::string_view(&digits[--n], 1);
    return *this;
  }
  friend constexpr bool operator==(const text& a, const text& b) { return a.view() == b.view(); }
};

}  // namespace tapeless
