#pragma once
#include <tapeless/core/sequence.hpp>
#include <tapeless/graph/level.hpp>
#include <tapeless/ops/loop_trace.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/plan/region.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace tapeless::inline TAPELESS_ABI {

/// A region of a graph: a loop with what is asked of it, or choices by one condition. Its lists are those of `basic_regions`.
struct found_region {
  struct list {
    std::size_t first = 0, size = 0;
  };
  region_form form{};
  int anchor = -1;          ///< the loop, or the condition
  list results{};           ///< nodes, in the order of region_form's results; -1: a carried value that nobody asks for
  list carried{}, sliced{}; ///< which of the loop's carried values and sequences the results depend on
  list captured{};          ///< nodes
};
/// All regions of a graph, as lists of run-time size or as a constant.
template <class Records, class Numbers> struct basic_regions {
  Records all{};
  Numbers numbers{};

  constexpr const found_region& operator[](int i) const { return all[static_cast<std::size_t>(i)]; }
  constexpr std::span<const int> operator()(found_region::list l) const { return {numbers.data() + l.first, l.size}; }
};
using found_regions = basic_regions<sequence<found_region>, sequence<int>>;

namespace detail {

template <class Graph> class region_finder {
 public:
  constexpr explicit region_finder(const Graph& g) : g_(g), free_(g), here_(static_cast<std::size_t>(g.size()), 0), region_of_(static_cast<std::size_t>(g.size()), -1) {
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

  constexpr found_regions result() const {
    found_regions found;
    const auto keep = [&](const sequence<int>& list) {
      const found_region::list l{found.numbers.size(), list.size()};
      found.numbers.append(list);
      return l;
    };
    for (const auto& r : regions_) {
      const auto results = keep(r.results), carried = keep(r.carried), sliced = keep(r.sliced), captured = keep(r.captured);
      const found_region made{r.form, r.anchor, results, carried, sliced, captured};  // named for nvcc
      found.all.push_back(made);
    }
    return found;
  }
  /// The nodes outside all loops and branches, in their order.
  constexpr const sequence<int>& nodes() const { return nodes_; }
  /// Which region a node is a result of; -1: of none.
  constexpr int region_of(int id) const { return region_of_[static_cast<std::size_t>(id)]; }
  /// A stacked value of which only sums over the steps are used.
  constexpr bool absorbed(int id) const { return is(id, id_of<stacked_op>()) && region_of(id) < 0; }

 private:
  struct region {
    region_form form;
    int anchor = -1;
    sequence<int> results;
    sequence<int> carried, sliced, captured, stacked, summed;
    sequence<int> finals;  ///< by carried value that is kept: the node that asks for it; -1: none
    int steps = -1;
  };
  constexpr loop_form loop_of(const region& r) const { return loop_form::of(g_.attributes_of(r.anchor)); }
  constexpr int argument(const region& r, int i) const { return g_.operand_of(r.anchor, i); }
  constexpr bool is(int id, const op_info* op) const { return g_[id].op == op; }
  constexpr bool is_here(int id) const { return here_[static_cast<std::size_t>(id)] != 0; }
  constexpr int count() const { return static_cast<int>(regions_.size()); }

  constexpr bool is_sum_of_steps(int id) const {
    const auto& a = g_.attributes_of(id);
    return is(id, id_of<sum_op>()) && is(g_.operand_of(id, 0), id_of<stacked_op>()) && a.a == 1 && a.b == 0;
  }

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
    const auto count_of = [](const sequence<int>& list) { return static_cast<int>(list.size()); };
    r.form.carried = count_of(r.carried), r.form.sliced = count_of(r.sliced), r.form.captured = count_of(r.captured);
    r.form.stacked = count_of(r.stacked), r.form.summed = count_of(r.summed), r.form.tells_steps = r.steps >= 0;
    r.form.conditional = f.conditional, r.form.counted = f.counted, r.form.backward = f.backward;
  }

  const Graph& g_;
  free_arguments free_;
  sequence<int> nodes_;
  sequence<char> here_;
  sequence<int> region_of_;
  sequence<region> regions_;
};

template <const auto& Graph> consteval auto freeze_regions() {
  constexpr auto sizes = [] {
    const auto found = region_finder(Graph).result();
    return std::array{found.all.size(), found.numbers.size()};
  }();
  basic_regions<std::array<found_region, sizes[0]>, std::array<int, sizes[1]>> kept;
  const auto found = region_finder(Graph).result();
  std::copy(found.all.begin(), found.all.end(), kept.all.begin());
  std::copy(found.numbers.begin(), found.numbers.end(), kept.numbers.begin());
  return kept;
}

}  // namespace detail

/// The regions of a graph as a constant, found once for all that is made of them.
template <const auto& Graph> inline constexpr auto regions_of = detail::freeze_regions<Graph>();
/// Those of a program; nvcc writes an & before a member of another class that a template takes by reference.
template <class Program> struct regions_of_program {
  static constexpr auto& graph = Program::simplified;
  static constexpr auto& all = regions_of<graph>;
};
/// How one of a program is to be read. By the program, since clang looks at a graph in a generic lambda before it knows its type.
template <class Program, int Region> inline constexpr region_form form_of_region = regions_of_program<Program>::all[Region].form;

}  // namespace tapeless
