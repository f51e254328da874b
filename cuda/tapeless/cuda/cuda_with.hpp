#pragma once
#include <tapeless/cuda/executor.hpp>
#include <tapeless/cuda/feeds.hpp>
#include <tapeless/device/narrow_products.hpp>
#include <tapeless/run/placement.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// A backend that runs plans on a card.
///   Calls     the runtime: what asks a card of NVIDIA's, or one that is simulated
///   Kernels   what issues each kernel of a plan: see device::executor
template <class Calls, class Kernels> struct cuda_with {
  static constexpr bool takes_streams = true;
  using session_memory = device::mirrored;
  using part_memory = device::part_memory<Calls>;
  template <class Program> using program = device::planned<device::narrowed<Program>>;
  template <class Program> using variables = device::variable_memory<Calls, Program>;
  template <class Program> using executor = device::executor<Calls, Kernels, Program>;
};

}  // namespace tapeless
