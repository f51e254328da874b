#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/plan/find_regions.hpp>
#include <tapeless/transform/compact.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Copies nodes of a graph to another one, each with what it needs first.
template <class Graph> class node_copier {
 public:
  constexpr explicit node_copier(const Graph& g) : g_(g), renamed_(static_cast<std::size_t>(g.size()), -1) {}

 protected:
  constexpr int& renamed(int id) { return renamed_[static_cast<std::size_t>(id)]; }
  constexpr void copy(int id) {
    if (g_.is(id, op_kind::leaf)) {
      renamed(id) = out_.copy_leaf(g_, id).id;
      return;
    }
    sequence<int> x;
    for (int o : g_.operands_of(id)) x.push_back(renamed(o));
    renamed(id) = out_.copy(g_, id, {x.data(), x.size()});
  }
  /// `each_need(id, visit)`: what has to be there before `add(id)`, which gives a node its new one.
  template <class EachNeed, class Add> constexpr int add_with_needs(int root, EachNeed each_need, Add add) {
    sequence<int> open(1, root);
    while (!open.empty()) {
      const int id = open.back();
      const auto waiting = open.size();
      if (renamed(id) < 0) each_need(id, [&](int o) {
        if (renamed(o) < 0) open.push_back(o);
      });
      if (open.size() > waiting) continue;
      open.pop_back();
      if (renamed(id) < 0) add(id);
    }
    return renamed(root);
  }

  const Graph& g_;
  builder out_;

 private:
  sequence<int> renamed_;
};

/// The graph around the regions.
template <class Graph> class outliner : node_copier<Graph> {
  using node_copier<Graph>::g_;
  using node_copier<Graph>::out_;
  using node_copier<Graph>::renamed;

 public:
  constexpr explicit outliner(const Graph& g) : node_copier<Graph>(g), finder_(g), regions_(finder_.result()) {
    for (int id : finder_.nodes())
      if (!finder_.absorbed(id)) this->add_with_needs(id, [&](int i, auto visit) { each_need(i, visit); }, [&](int i) { add(i); });
    for (int o : g.outputs) out_.graph.outputs.push_back(renamed(o));
    for (const auto& a : g.assignments) out_.graph.assignments.push_back({renamed(a.variable), renamed(a.value)});
  }
  constexpr graph result() && { return std::move(out_.graph); }

 private:
  constexpr loop_form loop_of(const found_region& r) const { return loop_form::of(g_.attributes_of(r.anchor)); }
  constexpr int argument(const found_region& r, int i) const { return g_.operand_of(r.anchor, i); }

  constexpr sequence<int> operands_of(const found_region& r) const {
    sequence<int> x;
    if (r.form.is_choice) {
      x.push_back(r.anchor);
    } else {
      for (int i : regions_(r.carried)) x.push_back(argument(r, loop_of(r).first(i)));
      for (int i : regions_(r.sliced)) x.push_back(argument(r, loop_of(r).sequence(i)));
    }
    for (int id : regions_(r.captured)) x.push_back(id);
    if (!r.form.is_choice && r.form.counted) x.push_back(argument(r, loop_of(r).count()));
    return x;
  }
  template <class F> constexpr void each_need(int id, F visit) const {
    if (const int r = finder_.region_of(id); r >= 0)
      for (int o : operands_of(regions_[r])) visit(o);
    else
      for (int o : g_.operands_of(id)) visit(o);
  }
  constexpr void add(int id) {
    if (const int r = finder_.region_of(id); r >= 0) add_region(r);
    else this->copy(id);
  }
  constexpr void add_region(int index) {
    const auto& r = regions_[index];
    sequence<int> x;
    for (int o : operands_of(r)) x.push_back(renamed(o));
    const shape length = r.form.is_choice ? shape() : g_.shape_of(r.anchor);
    const attributes a{.a = index, .b = r.form.carried, .c = r.form.carried + r.form.sliced, .target = length};  // named: nvcc prints what it does not understand
    const int made_by[]{out_.intern(id_of<region_op>(), a, {x.data(), x.size()}, dtype::i32, length)};
    for (int i = 0; i < r.form.results(); ++i) {
      const auto place = static_cast<std::size_t>(i);
      const int from = regions_(r.results)[place];
      const int like = from >= 0 ? from : argument(r, loop_of(r).first(regions_(r.carried)[place]));
      const int made = out_.intern(id_of<region_result_op>(), {.a = i}, made_by, g_[like].type, g_.shape_of(like));
      if (from >= 0) renamed(from) = made;
    }
  }

  region_finder<Graph> finder_;
  found_regions regions_;
};

