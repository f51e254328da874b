#pragma once
#include <tapeless/core/abi.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

// What the units of a program share whatever instruction set each is compiled for: data, and what holds no loop.
namespace tapeless::shared {

/// A mistake in what was given at run time. `what()` names what is wrong, where, what was expected and what was found.
/// State is as it was before the call.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using error_handler = void (*)(const error&);

inline constinit error_handler current_error_handler = nullptr;

}  // namespace tapeless::shared

namespace tapeless::inline TAPELESS_ABI {

using shared::error;
using shared::error_handler;

/// A fed array that does not fit its placeholder.
class feed_error : public error {
 public:
  /// `reason` says where what is expected comes from, if it is not the placeholder alone.
  feed_error(const std::string& of, const std::string& where, std::int64_t wanted, std::int64_t given, const std::string& reason = "")
      : error("feed of placeholder \"" + of + "\": " + where + ": expected " + std::to_string(wanted) + ", found " + std::to_string(given) + reason),
        placeholder(of), axis(where), expected(wanted), found(given) {}

  std::string placeholder;
  std::string axis;  ///< such as: axis 0 (dim N)
  std::int64_t expected = 0;
  std::int64_t found = 0;
};

/// Sets what is called with each error, before it is thrown or, where exceptions are disabled, the program is aborted. A
/// handler may leave by other means, such as longjmp. Returns the one before.
inline error_handler set_error_handler(error_handler handler) { return std::exchange(shared::current_error_handler, handler); }

/// Reports an error: to the handler, then as an exception, or by aborting where there are none.
template <class Error> [[noreturn]] void raise(const Error& e) {
  if (auto* handler = shared::current_error_handler) handler(e);
#if defined(__cpp_exceptions)
  throw e;
#else
  std::fprintf(stderr, "tapeless: %s\n", e.what());
  std::abort();
#endif
}

}  // namespace tapeless
