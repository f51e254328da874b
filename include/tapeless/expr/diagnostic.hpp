#pragma once
#include <tapeless/core/text.hpp>
#include <tapeless/graph/op.hpp>

#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

// How a message composed in a constant expression gets into the compiler's own: where static_assert takes computed text,
// as that; else as a template argument, which compilers print.
#if __cpp_static_assert >= 202306L

/// A message in the form that static_assert asks for.
struct printable {
  text message;
  constexpr const char* data() const { return message.data; }
  constexpr std::size_t size() const { return message.size; }
};

/// Compiles if and only if the message that `Check()` composes is empty; else that message is the error.
template <auto Check> constexpr bool verify() {
  constexpr text message = Check();
  static_assert(message.empty(), printable{message});
  return message.empty();
}

#else

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
/// A message as a template argument.
struct printable {
  char message[text::capacity]{};
  constexpr printable(const text& t) {
    for (std::uint32_t i = 0; i < t.size; ++i) message[i] = t.data[i];
  }
  constexpr bool empty() const { return message[0] == '\0'; }
};
#endif

/// Compiles if and only if the message that `Check()` composes is empty; else that message stands in the error.
template <auto Check, printable Message = printable(Check())> constexpr bool verify() {
  static_assert(Message.empty(), "tapeless: the text in 'Message' says what is wrong");
  return Message.empty();
}

#endif

/// Compiles if and only if a function has no state, so that its type says all.
template <class Function> constexpr bool verify_stateless() {
  static_assert(std::is_empty_v<Function>, "tapeless: a function in a graph has no state: capture nothing; values come as arguments, constants or variables");
  return std::is_empty_v<Function>;
}

}  // namespace tapeless
