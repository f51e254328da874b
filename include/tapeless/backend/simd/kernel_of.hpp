#pragma once
#include <tapeless/backend/simd/joined_rows.hpp>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// The kernel type of kernel K of a program. Class templates only: compilers spell out the name of every function that they
/// instantiate, and a program's name is long.
template <class Products, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct kernel_of;

template <class Program, int K>
inline constexpr std::uint64_t loop_hash = enter_spec<spec_of<Program::plan.kernels[K].read_count, Program::plan.kernels[K].constant_count, Program::plan.kernels[K].step_count,
                                                              Program::plan.kernels[K].access_count - Program::plan.kernels[K].read_count>(Program::graph, Program::plan, K, Program::is_static)>();

/// Whether all that a kernel joins has been computed where it belongs.
template <class Graph, class Plan> constexpr bool is_joined(const Graph& g, const Plan& p, const kernel& k) {
  if (k.kind != kernel_kind::assembly || g[k.node].op != id_of<concat_op>()) return false;
  const auto place_of = [&](int i) { return p.accesses[static_cast<std::size_t>(k.first_access + i)].storage; };
  const auto number = [&](std::int64_t i) { return p.numbers[static_cast<std::size_t>(k.first_number + i)]; };  // of each operand and the result: offset, rank, extents, strides
  const auto axis = g.attributes_of(k.node).a, rank = number(1), size = 2 + 2 * rank, result = size * k.read_count;
  std::int64_t next = number(result);
  for (int i = 0; i < k.read_count; ++i) {
    if (place_of(i) != place_of(k.read_count) || number(i * size) != next) return false;
    next += number(i * size + 2 + axis) * number(result + 2 + rank + axis);
  }
  return true;
}
/// The rows of products_of_others, where each is a few registers without gaps.
struct rows_of_others {
  int extent = 0, rows = 0;  ///< 0: other kernels do it
  std::int64_t offset = 0;
};
template <class Graph, class Plan> constexpr rows_of_others rows_of_others_in(const Graph& g, const Plan& p, const kernel& k) {
  constexpr std::int64_t most_bytes = 256, most_rows = 64;
  if (k.kind != kernel_kind::indexed || g[k.node].op != id_of<products_of_others_op>()) return {};
  const auto& s = g.shape_of(k.node);
  if (!s.is_static() || g.attributes_of(k.node).a != s.rank - 1) return {};
  const auto n = s[s.rank - 1].constant, count = element_count(s);
  const auto x = layout_of(g, p.accesses[static_cast<std::size_t>(k.first_access)].node, binding{}), y = layout_of(g, k.node, binding{});
  std::int64_t dense = 1;
  for (int axis = s.rank; axis-- > 0; dense *= s[axis].constant)
    if (const auto a = static_cast<std::size_t>(axis); s[axis].constant > 1 && (x.strides[a] != dense || y.strides[a] != dense)) return {};
  if (count == 0 || n * size_of(g[k.node].type) > most_bytes || count / n > most_rows || y.offset != 0) return {};
  return {static_cast<int>(n), static_cast<int>(count / n), x.offset};
}
/// An epilogue has run when its turn comes, and so has what is joined where it stands.
struct finished_kernel : complete_shares {
  static void run_share(void* const*, const std::uint16_t*, const std::int64_t*, void*, void*, gemm_share) noexcept {}
  static void run(void* const*, const std::uint16_t*, const std::int64_t*, void*) noexcept {}
};
template <class Products, class Program, int K> struct kernel_of<Products, Program, K, kernel_kind::loop> {
  template <bool Epilogue, int> struct choice { using type = finished_kernel; };
  template <int N> struct choice<false, N> { using type = loop_kernel<loop_hash<Program, N>>; };
  using type = typename choice<Program::plan.kernels[K].epilogue, K>::type;
};