/// A body of a region.
template <class Graph, class Regions> class body_cutter : node_copier<Graph> {
  using node_copier<Graph>::g_;
  using node_copier<Graph>::out_;
  using node_copier<Graph>::renamed;

 public:
  constexpr body_cutter(const Graph& g, const Regions& regions, int which, region_part part) : node_copier<Graph>(g) {
    const auto& r = regions[which];
    const auto results = regions(r.results), captured = regions(r.captured);
    const auto loop = r.form.is_choice ? loop_form{} : loop_form::of(g.attributes_of(r.anchor));
    const auto carried = [&](int i) { return g.operand_of(r.anchor, loop.carried_argument(regions(r.carried)[static_cast<std::size_t>(i)])); };
    const auto sliced = [&](int i) { return g.operand_of(r.anchor, loop.element_argument(regions(r.sliced)[static_cast<std::size_t>(i)])); };
    for (int i = 0; i < r.form.carried; ++i) bind(carried(i), leaf_kind::variable, 'c', i);
    for (int i = 0; i < r.form.sliced; ++i) bind(sliced(i), leaf_kind::placeholder, 'x', i);
    for (int i = 0; i < r.form.captured; ++i) bind(captured[static_cast<std::size_t>(i)], leaf_kind::placeholder, 'k', i);
    const auto result = [&](int i) { return results[static_cast<std::size_t>(i)]; };
    if (part == region_part::condition) {
      out_.graph.outputs.push_back(clone(g.operand_of(r.anchor, loop.condition())));
    } else if (part != region_part::step) {
      for (int i = 0; i < r.form.chosen; ++i) assign_new('y', i, clone(g.operand_of(result(i), part == region_part::first_branch ? 1 : 2)));
    } else {
      for (int i = 0; i < r.form.carried; ++i) assign(renamed(carried(i)), clone(g.operand_of(r.anchor, loop.next(regions(r.carried)[static_cast<std::size_t>(i)]))));
      for (int i = 0; i < r.form.stacked; ++i) assign_new('y', i, clone(g.operand_of(result(r.form.carried + i), 1)));
      for (int i = 0; i < r.form.summed; ++i) {
        const int v = clone(g.operand_of(g.operand_of(result(r.form.carried + r.form.stacked + i), 0), 1));
        const int s = add_leaf('s', i, leaf_kind::variable, v);
        const int both[]{s, v};
        assign(s, out_.intern(id_of<add_op>(), {}, both, out_.graph[v].type, out_.graph.shape_of(v)));
      }
    }
  }
  constexpr graph result() const { return compact(out_.graph); }

 private:
  constexpr int add_leaf(char letter, int index, leaf_kind kind, int like) {
    const auto type = out_.graph[like].type;
    const shape s = out_.graph.shape_of(like);
    return out_.add_leaf({.kind = kind, .name = region_leaf_name(letter, index).view(), .type = type, .shape = s}).id;
  }
  constexpr void bind(int id, leaf_kind kind, char letter, int index) {
    renamed(id) = out_.add_leaf({.kind = kind, .name = region_leaf_name(letter, index).view(), .type = g_[id].type, .shape = g_.shape_of(id)}).id;
  }
  constexpr void assign(int variable, int value) { out_.graph.assignments.push_back({variable, value}); }
  constexpr void assign_new(char letter, int index, int value) { assign(add_leaf(letter, index, leaf_kind::variable, value), value); }
  /// The node in the body, with all it needs that is not there yet.
  constexpr int clone(int root) {
    return this->add_with_needs(root, [&](int id, auto visit) {
      for (int o : g_.operands_of(id)) visit(o);
    }, [&](int id) { this->copy(id); });
  }
};

}  // namespace detail

/// Cuts the bodies of loops and the branches of choices out of a graph: each loop, and the choices by one condition, become
/// a region, one node that reads and writes tensors. Takes any graph; gives one without control flow.
template <class Graph> constexpr graph outline(const Graph& g) { return detail::outliner<Graph>(g).result(); }
/// Bounds of a graph with its regions: each adds a node, one for each of its results, and what these read.
template <class Graph, class Regions> constexpr graph_sizes most_outlined_sizes(const Graph& g, const Regions& regions) {
  graph_sizes s = sizes_of(g);
  for (const auto& r : regions.all) {
    const auto results = static_cast<std::size_t>(r.form.results());
    s[0] += 1 + results, s[1] += static_cast<std::size_t>(r.form.operands()) + results, s[2] += 1, s[3] += 1 + results;
  }
  return s;
}
/// Bounds of a body of a region: each of its values may be a leaf, and each sum has an addition.
template <class Graph> constexpr graph_sizes most_body_sizes(const Graph& g, const found_region& r) {
  graph_sizes s = sizes_of(g);
  const auto values = static_cast<std::size_t>(r.form.operands() + r.form.results());
  return {s[0] + 2 * values, s[1] + 2 * values, s[2], s[3] + 2 * values, s[4] + values, s[5] + 4 * values, 1, values};
}
/// One body of a region of a graph, as a graph of its own, perhaps with control flow; see region_form.
template <class Graph, class Regions> constexpr graph outline_body(const Graph& g, const Regions& regions, int region, region_part part) {
  return detail::body_cutter<Graph, Regions>(g, regions, region, part).result();
}

}  // namespace tapeless
