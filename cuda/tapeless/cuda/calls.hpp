#pragma once
#include <tapeless/device/launch.hpp>

#include <cstddef>

namespace tapeless::inline TAPELESS_ABI::device {

/// What is asked of a library of matrix products in one call.
struct product_request;

// Handles as the runtime has them, without its headers.
using stream_handle = void*;
using event_handle = void*;
using graph_handle = void*;       ///< what has been captured
using executable_handle = void*;  ///< that, made ready to be launched
using condition_handle = unsigned long long;

/// What a kernel's conditional part does: once, or as long as its condition holds.
enum class condition_kind { once, repeated };

struct card_properties {
  char name[64]{};
  int major = 0, minor = 0;  ///< of its compute capability
  int multiprocessors = 0;
  std::size_t memory_bytes = 0;
};

/// All that the backend asks of a runtime, which may so be the real one or one that is simulated. Each gives 0, or the number
/// of an error as CUDA counts them.
struct calls {
  const char* (*error_name)(int) = nullptr;
  const char* (*error_text)(int) = nullptr;

  int (*driver_version)(int* version) = nullptr;   ///< such as 13000; 0 without a driver
  int (*runtime_version)(int* version) = nullptr;
  int (*count_cards)(int* count) = nullptr;
  int (*properties)(int card, card_properties*) = nullptr;
  int (*current_card)(int* card) = nullptr;
  int (*check_code)(const launch&) = nullptr;      ///< whether the program holds code of a kernel for this card

  int (*allocate)(void** memory, std::size_t bytes, stream_handle) = nullptr;  ///< on the card, in the order of the stream
  int (*release)(void* memory, stream_handle) = nullptr;
  int (*allocate_pinned)(void** memory, std::size_t bytes) = nullptr;          ///< of the host, where the card can reach it
  int (*release_pinned)(void* memory) = nullptr;
  int (*copy)(void* to, const void* from, std::size_t bytes, stream_handle) = nullptr;  ///< between any two kinds of memory
  int (*fill)(void* to, int byte, std::size_t bytes, stream_handle) = nullptr;
  int (*is_on_card)(const void* memory, bool* yes) = nullptr;

  int (*create_stream)(stream_handle*) = nullptr;
  int (*destroy_stream)(stream_handle) = nullptr;
  int (*synchronize)(stream_handle) = nullptr;
  int (*create_event)(event_handle*) = nullptr;
  int (*destroy_event)(event_handle) = nullptr;
  int (*record)(event_handle, stream_handle) = nullptr;
  int (*wait)(stream_handle, event_handle) = nullptr;
  int (*synchronize_event)(event_handle) = nullptr;

  int (*launch_kernel)(const launch&, stream_handle) = nullptr;

  int (*begin_capture)(stream_handle) = nullptr;
  int (*end_capture)(stream_handle, graph_handle*) = nullptr;
  int (*destroy_graph)(graph_handle) = nullptr;
  int (*instantiate)(executable_handle*, graph_handle) = nullptr;
  int (*update)(executable_handle, graph_handle, bool* done) = nullptr;  ///< not done: its form is another
  int (*destroy_executable)(executable_handle) = nullptr;
  int (*launch_graph)(executable_handle, stream_handle) = nullptr;

  // Parts of a captured graph that run by a condition. Null where the driver has none.
  int (*create_condition)(stream_handle, condition_handle*) = nullptr;  ///< false until a kernel sets it
  int (*begin_part)(stream_handle, condition_kind, condition_handle, stream_handle part) = nullptr;  ///< `part` captures it
  int (*end_part)(stream_handle part) = nullptr;

  /// A product by the library of `library`, which the backend keeps for each stream.
  int (*create_library)(void** library) = nullptr;
  int (*destroy_library)(void* library) = nullptr;
  int (*product)(void* library, const product_request&, stream_handle) = nullptr;
};

// Errors that the backend tells apart, as CUDA counts them.
inline constexpr int out_of_memory = 2, driver_too_old = 35, no_card = 100, no_code_for_card = 209;
/// What a library answers that cannot carry out a request.
inline constexpr int not_supported = 801;

}  // namespace tapeless::device
