#pragma once
#include <tapeless/expr/trace.hpp>
#include <tapeless/plan/lower.hpp>
#include <tapeless/plan/memory.hpp>
#include <tapeless/transform/checkpoint.hpp>
#include <tapeless/transform/condense.hpp>
#include <tapeless/transform/gradient.hpp>
#include <tapeless/transform/jacobian_products.hpp>
#include <tapeless/transform/simplify.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// What is fetched, traced once to see how large its graph is and whether it is sound; the graph too, unless it is very large.
template <class... Fetches> struct first_trace {
  struct survey {
    detail::roomy<detail::usual_graph> found{};
    text mistake{};
  };
  static constexpr survey seen = [] {
    survey s;
    const builder b = trace<Fetches...>();
    s.mistake = b.mistake;
    if (!b.mistake.empty()) return s;
    s.found.sizes = sizes_of(b.graph);
    if (detail::fits(s.found.sizes, detail::usual_sizes)) detail::copy_graph(b.graph, s.found.contents, s.found.sizes);
    return s;
  }();
  /// The first mistake that only tracing finds, such as two leaves of one name; empty if there is none.
  static constexpr text check() { return seen.mistake; }
  static constexpr bool sound = verify<&first_trace::check>();
  static constexpr auto graph = [] {
    constexpr graph_sizes n = seen.found.sizes;
    if constexpr (!sound) {
      return tapeless::graph{};
    } else if constexpr (!detail::fits(n, detail::usual_sizes)) {
      return freeze<n, [] { return trace<Fetches...>().graph; }>();
    } else {
      basic_graph<frozen<n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]>> f;
      detail::copy_graph(seen.found.contents, f, n);
      return f;
    }
  }();
};

/// The graph that is planned, from one that is simplified.
template <const auto& Flat> consteval auto legal_graph() {
  if constexpr (has_control(Flat)) return freeze_within<most_legal_sizes(most_outlined_sizes(Flat, regions_of<Flat>)), [] { return legalise(outline(Flat)); }>();
  else return freeze_within<most_legal_sizes(sizes_of(Flat)), [] { return legalise(Flat); }>();
}
template <class Graph> constexpr bool has_static_shapes(const Graph& g) {
  for (const auto& s : g.shapes)
    if (!s.is_static()) return false;
  for (const auto& l : g.leaves)
    if (l.kind == leaf_kind::extent && !g.attributes_of(l.node).target.is_static()) return false;
  return true;
}

/// A body of a region as a program of its own: the step of a loop, its condition, a branch of a choice.
template <class Outer, int Region, region_part Part> struct body_program {
  static constexpr auto& regions = regions_of_program<Outer>::all;
  static constexpr auto simplified = freeze_within<most_body_sizes(Outer::simplified, regions[Region]), [] { return outline_body(Outer::simplified, regions, Region, Part); }>();
  static constexpr auto graph = legal_graph<simplified>();
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph, {.takes_out = false}); }>();  // begun anew with each loop, and each branch
  static constexpr bool is_static = has_static_shapes(graph);
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

/// All that is known at compile time about what is fetched: the graph as written, as simplified, and the plan.
template <class... Fetches> struct program {
  static constexpr bool sound = first_trace<Fetches...>::sound;
  static constexpr auto& traced = first_trace<Fetches...>::graph;
  /// Of programs with loops and choices only: what their bodies are cut out of.
  static constexpr auto simplified = [] {
    if constexpr (has_control(traced)) return freeze_within<most_legal_sizes(sizes_of(traced)), [] { return simplify(traced); }>();
    else return 0;
  }();
  static constexpr auto graph = [] {
    if constexpr (has_control(traced)) return legal_graph<simplified>();
    else return freeze_within<most_legal_sizes(sizes_of(traced)), [] { return legalise(condense(simplify(traced))); }>();
  }();
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph); }>();

  static constexpr bool is_static = has_static_shapes(graph);
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

/// The leaves of a program as a table of its own: code that runs refers to this and not to the graph, whose nodes point to
/// the functions of their ops, so that those stay in the compiler.
template <class Program> struct leaf_table {
  struct record {
    leaf_kind kind{};
    dtype type{};
    initializer start{};
    std::uint32_t name_first = 0, name_size = 0;
    tapeless::shape shape{};  ///< of an extent leaf: the shape whose elements it counts
  };
  static constexpr std::size_t size = Program::graph.leaves.size();
  static constexpr auto records = [] {
    std::array<record, size> t{};
    for (std::size_t i = 0; i < size; ++i) {
      const auto& l = Program::graph.leaves[i];
      t[i] = {l.kind, Program::graph[l.node].type, l.start, static_cast<std::uint32_t>(l.name_first), static_cast<std::uint32_t>(l.name_size),
              l.kind == leaf_kind::extent ? Program::graph.attributes_of(l.node).target : Program::graph.shape_of(l.node)};
    }
    return t;
  }();
  static constexpr auto characters = Program::graph.names;
  static constexpr std::string_view name(std::size_t i) { return {characters.data() + records[i].name_first, records[i].name_size}; }
};

}  // namespace tapeless
