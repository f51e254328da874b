#pragma once
#include <tapeless/graph/dot.hpp>
#include <tapeless/plan/cost.hpp>
#include <tapeless/plan/explain.hpp>
#include <tapeless/plan/memory.hpp>
#include <tapeless/plan/plan.hpp>

#include <string>

namespace tapeless::inline TAPELESS_ABI {

/// Arithmetic of one run: an elementwise operation counts 1 for each element of its result, a reduction 1 for each element
/// of its operand, a matrix product 2mnk, a convolution as convolution_flops says.
template <class Graph, class Plan> constexpr std::int64_t flops_of(const Graph& g, const Plan& p, const binding& b) {
  std::int64_t total = 0;
  for (std::size_t n = static_cast<std::size_t>(p.once); n < p.kernels.size(); ++n) {
    const auto& k = p.kernels[n];
    if (k.kind == kernel_kind::contraction) {
      const auto& x = g.shape_of(g.operand_of(k.node, 0));
      total += 2 * b.count(g.shape_of(k.node)) * b(x[g.attributes_of(k.node).a == 1 ? x.rank - 2 : x.rank - 1]);
    } else if (k.kind == kernel_kind::windowed) {
      total += convolution_flops(g, k.node, b);
    } else if (k.kind == kernel_kind::loop) {
      const auto elements = b.count(g.shapes[static_cast<std::size_t>(k.domain)]);
      std::int64_t rows = elements;
      const auto& domain = g.shapes[static_cast<std::size_t>(k.domain)];
      for (int axis = 0; axis < domain.rank; ++axis)
        if ((k.reduced >> axis & 1) != 0 && b(domain[axis]) > 0) rows /= b(domain[axis]);
      for (int i = 0; i < k.step_count; ++i) {
        const auto& s = p.steps[static_cast<std::size_t>(k.first_step + i)];
        total += s.row && s.op->kind != op_kind::reduction ? rows : elements;
      }
    }
  }
  return total;
}

/// Bytes that one run reads and writes outside registers and the rows' buffers: each kernel's tensors once, those that a
/// product hands to the loop that runs by its blocks left out.
template <class Graph, class Plan> constexpr std::int64_t bytes_of(const Graph& g, const Plan& p, const binding& b) {
  std::int64_t total = 0;
  for (std::size_t k = static_cast<std::size_t>(p.once); k < p.kernels.size(); ++k) {
    const auto& f = p.kernels[k];
    for (int i = 0; i < f.access_count; ++i) {
      const auto& a = p.accesses[static_cast<std::size_t>(f.first_access + i)];
      if (f.kind == kernel_kind::assembly && a.write) {  // counts as what is copied to it; see below
        for (int o : g.operands_of(f.node))
          if (g[root_of(g, o)].host != f.node) total += 2 * b.count(g.shape_of(o)) * size_of(g[o].type);
        if (g[f.node].op == id_of<pad_op>()) total += (b.count(g.shape_of(f.node)) - b.count(g.shape_of(g.operand_of(f.node, 0)))) * size_of(g[f.node].type);
      }
      if (f.kind == kernel_kind::assembly) continue;
      const bool handed = (f.epilogue && !a.write && p.storages[static_cast<std::size_t>(a.storage)].first_kernel == static_cast<int>(k) - 1);
      // Of a slice its part, of a broadcast tensor all of it once.
      if (!handed) total += std::min(b.count(g.shape_of(a.node)), b.count(g.shape_of(root_of(g, a.node)))) * size_of(g[a.node].type);
    }
  }
  return total;
}

/// What was planned, in numbers.
struct plan_report {
  int nodes_written = 0;     ///< of the graph as traced, derivatives spelled out
  int nodes_simplified = 0;  ///< of the graph that is computed
  int kernels = 0;
  std::int64_t arena_bytes = 0;
  std::int64_t flops = 0;    ///< of one run
  std::int64_t bytes = 0;    ///< moved by one run
  int computed_again = 0;    ///< nodes that stand in the graph a second time, to stay within a memory limit
};
inline std::string to_string(const plan_report& r) {
  return std::to_string(r.nodes_written) + " nodes written, " + std::to_string(r.nodes_simplified) + " after simplification, " + std::to_string(r.kernels) + " kernels, " +
         std::to_string(r.arena_bytes) + " bytes of arena, " + std::to_string(r.flops) + " FLOPs and " + std::to_string(r.bytes) + " bytes moved per run" +
         (r.computed_again > 0 ? ", " + std::to_string(r.computed_again) + " nodes computed again" : "");
}

/// One line for each kernel: what it computes, over which extents, and which nodes it reads and writes. A bar stands between
/// the passes over a row, and in parentheses what is computed once for the row before them. Behind what another loop has written stands why the two are not one.
template <class Graph, class Plan> std::string to_string(const Graph& g, const Plan& p) {
  std::string out;
  const fusion fused = fuse(g, p.made_for());
  const auto node = [](int id) { return "%" + std::to_string(id); };
  int index = 0;
  for (const auto& k : p.kernels) {
    out += "kernel " + std::to_string(index) + (index < p.once ? ", once" : "") + (k.epilogue ? ", by blocks of " + std::to_string(index - 1) : "") + ": ";
    ++index;
    text domain;
    g.shapes[static_cast<std::size_t>(k.domain)].print(domain);
    if (k.kind == kernel_kind::loop) {
      constexpr const char* modes[]{"map", "rows", "columns"};
      out += std::string(modes[static_cast<int>(k.mode)]) + " over " + std::string(domain.view()) + ":";
      for (int i = 0; i < k.step_count; ++i)
        if (const auto& s = p.steps[static_cast<std::size_t>(k.first_step + i)]; s.computed == 0) out += " (" + std::string(s.op->name) + ")";
      for (int pass = 0; pass < k.passes; ++pass) {
        if (pass > 0) out += " |";
        for (int i = 0; i < k.step_count; ++i)
          if (const auto& s = p.steps[static_cast<std::size_t>(k.first_step + i)]; (s.computed >> pass & 1) != 0) out += " " + std::string(s.op->name) + (s.across ? " across" : "");
      }
    } else {
      out += std::string(g[k.node].op->name) + " " + std::string(domain.view());
    }
    out += "; reads";
    for (int i = 0; i < k.access_count; ++i) {
      const auto& a = p.accesses[static_cast<std::size_t>(k.first_access + i)];
      if (i == k.read_count) out += "; writes";
      out += " " + node(a.node) + (g[a.node].op == id_of<barrier_op>() ? " again" : "") + (a.streams && !k.streams_late ? " past the caches" : "") + (!a.write && k.kind == kernel_kind::assembly && g[root_of(g, a.node)].host == k.node ? " in place" : "");
      if (const auto why = a.write ? std::string_view() : why_apart(g, fused, a.node, index - 1); !why.empty()) out.append(" (").append(why).append(")");
      if (a.write && p.storages[static_cast<std::size_t>(a.storage)].kind == storage_kind::variable)
        out += " -> " + std::string(g.name_of(g.leaf_of(p.storages[static_cast<std::size_t>(a.storage)].node)));
      if (a.write && p.storages[static_cast<std::size_t>(a.storage)].kind == storage_kind::block) out += " a block at a time";
      if (a.write && p.storages[static_cast<std::size_t>(a.storage)].in_place_of >= 0) out += " in place of " + node(p.storages[static_cast<std::size_t>(p.storages[static_cast<std::size_t>(a.storage)].in_place_of)].node);
    }
    out += "\n";
  }
  return out;
}

/// The graph as Graphviz text, with the nodes of each kernel in one cluster.
template <class Graph, class Plan> std::string to_dot(const Graph& g, const Plan& p) {
  std::vector<int> clusters;
  for (const auto& placed : fuse(g, p.made_for()).placements) clusters.push_back(placed.kernel);
  return to_dot(g, clusters);
}

}  // namespace tapeless
