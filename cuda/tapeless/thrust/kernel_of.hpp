#pragma once
#include <tapeless/device/plan.hpp>
#include <tapeless/thrust/assembly.hpp>
#include <tapeless/thrust/indexed.hpp>
#include <tapeless/thrust/loop_kernel.hpp>
#include <tapeless/thrust/products.hpp>
#include <tapeless/thrust/region.hpp>
#include <tapeless/thrust/windowed.hpp>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// An op that is no loop, with attributes that no type has to spell.
template <class System, class Op, class Out, class... In> struct op_kernel {
  static void run(const System& on, const kernel_call& call, const attributes& a) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto* numbers = call.numbers;
      const std::tuple<tensor_view<const In>...> in{read_tensor<const In>(call.storages[call.touched[I]], numbers)...};
      const auto out = read_tensor<Out>(call.storages[call.touched[sizeof...(In)]], numbers);
      op_items<Op>::run(on, a, out, std::get<I>(in)...);
    }(std::index_sequence_for<In...>{});
  }
};

struct no_bodies {
  void bind(const binding&, std::byte*) {}
};

/// The kernel of an op that is no loop.
template <class System, class Program, int K, class = std::make_index_sequence<static_cast<std::size_t>(Program::graph[Program::plan.kernels[K].node].operand_count)>> struct op_kernel_of;
template <class System, class Program, int K, std::size_t... I> struct op_kernel_of<System, Program, K, std::index_sequence<I...>> {
  static constexpr int node = Program::plan.kernels[K].node;
  using type = op_kernel<System, op_of<Program::graph[node].op>, element_of<Program::graph[node].type>, element_of<Program::graph[Program::graph.operand_of(node, static_cast<int>(I))].type>...>;
  using bodies = no_bodies;
  static void run(const System& on, const kernel_call& call, bodies&) {
    static constexpr attributes with = Program::graph.attributes_of(node);
    type::run(on, call, with);
  }
  static constexpr std::int64_t workspace(const std::int64_t*) { return 0; }
};

/// Kernel K of a program: `run(call, bodies)`, and the scratch memory that it needs for its numbers.
template <class System, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct kernel_of : op_kernel_of<System, Program, K> {};

/// Of those that have no bodies.
template <class System, class Type> struct plain_kernel {
  using bodies = no_bodies;
  static void run(const System& on, const kernel_call& call, bodies&) { Type::run(on, call); }
  static constexpr std::int64_t workspace(const std::int64_t* numbers) { return Type::workspace(numbers); }
};
template <class System, class Program, int K> struct kernel_of<System, Program, K, kernel_kind::loop> : plain_kernel<System, loop_kernel<System, device::loop_of<Program, K>::hash>> {};
template <class System, class Program, int K>
struct kernel_of<System, Program, K, kernel_kind::contraction>
    : plain_kernel<System, product_kernel<System, element_of<Program::graph[Program::plan.kernels[K].node].type>, simd_detail::product_of(Program::graph, Program::plan, Program::plan.kernels[K], false)>> {};
template <class System, class Program, int K> struct kernel_of<System, Program, K, kernel_kind::region> {
  using type = region_kernel<System, Program, K>;
  using bodies = typename type::bodies;
  static void run(const System& on, const kernel_call& call, bodies& b) { type::run(on, call, b); }
  static constexpr std::int64_t workspace(const std::int64_t* numbers) { return type::workspace(numbers); }
};

}  // namespace tapeless::thrust_detail
