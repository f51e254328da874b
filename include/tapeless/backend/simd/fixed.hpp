#pragma once
#include <tapeless/backend/bare.hpp>
#include <tapeless/backend/indexed.hpp>
#include <tapeless/plan/plan.hpp>

namespace tapeless::inline TAPELESS_ABI::simd_detail {

/// The storages of what is the same in every run, as iota is: how many, and which.
template <class Plan> constexpr std::size_t fixed_storages(const Plan& p) {
  std::size_t n = 0;
  for (const auto& s : p.storages) n += s.kind == storage_kind::arena && s.first_kernel < 0;
  return n;
}
template <class Plan> constexpr int fixed_storage(const Plan& p, int index) {
  int i = 0;
  while (p.storages[static_cast<std::size_t>(i)].kind != storage_kind::arena || p.storages[static_cast<std::size_t>(i)].first_kernel >= 0 || index-- > 0) ++i;
  return i;
}
/// Constants all, where the dims are static, so that the graph stays in the compiler.
template <class Program, int Storage, class Storages> void fill_fixed(const Storages& storages, [[maybe_unused]] const binding& b) {
  constexpr int node = Program::plan.storages[static_cast<std::size_t>(Storage)].node;
  constexpr auto n = Program::graph[node];
  static constexpr attributes with = Program::graph.attributes_of(node);
  const auto layout_now = [&] {
    if constexpr (Program::is_static) {
      constexpr layout known = layout_of(Program::graph, node, binding{});
      return known;
    } else {
      return layout_of(bare_program<Program>::graph, node, b);
    }
  };
  const layout l = layout_now();
  const tensor_view<element_of<n.type>> out{.data = static_cast<element_of<n.type>*>(storages[static_cast<std::size_t>(Storage)]), .rank = l.rank, .extents = l.extents, .strides = l.strides};
  indexed_loops<op_of<n.op>>::run(with, out);
}

}  // namespace tapeless::simd_detail
