#pragma once
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/host_calls.hpp>
#include <tapeless/cuda/kernels.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The kernels and all else of tl::cuda on a card that the host simulates: see device::host_card. Slow; for tests without a card.
struct cuda_on_host : cuda_with<device::host_calls, device::own_kernels> {
  static constexpr symbol device = std::string_view("simulated");
};

}  // namespace tapeless
