#pragma once
#include <tapeless/backend/assembly.hpp>
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/simd/loop.hpp>
#include <tapeless/backend/simd/matmul.hpp>

namespace tapeless::simd_detail {

template <class T> tensor_view<T> read_tensor(void* storage, const std::int64_t*& numbers) {
  tensor_view<T> t;
  t.data = static_cast<T*>(storage) + *numbers++;
  t.rank = static_cast<int>(*numbers++);
  for (int i = 0; i < t.rank; ++i) t.extents[static_cast<std::size_t>(i)] = *numbers++;
  for (int i = 0; i < t.rank; ++i) t.strides[static_cast<std::size_t>(i)] = *numbers++;
  return t;
}

/// Of a loop kernel: a register of each kept step for each register of elements of a row.
template <class Plan> constexpr std::int64_t row_buffer_bytes(const shape& domain, const Plan& p, const kernel& k, const binding& b) {
  constexpr std::int64_t widest = 64;
  const auto extent = [&](const loop_axes& l) {
    std::int64_t n = 1;
    for (int axis = l.first; axis < l.last; ++axis) n *= b(domain[axis]);
    return n;
  };
  const auto loop = [&](int i) { return p.loops[static_cast<std::size_t>(k.first_loop + i)]; };
  std::int64_t lines = 1;
  for (int i = 0; i < k.reduced_loops; ++i) lines *= extent(loop(k.outer_loops + i));
  const auto line = k.mode == loop_mode::columns ? wide::most_columns_at_once * widest : extent(loop(k.loop_count - 1)) * k.width + widest;
  return k.kept_count * lines * line;
}

template <class Program> constexpr std::int64_t workspace_bytes(const binding& b) {
  std::int64_t most = 0;
  for (const auto& k : Program::plan.kernels) {
    if (k.kept_count > 0) most = std::max(most, row_buffer_bytes(Program::graph.shapes[static_cast<std::size_t>(k.domain)], Program::plan, k, b));
    if (k.kind != kernel_kind::contraction) continue;
    const auto& g = Program::graph;
    const auto& s = g.shape_of(k.node);
    const auto& x = g.shape_of(g.operand_of(k.node, 0));
    const auto m = b(s[s.rank - 2]), n = b(s[s.rank - 1]), depth = b(x[g.attributes_of(k.node).a == 1 ? x.rank - 2 : x.rank - 1]);
    const auto type = g[k.node].type;
    const auto count = type == dtype::f32 ? wide::gemm_workspace<float>(m, n, depth) : type == dtype::f64 ? wide::gemm_workspace<double>(m, n, depth) : 0;
    most = std::max(most, count * size_of(type));
  }
  return most;
}

/// What every kernel is: a function of the tensors' memory, which of them it touches, its numbers, and scratch memory.
/// Kernels know nothing of the program they are part of, so that two layers of equal shape share one.
using kernel_function = void (*)(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept;

/// `Hash`: of the loop_spec.
template <std::uint64_t Hash> struct loop_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    std::array<void*, static_cast<std::size_t>(registered_as<spec_key<Hash>>::value.accesses)> tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i] = storages[touched[i]];
    wide::loop<Hash>::run(tensors.data(), numbers, workspace);
  }
};

/// Matrix product of the extents E (product_extents).
template <class T, auto E> struct matmul_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void* workspace) noexcept {
    const auto a = read_tensor<const T>(storages[touched[0]], numbers);
    const auto b = read_tensor<const T>(storages[touched[1]], numbers);
    const auto y = read_tensor<T>(storages[touched[2]], numbers);
    wide::batched(y, a, b, E.transpose_a, E.transpose_b, [&](auto ma, auto mb, auto mc) {
      if constexpr (E.m >= 0) {
        wide::gemm_static<T, E.m, E.n, E.k>(ma, mb, mc, static_cast<T*>(workspace));
      } else {
        const auto r = static_cast<std::size_t>(y.rank), ra = static_cast<std::size_t>(a.rank);
        wide::gemm<T>(y.extents[r - 2], y.extents[r - 1], a.extents[E.transpose_a ? ra - 2 : ra - 1], ma, mb, mc, static_cast<T*>(workspace));
      }
    });
  }
};

/// Ops with loops of their own.
template <class Op, attributes A, class Out, class... In> struct op_kernel {
  static void run(void* const* storages, const std::uint16_t* touched, const std::int64_t* numbers, void*) noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const std::tuple in{read_tensor<const In>(storages[touched[I]], numbers)...};
      const auto out = read_tensor<Out>(storages[touched[sizeof...(In)]], numbers);
      if constexpr (Op::kind == op_kind::indexed) indexed_loops<Op>::run(A, out, std::get<I>(in)...);
      else assembly_loops<Op>::run(A, out, std::get<I>(in)...);
    }(std::index_sequence_for<In...>{});
  }
};

/// The kernel type of kernel K of a program. Class templates only: compilers spell out the name of every function that they
/// instantiate, and a program's name is long.
template <class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct kernel_of;

template <class Program, int K> struct kernel_of<Program, K, kernel_kind::loop> {
  using type = loop_kernel<enter_spec<spec_of<Program::plan.kernels[K].read_count, Program::plan.kernels[K].constant_count, Program::plan.kernels[K].step_count,
                                   Program::plan.kernels[K].access_count - Program::plan.kernels[K].read_count>(Program::graph, Program::plan, K, Program::is_static)>()>;
};

/// Extents m, n, k of a matrix product; -1 where they are known at run time only.
struct product_extents {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = -1, n = -1, k = -1;
};
template <class Graph> constexpr product_extents product_of(const Graph& g, int node, bool all_static) {
  const auto& flags = g.attributes_of(node);
  const auto &y = g.shape_of(node), &a = g.shape_of(g.operand_of(node, 0));
  product_extents e{flags.a == 1, flags.b == 1};
  if (all_static) e.m = y[y.rank - 2].constant, e.n = y[y.rank - 1].constant, e.k = a[e.transpose_a ? a.rank - 2 : a.rank - 1].constant;
  return e;
}
template <class Program, int K> struct kernel_of<Program, K, kernel_kind::contraction> {
  using type = matmul_kernel<element_of<Program::graph[Program::plan.kernels[K].node].type>, product_of(Program::graph, Program::plan.kernels[K].node, Program::is_static)>;
};

template <class Program, int Node, class = std::make_index_sequence<static_cast<std::size_t>(Program::graph[Node].operand_count)>> struct op_kernel_of;
template <class Program, int Node, std::size_t... I> struct op_kernel_of<Program, Node, std::index_sequence<I...>> {
  using type = op_kernel<op_of<Program::graph[Node].op>, Program::graph.attributes_of(Node), element_of<Program::graph[Node].type>,
                         element_of<Program::graph[Program::graph.operand_of(Node, static_cast<int>(I))].type>...>;
};
template <class Program, int K, kernel_kind Kind> struct kernel_of : op_kernel_of<Program, Program::plan.kernels[K].node> {};

}  // namespace tapeless::simd_detail
