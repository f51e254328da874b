#pragma once
#include <tapeless/cuda/cuda_calls.hpp>
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/kernels.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Runs plans on a card of NVIDIA's: `tl::session<tl::cuda>(loss, update)`, in a unit that nvcc compiles.
///   memory    variables, tensors and what is fetched stay on the card; feeds may come from there too: see device_pointer
///   runs      one launch each, issued without waiting; the host waits when it looks at what is fetched
///   stream    the session's own, or the caller's: see use_stream
///   errors    device_error; without a card when the session is made
struct cuda : cuda_with<device::cuda_calls, device::own_kernels> {
  static constexpr symbol device = std::string_view("cuda");
};

}  // namespace tapeless
