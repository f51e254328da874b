#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/graph/level.hpp>
#include <tapeless/ops/loop_trace.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/plan/region.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

template <class Graph> class outliner {
 public:
  constexpr explicit outliner(const Graph& g) : g_(g), free_(g), here_(static_cast<std::size_t>(g.size()), 0), region_of_(static_cast<std::size_t>(g.size()), -1) {
    level outside(g);
    for (int o : g.outputs) outside.need(o);
    for (const auto& a : g.assignments) outside.need(a.variable), outside.need(a.value);
    nodes_ = std::move(outside).nodes();
    for (int id : nodes_) here_[static_cast<std::size_t>(id)] = 1;
    find_loops();
    find_choices();
    for (auto& r : regions_)
      if (r.form.is_choice) describe_choice(r);
      else describe_loop(r);
  }

  /// The graph around the regions.
  constexpr graph outside() {
    sequence<int> open;
    for (int id : nodes_) {
      if (absorbed(id)) continue;
      open.push_back(id);
      while (!open.empty()) {
        const int next = open.back();
        const auto waiting = open.size();
        if (renamed(next) < 0) each_need(next, [&](int o) {
          if (renamed(o) < 0) open.push_back(o);
        });
        if (open.size() > waiting) continue;
        open.pop_back();
        if (renamed(next) < 0) add(next);
      }
    }
    for (int o : g_.outputs) out_.graph.outputs.push_back(renamed(o));
    for (const auto& a : g_.assignments) out_.graph.assignments.push_back({renamed(a.variable), renamed(a.value)});
    return std::move(out_.graph);
  }
  constexpr region_form form(int which) const { return regions_[static_cast<std::size_t>(which)].form; }
  constexpr int count() const { return static_cast<int>(regions_.size()); }

  constexpr graph body(int which, region_part part) {
    const auto& r = regions_[static_cast<std::size_t>(which)];
    for (int i = 0; i < r.form.carried; ++i) bind(argument(r, loop_of(r).carried_argument(r.carried[static_cast<std::size_t>(i)])), leaf_kind::variable, 'c', i);
    for (int i = 0; i < r.form.sliced; ++i) bind(argument(r, loop_of(r).element_argument(r.sliced[static_cast<std::size_t>(i)])), leaf_kind::placeholder, 'x', i);
    for (int i = 0; i < r.form.captured; ++i) bind(r.captured[static_cast<std::size_t>(i)], leaf_kind::placeholder, 'k', i);
    if (part == region_part::condition) {
      out_.graph.outputs.push_back(clone(argument(r, loop_of(r).condition())));
      return std::move(out_.graph);
    }
    if (part != region_part::step) {
      for (int i = 0; i < r.form.chosen; ++i) assign_new('y', i, clone(g_.operand_of(r.results[static_cast<std::size_t>(i)], part == region_part::first_branch ? 1 : 2)));
      return std::move(out_.graph);
    }
    for (int i = 0; i < r.form.carried; ++i)
      assign(renamed(argument(r, loop_of(r).carried_argument(r.carried[static_cast<std::size_t>(i)]))), clone(argument(r, loop_of(r).next(r.carried[static_cast<std::size_t>(i)]))));
    for (int i = 0; i < r.form.stacked; ++i) assign_new('y', i, clone(g_.operand_of(r.stacked[static_cast<std::size_t>(i)], 1)));
    for (int i = 0; i < r.form.summed; ++i) {
      const int v = clone(g_.operand_of(g_.operand_of(r.summed[static_cast<std::size_t>(i)], 0), 1));
      const int s = add_leaf('s', i, leaf_kind::variable, v);
      const int both[]{s, v};
      assign(s, out_.intern(id_of<add_op>(), {}, both, out_.graph[v].type, out_.graph.shape_of(v)));
    }
    return std::move(out_.graph);
  }

 private:
  struct region {
    region_form form;
    int anchor = -1;           ///< the loop, or the condition
    sequence<int> results;  ///< as nodes of the flat graph
    sequence<int> carried, sliced, captured, stacked, summed;
    sequence<int> finals;   ///< by carried value that is kept: the node that asks for it; -1: none
    int steps = -1, made = -1;
  };
  constexpr int& renamed(int id) { return renamed_[static_cast<std::size_t>(id)]; }
  constexpr loop_form loop_of(const region& r) const { return loop_form::of(g_.attributes_of(r.anchor)); }
  constexpr int argument(const region& r, int i) const { return g_.operand_of(r.anchor, i); }
  constexpr bool is(int id, const op_info* op) const { return g_[id].op == op; }
  constexpr bool is_here(int id) const { return here_[static_cast<std::size_t>(id)] != 0; }

  constexpr bool is_sum_of_steps(int id) const {
    const auto& a = g_.attributes_of(id);
    return is(id, id_of<sum_op>()) && is(g_.operand_of(id, 0), id_of<stacked_op>()) && a.a == 1 && a.b == 0;
  }
  /// A stacked value of which only sums over the steps are used.
  constexpr bool absorbed(int id) const { return is(id, id_of<stacked_op>()) && region_of_[static_cast<std::size_t>(id)] < 0; }

  constexpr void find_loops() {
    sequence<char> stacked(static_cast<std::size_t>(g_.size()), 0);
    const auto use = [&](int o) { stacked[static_cast<std::size_t>(o)] = true; };
    for (int o : g_.outputs) use(o);
    for (const auto& a : g_.assignments) use(a.value);
    for (int id : nodes_) {
      if (!is_sum_of_steps(id))
        for (int o : g_.operands_of(id)) use(o);
    }
    // What other bodies and branches capture is used as well.
    for (int id = 0; id < g_.size(); ++id)
      if (!is_here(id))
        for (int o : g_.operands_of(id)) use(o);
    for (int id : nodes_) {
      const bool sum = is_sum_of_steps(id) && !stacked[static_cast<std::size_t>(g_.operand_of(id, 0))];
      if (!sum && !is(id, id_of<final_op>()) && !is(id, id_of<steps_op>()) && !(is(id, id_of<stacked_op>()) && stacked[static_cast<std::size_t>(id)])) continue;
      const int loop = g_.operand_of(sum ? g_.operand_of(id, 0) : id, 0);
      region& r = region_at(loop, false);
      region_of_[static_cast<std::size_t>(id)] = index_of(r);
      if (sum) r.summed.push_back(id);
      else if (is(id, id_of<stacked_op>())) r.stacked.push_back(id);
      else if (is(id, id_of<steps_op>())) r.steps = id;
      else r.finals.push_back(id);
    }
  }
  /// Choices by one condition become one, if none of them has to wait for another: what passes through a choice is a stage later.
  constexpr void find_choices() {
    sequence<int> stage(static_cast<std::size_t>(g_.size()), 0);
    sequence<sequence<int>> staged;
    for (int id = 0; id < g_.size(); ++id) {
      auto& mine = stage[static_cast<std::size_t>(id)];
      for (int o : g_.operands_of(id)) mine = std::max(mine, stage[static_cast<std::size_t>(o)]);
      if (!is_here(id) || !is(id, id_of<choice_op>())) continue;
      const auto place = static_cast<std::size_t>(mine++);
      const int condition = g_.operand_of(id, 0);
      while (staged.size() <= place) staged.push_back({});
      int found = -1;
      for (int i : staged[place])
        if (regions_[static_cast<std::size_t>(i)].anchor == condition) found = i;
      if (found < 0) {
        found = count();
        regions_.push_back({});
        regions_.back().form.is_choice = true;
        regions_.back().anchor = condition;
        staged[place].push_back(found);
      }
      regions_[static_cast<std::size_t>(found)].results.push_back(id);
      region_of_[static_cast<std::size_t>(id)] = found;
    }
  }
  constexpr region& region_at(int anchor, bool choice) {
    for (auto& r : regions_)
      if (r.anchor == anchor && r.form.is_choice == choice) return r;
    regions_.push_back({});
    regions_.back().anchor = anchor;
    return regions_.back();
  }
  constexpr int index_of(const region& r) const { return static_cast<int>(&r - regions_.data()); }

  /// Whether a body computes the node itself, rather than taking it from outside.
  constexpr bool inside(int id, bool branch) const {
    if (g_.is(id, op_kind::constant) || is(id, id_of<loop_op>())) return true;
    if (!g_.is(id, op_kind::leaf) && g_[id].operand_count == 0) return true;
    if (g_.is(id, op_kind::leaf)) return g_.leaf_of(id).kind == leaf_kind::bound;
    return branch ? !is_here(id) : !free_[id].empty();
  }
  /// Walks over a body from its roots down; `meet` is told each node inside, `take` each that comes from outside, once.
  template <class Meet, class Take> constexpr void walk_body(const sequence<int>& roots, bool branch, Meet meet, Take take) const {
    sequence<int> open = roots;
    sequence<char> seen(static_cast<std::size_t>(g_.size()), 0);
    while (!open.empty()) {
      const int id = open.back();
      open.pop_back();
      if (seen[static_cast<std::size_t>(id)]) continue;
      seen[static_cast<std::size_t>(id)] = true;
      if (!inside(id, branch)) {
        take(id);
        continue;
      }
      meet(id);
      for (int o : g_.operands_of(id)) open.push_back(o);
    }
  }

  constexpr void describe_choice(region& r) {
    sequence<int> roots;
    for (int id : r.results) roots.push_back(g_.operand_of(id, 1)), roots.push_back(g_.operand_of(id, 2));
    walk_body(roots, true, [](int) {}, [&](int id) { r.captured.push_back(id); });
    std::sort(r.captured.begin(), r.captured.end());
    r.form.captured = static_cast<int>(r.captured.size());
    r.form.chosen = static_cast<int>(r.results.size());
  }
  /// Of what is carried and walked along, only that is kept which the results depend on.
  constexpr void describe_loop(region& r) {
    const auto f = loop_of(r);
    sequence<char> kept(static_cast<std::size_t>(f.arguments()), 0);
    for (int id : r.finals) kept[static_cast<std::size_t>(g_.attributes_of(id).a)] = true;
    for (bool again = true; again;) {
      again = false;
      sequence<int> roots;
      for (int id : r.stacked) roots.push_back(g_.operand_of(id, 1));
      for (int id : r.summed) roots.push_back(g_.operand_of(g_.operand_of(id, 0), 1));
      if (f.conditional) roots.push_back(argument(r, f.condition()));
      for (int i = 0; i < f.carried; ++i)
        if (kept[static_cast<std::size_t>(i)]) roots.push_back(argument(r, f.next(i)));
      r.captured.clear();
      walk_body(roots, false, [&](int id) {
        for (int i = 0; i < f.arguments(); ++i)
          if (argument(r, f.carried_argument(0) + i) == id && !kept[static_cast<std::size_t>(i)]) kept[static_cast<std::size_t>(i)] = true, again = again || i < f.carried;
      }, [&](int id) { r.captured.push_back(id); });
    }
    std::sort(r.captured.begin(), r.captured.end());
    for (int i = 0; i < f.carried; ++i)
      if (kept[static_cast<std::size_t>(i)]) r.carried.push_back(i);
    for (int i = 0; i < f.sliced; ++i)
      if (kept[static_cast<std::size_t>(f.carried + i)]) r.sliced.push_back(i);
    sequence<int> asked(r.carried.size(), -1);
    for (std::size_t i = 0; i < r.carried.size(); ++i)
      for (int id : r.finals)
        if (g_.attributes_of(id).a == r.carried[i]) asked[i] = id;
    r.finals = asked;
    r.results = asked;
    for (int id : r.stacked) r.results.push_back(id);
    for (int id : r.summed) r.results.push_back(id);
    if (r.steps >= 0) r.results.push_back(r.steps);
    r.form = {.carried = static_cast<int>(r.carried.size()), .sliced = static_cast<int>(r.sliced.size()), .captured = static_cast<int>(r.captured.size()),
              .stacked = static_cast<int>(r.stacked.size()), .summed = static_cast<int>(r.summed.size()), .tells_steps = r.steps >= 0,
              .conditional = f.conditional, .counted = f.counted, .backward = f.backward};
  }

  constexpr sequence<int> operands_of(const region& r) const {
    sequence<int> x;
    if (r.form.is_choice) {
      x.push_back(r.anchor);
    } else {
      for (int i : r.carried) x.push_back(argument(r, loop_of(r).first(i)));
      for (int i : r.sliced) x.push_back(argument(r, loop_of(r).sequence(i)));
    }
    for (int id : r.captured) x.push_back(id);
    if (!r.form.is_choice && r.form.counted) x.push_back(argument(r, loop_of(r).count()));
    return x;
  }
  template <class F> constexpr void each_need(int id, F visit) const {
    if (const int r = region_of_[static_cast<std::size_t>(id)]; r >= 0)
      for (int o : operands_of(regions_[static_cast<std::size_t>(r)])) visit(o);
    else
      for (int o : g_.operands_of(id)) visit(o);
  }
  constexpr void add(int id) {
    if (const int r = region_of_[static_cast<std::size_t>(id)]; r >= 0) add_region(r);
    else copy(id);
  }
  constexpr void copy(int id) {
    if (g_.is(id, op_kind::leaf)) {
      const auto& l = g_.leaf_of(id);
      const leaf_description d{l.kind, g_.name_of(l), g_[id].type, l.kind == leaf_kind::extent ? g_.attributes_of(id).target : g_.shape_of(id), l.start, l.trainable};
      renamed(id) = out_.add_leaf(d).id;
      return;
    }
    sequence<int> x;
    for (int o : g_.operands_of(id)) x.push_back(renamed(o));
    renamed(id) = out_.intern(g_[id].op, g_.attributes_of(id), {x.data(), x.size()}, g_[id].type, g_.shape_of(id));
  }
  constexpr void add_region(int index) {
    auto& r = regions_[static_cast<std::size_t>(index)];
    sequence<int> x;
    for (int o : operands_of(r)) x.push_back(renamed(o));
    const shape length = r.form.is_choice ? shape() : g_.shape_of(r.anchor);
    const attributes a{.a = index, .b = r.form.carried, .c = r.form.carried + r.form.sliced, .target = length};  // named: nvcc prints what it does not understand
    r.made = out_.intern(id_of<region_op>(), a, {x.data(), x.size()}, dtype::i32, length);
    for (int i = 0; i < r.form.results(); ++i) {
      const int from = r.results[static_cast<std::size_t>(i)];
      const auto type = from >= 0 ? g_[from].type : g_[argument(r, loop_of(r).first(r.carried[static_cast<std::size_t>(i)]))].type;
      const auto s = from >= 0 ? g_.shape_of(from) : g_.shape_of(argument(r, loop_of(r).first(r.carried[static_cast<std::size_t>(i)])));
      const int made_by[]{r.made};
      const int made = out_.intern(id_of<region_result_op>(), {.a = i}, made_by, type, s);
      if (from >= 0) renamed(from) = made;
    }
  }

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
    sequence<int> open(1, root);
    while (!open.empty()) {
      const int id = open.back();
      const auto waiting = open.size();
      if (renamed(id) < 0)
        for (int o : g_.operands_of(id))
          if (renamed(o) < 0) open.push_back(o);
      if (open.size() > waiting) continue;
      open.pop_back();
      if (renamed(id) < 0) copy(id);
    }
    return renamed(root);
  }

  const Graph& g_;
  free_arguments free_;
  sequence<int> nodes_;
  sequence<char> here_;
  sequence<int> region_of_;
  sequence<region> regions_;
  sequence<int> renamed_ = sequence<int>(static_cast<std::size_t>(g_.size()), -1);
  builder out_;
};

}  // namespace detail

/// Cuts the bodies of loops and the branches of choices out of a graph: each loop, and the choices by one condition, become
/// a region, one node that reads and writes tensors. Takes any graph; gives one without control flow.
template <class Graph> constexpr graph outline(const Graph& g) { return detail::outliner<Graph>(g).outside(); }
template <class Graph> constexpr int region_count(const Graph& g) { return detail::outliner<Graph>(g).count(); }
template <class Graph> constexpr region_form form_of_region(const Graph& g, int region) { return detail::outliner<Graph>(g).form(region); }
/// One body, as a graph of its own, perhaps with control flow; see region_form.
template <class Graph> constexpr graph outline_body(const Graph& g, int region, region_part part) { return detail::outliner<Graph>(g).body(region, part); }

}  // namespace tapeless
