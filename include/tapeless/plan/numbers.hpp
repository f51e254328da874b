#pragma once
#include <tapeless/plan/plan.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

template <class Graph> constexpr domain_layout walk(const Graph& g, const access& a, const kernel& k, const binding& b) {
  return walk(g, a.node, a.row, g.shapes[static_cast<std::size_t>(k.domain)], a.across ? g.attributes_of(a.node).a : k.reduced, b);
}

/// Bytes from which a kernel's tensors do not stay in the caches until anything reads them again, and those of a tensor among
/// them that is worth to be written past the caches.
inline constexpr std::int64_t least_swept = 24 << 20, least_streamed = 4 << 20;

template <class Graph, class Plan> constexpr bool sweeps_caches(const Graph& g, const Plan& p, const kernel& k, const binding& b) {
  std::int64_t bytes = 0;
  for (int i = 0; i < k.access_count; ++i) {
    const auto& a = p.accesses[static_cast<std::size_t>(k.first_access + i)];
    bytes += b.count(g.shape_of(root_of(g, a.node))) * size_of(g[a.node].type);
  }
  return bytes >= least_swept && b.count(g.shapes[static_cast<std::size_t>(k.domain)]) * std::max(k.width, 1) >= least_streamed;
}

namespace detail {

template <class Graph, class Plan> constexpr void loop_numbers(const Graph& g, const Plan& p, const kernel& k, const binding& b, sequence<std::int64_t>& out) {
  const auto& domain = g.shapes[static_cast<std::size_t>(k.domain)];
  for (int i = 0; i < k.loop_count; ++i) {
    const auto& l = p.loops[static_cast<std::size_t>(k.first_loop + i)];
    std::int64_t n = 1;
    for (int axis = l.first; axis < l.last; ++axis) n *= b(domain[axis]);
    out.push_back(n);
  }
  for (int i = 0; i < k.access_count; ++i) {
    const auto w = walk(g, p.accesses[static_cast<std::size_t>(k.first_access + i)], k, b);
    out.push_back(w.offset);
    for (int j = 0; j < k.loop_count; ++j) {
      const auto& l = p.loops[static_cast<std::size_t>(k.first_loop + j)];
      // The stride of a run of axes is that of its last axis longer than 1 under this binding.
      int axis = l.last - 1;
      while (axis > l.first && b(domain[axis]) == 1) --axis;
      out.push_back(l.last > l.first ? w.strides[static_cast<std::size_t>(axis)] : 0);
    }
  }
  if (k.streams_late) out.push_back(sweeps_caches(g, p, k, b));
}

/// Before its tensors, a region has the number of steps, -1 where that is not bounded, and room for what runs its bodies.
template <class Graph> constexpr void region_numbers(const Graph& g, const kernel& k, const binding& b, sequence<std::int64_t>& out) {
  const auto& length = g.shape_of(k.node);
  out.push_back(length.rank == 0 ? -1 : b(length[0]));
  out.push_back(0);
}

/// Other kernels get each tensor's extents and strides: offset, rank, extents, strides.
template <class Graph, class Plan> constexpr void tensor_numbers(const Graph& g, const Plan& p, const kernel& k, const binding& b, sequence<std::int64_t>& out) {
  for (int i = 0; i < k.access_count; ++i) {
    const auto l = layout_of(g, p.accesses[static_cast<std::size_t>(k.first_access + i)].node, b);
    out.push_back(l.offset);
    out.push_back(l.rank);
    for (int axis = 0; axis < l.rank; ++axis) out.push_back(l.extents[static_cast<std::size_t>(axis)]);
    for (int axis = 0; axis < l.rank; ++axis) out.push_back(l.strides[static_cast<std::size_t>(axis)]);
  }
}

}  // namespace detail

/// Extents, strides and offsets of all kernels under a binding, in the order in which kernels read them; also sets where
/// each kernel's begin when the plan is still growing.
template <class Graph, class Plan> constexpr sequence<std::int64_t> numbers_of(const Graph& g, Plan& p, const binding& b) {
  sequence<std::int64_t> out;
  for (auto& k : p.kernels) {
    const auto first = out.size();
    if (k.kind == kernel_kind::region) detail::region_numbers(g, k, b, out);
    if (k.kind == kernel_kind::loop) detail::loop_numbers(g, p, k, b, out);
    else detail::tensor_numbers(g, p, k, b, out);
    if constexpr (!std::is_const_v<Plan>) {
      k.first_number = static_cast<int>(first);
      k.number_count = static_cast<int>(out.size() - first);
    }
  }
  return out;
}

}  // namespace tapeless
