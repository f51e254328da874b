#pragma once
#include <tapeless/core/text.hpp>
#include <tapeless/graph/op.hpp>

namespace tapeless {

#ifdef __clang__
/// A message as a template argument. clang cuts strings in template arguments at 32 characters and prints those that end
/// early as numbers; these pieces it prints whole.
struct printable {
  char a[32]{}, b[32]{}, c[32]{}, d[32]{}, e[32]{}, f[32]{}, g[32]{}, h[32]{};
  constexpr printable(const text& t) {
    char* const pieces[]{a, b, c, d, e, f, g, h};
    for (std::uint32_t i = 0; i < 8 * 31 && i < (t.size + 30) / 31 * 31; ++i) pieces[i / 31][i % 31] = i < t.size ? t.data[i] : ' ';
  }
  constexpr bool empty() const { return a[0] == '\0'; }
};
#else
/// A message as a template argument, which compilers print.
struct printable {
  char message[text::capacity]{};
  constexpr printable(const text& t) {
    for (std::uint32_t i = 0; i < t.size; ++i) message[i] = t.data[i];
  }
  constexpr bool empty() const { return message[0] == '\0'; }
};
#endif

/// Reports a mistake found while compiling: the message is the template argument.
template <printable Message> constexpr void report_mistake() {
  static_assert(Message.empty(), "tapeless: the text in 'Message' says what is wrong");
}

/// Compiles if and only if the message that `Check()` composes is empty.
template <auto Check> constexpr bool verify() {
  if constexpr (constexpr text message = Check(); !message.empty()) {
    report_mistake<printable(message)>();
    return false;
  } else {
    return true;
  }
}

}  // namespace tapeless
