#pragma once
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/cuda/convolution.hpp>
#include <tapeless/cuda/indexed.hpp>
#include <tapeless/cuda/places.hpp>
#include <tapeless/cuda/pooling.hpp>
#include <tapeless/cuda/products.hpp>
#include <tapeless/cuda/scatter.hpp>
#include <tapeless/plan/plan.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// What issues kernel K of a program where that is one op: neither a loop, nor a product, nor a region.
///   tensors   addresses of the memory of its accesses: operands, then the result
///   numbers   those of the plan from the kernel's first on
template <class Program, int K, class = std::make_index_sequence<static_cast<std::size_t>(Program::plan.kernels[K].read_count)>> struct op_issue;
template <class Program, int K, std::size_t... I> struct op_issue<Program, K, std::index_sequence<I...>> {
  static constexpr int node = Program::plan.kernels[K].node;
  static constexpr attributes a = Program::graph.attributes_of(node);
  using launches = op_launches<op_of<Program::graph[node].op>>;
  using result = element_of<Program::graph[node].type>;
  template <std::size_t N> using operand = element_of<Program::graph[Program::graph.operand_of(node, static_cast<int>(N))].type>;

  static std::int64_t scratch_bytes(const std::int64_t* numbers) { return launches::template scratch_bytes<result, operand<I>...>(a, numbers); }
  template <class Queue> static void issue(Queue& queue, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    launches::template issue<result, operand<I>...>(queue, a, tensors, numbers, scratch);
  }
};

/// What issues the tensor of a storage that is the same in all runs, as iota's is.
template <class Program, int Storage> struct fixed_issue {
  static constexpr int node = Program::plan.storages[static_cast<std::size_t>(Storage)].node;
  static constexpr attributes a = Program::graph.attributes_of(node);

  template <class Queue, class Storages> static void issue(Queue& queue, const Storages& storages, const binding& b) {
    void* const tensors[]{storages[static_cast<std::size_t>(Storage)]};
    const std::int64_t count = b.count(a.target), numbers[]{0, 1, count, 1};
    op_launches<op_of<Program::graph[node].op>>::template issue<element_of<Program::graph[node].type>>(queue, a, tensors, numbers, nullptr);
  }
};

}  // namespace tapeless::device
