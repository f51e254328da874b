#pragma once
#include <tapeless/cuda/loop.hpp>
#include <tapeless/cuda/op_issue.hpp>
#include <tapeless/cuda/region.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// What issues kernel K of a program: see loop_kernel and op_issue.
template <class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct kernel_issue : op_issue<Program, K> {};
template <class Program, int K> struct kernel_issue<Program, K, kernel_kind::loop> : loop_kernel<loop_of<Program, K>::hash> {};

struct own_kernels;
template <class Program, int K> struct kernel_issue<Program, K, kernel_kind::region> : region_issue<own_kernels, Program, K> {};

/// The kernels of tapeless's own, for executor.
struct own_kernels {
  template <class Program, int K> using of = kernel_issue<Program, K>;
  template <class Program, int Storage> using fixed = fixed_issue<Program, Storage>;
};

}  // namespace tapeless::device
