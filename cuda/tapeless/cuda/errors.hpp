#pragma once
#include <tapeless/core/error.hpp>
#include <tapeless/cuda/calls.hpp>

#include <cstdio>
#include <source_location>
#include <string>

namespace tapeless::shared {

/// What a card, its driver or one of its libraries has refused. `what()` names the call, the kernel with its op and shape, the
/// stream, the error as CUDA names it, and the line of this library that asked. Variables are as they were.
class device_error : public error {
 public:
  device_error(const std::string& what, int number) : error(what), code(number) {}
  int code = 0;  ///< as CUDA counts errors
};

}  // namespace tapeless::shared

namespace tapeless::inline TAPELESS_ABI {

using shared::device_error;

namespace device {

/// What is being asked for, for messages.
struct occasion {
  const char* call = "";            ///< of the runtime
  const char* kernel = nullptr;
  std::string_view op = {};         ///< of the plan's kernel, with its shape
  const grid* shape = nullptr;
  std::string_view extents = {};    ///< of what a library is asked for
  stream_handle stream = nullptr;
  std::size_t bytes = 0;
};

namespace detail {
inline std::string where(const std::source_location& at) {
  std::string_view file = at.file_name();
  if (const auto slash = file.rfind("tapeless/"); slash != file.npos) file.remove_prefix(slash);
  return std::string(file) + ":" + std::to_string(at.line());
}
/// How a driver is told to be too old, or a program without code for the card.
inline std::string advice(const calls& c, int code) {
  if (code == no_card) return "; no card of NVIDIA's is there, or it is hidden by CUDA_VISIBLE_DEVICES";
  if (code == out_of_memory) return "; the session's variables are as they were, and a smaller run works";
  if (code == driver_too_old) {
    int driver = 0, runtime = 0;
    if (c.driver_version(&driver) != 0 || c.runtime_version(&runtime) != 0) return "";
    const auto version = [](int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); };
    if (driver == 0) return "; no driver is installed";
    return "; the driver is for CUDA " + version(driver) + ", the program was built with CUDA " + version(runtime);
  }
  if (code == no_code_for_card) {
    card_properties card;
    int current = 0;
    if (c.current_card(&current) != 0 || c.properties(current, &card) != 0) return "";
    const auto number = std::to_string(card.major) + std::to_string(card.minor);
    return "; the program holds no code for this card, " + std::string(card.name) + " (sm_" + number + "): compile it with -arch=sm_" + number;
  }
  return "";
}
}  // namespace detail

/// Raises device_error for what a call gave, out of line, so that a run that is right makes no text.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse(const calls& c, int code, const occasion& o, const std::source_location& at) {
  std::string m = "cuda: ";
  m += o.call;
  if (o.kernel != nullptr) m += std::string(" of ") + o.kernel;
  if (!o.op.empty()) m += " for " + std::string(o.op);
  if (o.shape != nullptr) m += " (" + std::to_string(o.shape->blocks) + " blocks of " + std::to_string(o.shape->threads) + " threads)";
  if (!o.extents.empty()) m += " (" + std::string(o.extents) + ")";
  if (o.bytes > 0) m += " of " + std::to_string(o.bytes) + " bytes";
  if (o.stream != nullptr) {
    char address[32];
    std::snprintf(address, sizeof address, " on stream %p", o.stream);
    m += address;
  }
  m += std::string(": ") + c.error_name(code) + ": " + c.error_text(code) + detail::advice(c, code) + " [" + detail::where(at) + "]";
  raise(device_error(m, code));
}
inline void check(const calls& c, int code, const occasion& o, const std::source_location& at = std::source_location::current()) {
  if (code != 0) refuse(c, code, o, at);
}

}  // namespace device

}  // namespace tapeless
