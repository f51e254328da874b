#pragma once
#include <tapeless/cuda/cuda_with.hpp>
#include <tapeless/cuda/op_issue.hpp>
#include <tapeless/thrust/thrust.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace thrust_detail {

/// What issues kernel K of a program to a card's queue, by Thrust: see device::executor. `Items` is a system made of a queue.
template <class Items, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct card_kernel {
  using kernel = kernel_of<Items, Program, K>;
  static constexpr auto in_order = [] {
    std::array<std::uint16_t, static_cast<std::size_t>(Program::plan.kernels[K].access_count)> t{};
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = static_cast<std::uint16_t>(i);
    return t;
  }();
  static std::int64_t scratch_bytes(const std::int64_t* numbers) { return kernel::workspace(numbers); }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    no_bodies none;
    kernel::run(Items{&queue}, kernel_call{tensors, in_order.data(), numbers, scratch}, none);
  }
};

template <class Items> struct card_kernels;
template <class Items, class Program, int K> struct card_kernel<Items, Program, K, kernel_kind::region> : device::region_issue<card_kernels<Items>, Program, K> {};
/// Products are those of tl::cuda.
template <class Items, class Program, int K> struct card_kernel<Items, Program, K, kernel_kind::contraction> : device::op_issue<Program, K> {};
template <class Items> struct card_kernels {
  template <class Program, int K> using of = card_kernel<Items, Program, K>;
  template <class Program, int Storage> using fixed = device::fixed_issue<Program, Storage>;
};

}  // namespace thrust_detail

/// On a card, sessions are what those of tl::cuda are, and Thrust runs the kernels.
///   System    has `calls`, the runtime, and `items`, a system made of a queue
template <class System> requires requires { typename System::items; }
struct thrust<System> : cuda_with<typename System::calls, thrust_detail::card_kernels<typename System::items>> {};

}  // namespace tapeless