template <class Graph, class Plan> constexpr product_extents product_of(const Graph& g, const Plan& p, const kernel& kernel, bool all_static) {
  const auto& flags = g.attributes_of(kernel.node);
  const auto &y = g.shape_of(kernel.node), &a = g.shape_of(g.operand_of(kernel.node, 0));
  product_extents e{flags.a == 1, flags.b == 1};
  if (!all_static) return e;
  e.m = y[y.rank - 2].constant, e.n = y[y.rank - 1].constant, e.k = a[e.transpose_a ? a.rank - 2 : a.rank - 1].constant;
  std::int64_t products = 1;
  for (int axis = 0; axis < y.rank - 2; ++axis) products *= y[axis].constant;
  if (products != 1) return e;
  e.is_single = true;
  e.numbers = kernel.number_count;
  const auto operand = [&](int i, bool transposed) {
    const auto l = layout_of(g, p.accesses[static_cast<std::size_t>(kernel.first_access + i)].node, binding{});
    const auto row = l.strides[static_cast<std::size_t>(l.rank - 2)], column = l.strides[static_cast<std::size_t>(l.rank - 1)];
    return transposed ? product_operand{l.offset, column, row} : product_operand{l.offset, row, column};
  };
  e.a = operand(0, e.transpose_a);
  e.b = operand(1, e.transpose_b);
  e.y = operand(2, false);
  return e;
}
template <class Program, int K> constexpr bool in_epilogue() {
  if constexpr (K < Program::kernels) return Program::plan.kernels[K].epilogue;
  else return false;
}
template <class Program, int K, bool = in_epilogue<Program, K>()> struct epilogue_of { using type = no_epilogue; };
template <class Program, int K> struct epilogue_of<Program, K, true> { using type = loop_epilogue<loop_hash<Program, K>, block_read(Program::plan, K)>; };

template <class Products, class Program, int K> struct kernel_of<Products, Program, K, kernel_kind::contraction> {
  using type = matmul_kernel<Products, element_of<Program::graph[Program::plan.kernels[K].node].type>, product_of(Program::graph, Program::plan, Program::plan.kernels[K], Program::is_static),
                             typename epilogue_of<Program, K + 1>::type>;
};

template <class Program, int Node, class = std::make_index_sequence<static_cast<std::size_t>(Program::graph[Node].operand_count)>> struct op_kernel_of;
template <class Program, int Node, std::size_t... I> struct op_kernel_of<Program, Node, std::index_sequence<I...>> {
  using type = op_kernel<op_of<Program::graph[Node].op>, Program::graph.attributes_of(Node), element_of<Program::graph[Node].type>,
                         element_of<Program::graph[Program::graph.operand_of(Node, static_cast<int>(I))].type>...>;
};
template <class Program, int K> constexpr bool joins_nothing() {
  if constexpr (Program::is_static) return is_joined(Program::graph, Program::plan, Program::plan.kernels[K]);
  else return false;
}
template <class Program, int K> constexpr rows_of_others rows_of_others_of() {
  if constexpr (Program::is_static) return rows_of_others_in(Program::graph, Program::plan, Program::plan.kernels[K]);
  else return {};
}
template <class Program, int K> constexpr auto joined_parts_of() {
  constexpr auto& k = Program::plan.kernels[K];
  if constexpr (Program::is_static && k.kind == kernel_kind::assembly) return parts_of_joined<static_cast<std::size_t>(k.read_count)>(Program::graph, Program::plan, k);
  else return joined_parts<1>{};
}
/// What does the work of a kernel that is neither a loop nor a product.
enum class remaining_form : std::uint8_t { op, nothing, rows_of_others, joined_rows };
template <class Program, int K> constexpr remaining_form form_of_remaining() {
  if constexpr (joins_nothing<Program, K>()) return remaining_form::nothing;
  else if constexpr (rows_of_others_of<Program, K>().rows > 0) return remaining_form::rows_of_others;
  else if constexpr (joined_parts_of<Program, K>().ok) return remaining_form::joined_rows;
  else return remaining_form::op;
}
template <class Program, int K, remaining_form = form_of_remaining<Program, K>()> struct remaining_kernel : op_kernel_of<Program, Program::plan.kernels[K].node> {};
template <class Program, int K> struct remaining_kernel<Program, K, remaining_form::nothing> { using type = finished_kernel; };
template <class Program, int K> struct remaining_kernel<Program, K, remaining_form::rows_of_others> {
  static constexpr rows_of_others rows = rows_of_others_of<Program, K>();
  using type = others_of_rows_kernel<element_of<Program::graph[Program::plan.kernels[K].node].type>, rows.extent, rows.rows, rows.offset>;
};
template <class Program, int K> struct remaining_kernel<Program, K, remaining_form::joined_rows> {
  using type = joined_rows_kernel<element_of<Program::graph[Program::plan.kernels[K].node].type>, joined_parts_of<Program, K>()>;
};
template <class Products, class Program, int K, kernel_kind Kind> struct kernel_of : remaining_kernel<Program, K> {};

}  // namespace tapeless::simd_detail
