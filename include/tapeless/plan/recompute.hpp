#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/builder.hpp>
#include <tapeless/plan/fusion.hpp>
#include <tapeless/plan/plan.hpp>
#include <tapeless/transform/compact.hpp>

#include <vector>

namespace tapeless::inline TAPELESS_ABI {

/// What is computed again instead of kept: of the tensors that wait for the backward pass, those within the first `part` of 8
/// eighths of their bytes; and of these, all but one for each `every` that there are of average size.
struct recompute_choice {
  int part = 0;
  int every = 1;
};
/// From what costs little to what saves most. Keeping one of two costs half of what computing all of them again does.
inline constexpr recompute_choice recompute_choices[]{{0, 1}, {2, 2}, {4, 2}, {6, 2}, {8, 2}, {8, 3}, {8, 4}, {8, 6}, {8, 8}, {8, 12}, {8, 16}, {8, 24}};

namespace detail {

/// Computes tensors that wait for the backward pass a second time, there.
///
/// The pass turns where most bytes lie idle between two kernels that touch them. What is computed before that and read behind it
/// is dropped or kept; between two kept tensors is a segment. Where a node behind the turn reads what is dropped, it gets a
/// copy, computed from what is kept; one copy serves all readers of a segment, and barriers hold it back until the first
/// of them has what else it reads. So the copies of a segment live when it is their turn only.
/// Chen et al. 2016, "Training deep nets with sublinear memory cost"; the fraction is ours.
template <class Graph, class Plan> class recomputer {
 public:
  constexpr recomputer(const Graph& g, const Plan& p, recompute_choice choice)
      : g_(g), fusion_(fuse(g, p.made_for())), once_(p.once), kept_(count(), 1), segment_(count(), 0), pure_(count(), 0), renamed_(count(), -1) {
    turn_ = find_turn(p);
    choose(p, choice);
    mark_pure();
    for (int id = 0; id < g.size(); ++id) rebuild(id);
    for (int o : g.outputs) out_.graph.outputs.push_back(renamed(o));
    for (const auto& a : g.assignments) out_.graph.assignments.push_back({renamed(a.variable), renamed(a.value)});
  }
  constexpr graph result() const { return compact(out_.graph); }

 private:
  constexpr std::size_t count() const { return static_cast<std::size_t>(g_.size()); }
  constexpr int& renamed(int id) { return renamed_[static_cast<std::size_t>(id)]; }
  constexpr int kernel_of(int id) const { return fusion_.placements[static_cast<std::size_t>(root_of(g_, id))].kernel; }
  constexpr bool is_early(int id) const { return kernel_of(id) <= turn_; }
  constexpr bool is_free(int id) const { return g_.is(id, op_kind::leaf) || g_.is(id, op_kind::constant) || is_fixed(g_, id) || (kernel_of(id) >= 0 && kernel_of(id) < once_); }
  constexpr bool is_kept(int id) const { return kept_[static_cast<std::size_t>(id)] != 0; }
  constexpr bool is_pure(int id) const { return pure_[static_cast<std::size_t>(id)] != 0; }
  constexpr int segment_of(int id) const { return segment_[static_cast<std::size_t>(is_pure(id) ? id : root_of(g_, id))]; }
  constexpr std::int64_t bytes_of(int id) const { return element_count(g_.shape_of(id)) * size_of(g_[id].type); }

  /// By kernel: the bytes of what another wrote and a later one reads.
  constexpr int find_turn(const Plan& p) const {
    std::vector<std::int64_t> change(p.kernels.size() + 2, 0);
    std::vector<int> touched(p.storages.size(), -1);
    for (std::size_t k = 0; k < p.kernels.size(); ++k)
      for (int i = 0; i < p.kernels[k].access_count; ++i) {
        const auto s = static_cast<std::size_t>(p.accesses[static_cast<std::size_t>(p.kernels[k].first_access + i)].storage);
        if (p.storages[s].kind != storage_kind::arena || p.storages[s].node < 0) continue;
        const int last = touched[s];
        touched[s] = static_cast<int>(k);
        if (last < 0 || last + 1 >= static_cast<int>(k)) continue;
        change[static_cast<std::size_t>(last + 1)] += bytes_of(p.storages[s].node);
        change[k] -= bytes_of(p.storages[s].node);
      }
    std::int64_t idle = 0, most = 0;
    int turn = -1;
    for (std::size_t k = 0; k < p.kernels.size(); ++k)
      if (idle += change[k]; idle > most) most = idle, turn = static_cast<int>(k);
    return turn;
  }

  constexpr void choose(const Plan& p, recompute_choice choice) {
    const int end = static_cast<int>(p.kernels.size());
    std::vector<char> waits(count(), 0);
    std::int64_t total = 0, tensors = 0;
    for (const auto& s : p.storages) {
      if (s.kind != storage_kind::arena || s.node < 0 || s.first_kernel < 0 || s.first_kernel > turn_ || s.last_kernel <= turn_ || s.last_kernel >= end) continue;
      if (g_.is(s.node, op_kind::region)) continue;
      waits[static_cast<std::size_t>(s.node)] = 1;
      total += bytes_of(s.node);
      ++tensors;
    }
    for (int id = 0; id < g_.size(); ++id)  // what is computed on the way is not kept either
      if (is_early(id) && !is_free(id) && !g_.is(id, op_kind::region)) kept_[static_cast<std::size_t>(id)] = 0;
    if (tensors == 0) return;
    const std::int64_t each = choice.every * (total / tensors);
    std::int64_t passed = 0, since = 0;
    int segment = 0;
    for (int k = 0; k <= turn_; ++k)
      for (int id : fusion_.kernels[static_cast<std::size_t>(k)].nodes) {
        segment_[static_cast<std::size_t>(id)] = segment;
        if (waits[static_cast<std::size_t>(id)] == 0) continue;
        passed += bytes_of(id), since += bytes_of(id);
        if (passed * 8 > total * choice.part || since >= each) {
          kept_[static_cast<std::size_t>(id)] = 1;
          since = 0, ++segment;
        }
      }
  }
  /// Behind the turn: what is computed in the registers of a kernel, from nothing but what was there at the turn.
  constexpr void mark_pure() {
    for (int id = 0; id < g_.size(); ++id) {
      if (is_free(id) || is_early(id)) continue;
      bool pure = g_.is(id, op_kind::view) || fusion_.stored[static_cast<std::size_t>(id)] == 0;
      int latest = 0;
      for (int i = value_operands(g_[id].op, g_[id].operand_count); i-- > 0;) {
        const int o = g_.operand_of(id, i);
        pure = pure && (is_free(o) || is_early(o) || is_pure(o));
        latest = std::max(latest, segment_of(o));
      }
      if (g_[id].op == id_of<barrier_op>() || g_.is(id, op_kind::region)) pure = false;
      pure_[static_cast<std::size_t>(id)] = pure;
      if (pure) segment_[static_cast<std::size_t>(id)] = latest;
    }
  }

  constexpr void rebuild(int id) {
    if (g_.is(id, op_kind::leaf)) {
      renamed(id) = out_.copy_leaf(g_, id).id;
      return;
    }
    const auto wait = late_operand(id);
    std::vector<int> x;
    for (int o : g_.operands_of(id)) x.push_back(wait >= 0 && (is_early(o) || is_pure(o)) && loses(o) ? copy(o, wait) : renamed(o));
    renamed(id) = out_.copy(g_, id, x);
  }
  /// Of what a node reads, the last that only the backward pass computes; -1: nothing, or the node has its place before.
  constexpr int late_operand(int id) const {
    if (is_early(id) || is_pure(id)) return -1;
    int found = -1;
    for (int o : g_.operands_of(id))
      if (!is_free(o) && !is_early(o) && !is_pure(o) && (found < 0 || kernel_of(o) > kernel_of(found))) found = o;
    return found;
  }
  /// Whether a node is, or is computed behind the turn from, what is dropped.
  constexpr bool loses(int id) const {
    if (is_early(id)) {
      const int root = root_of(g_, id);
      return !is_free(root) && !is_kept(root);
    }
    for (int o : g_.operands_of(id))
      if (!is_free(o) && loses(o)) return true;
    return false;
  }

  struct copied {
    int segment, node, copy;
  };
  constexpr int* find_copy(int segment, int id) {
    auto& known = copies_of_[static_cast<std::size_t>(id)];
    for (auto& c : known)
      if (c.segment == segment) return &c.copy;
    return nullptr;
  }
  constexpr int copy(int root, int wait) {
    if (copies_of_.empty()) copies_of_.resize(count());
    const int segment = segment_of(root);
    while (static_cast<int>(waits_.size()) <= segment) waits_.push_back(-1);
    if (waits_[static_cast<std::size_t>(segment)] < 0) waits_[static_cast<std::size_t>(segment)] = renamed(wait);
    std::vector<int> open{root};
    while (!open.empty()) {
      const int id = open.back();
      const auto waiting = open.size();
      if (find_copy(segment, id) == nullptr && descends(id))
        for (int o : g_.operands_of(id))
          if (find_copy(segment, o) == nullptr) open.push_back(o);
      if (open.size() > waiting) continue;
      open.pop_back();
      if (find_copy(segment, id) == nullptr) copies_of_[static_cast<std::size_t>(id)].push_back({segment, id, make_copy(segment, id)});
    }
    return *find_copy(segment, root);
  }
  /// Whether a copy is computed from copies: else it stands for what is there.
  constexpr bool descends(int id) const { return !is_free(id) && !(is_kept(id) && is_early(id)); }
  constexpr int make_copy(int segment, int id) {
    if (is_free(id) && !g_.is(id, op_kind::leaf)) return renamed(id);
    if (!descends(id)) {
      const int held[]{renamed(id), waits_[static_cast<std::size_t>(segment)]};
      return out_.intern(id_of<barrier_op>(), {}, held, g_[id].type, g_.shape_of(id));
    }
    std::vector<int> x;
    for (int o : g_.operands_of(id)) x.push_back(*find_copy(segment, o));
    return out_.copy(g_, id, x);
  }

  const Graph& g_;
  fusion fusion_;
  int once_ = 0, turn_ = -1;
  std::vector<char> kept_;
  std::vector<int> segment_;
  std::vector<char> pure_;
  std::vector<int> renamed_;
  std::vector<std::vector<copied>> copies_of_;
  std::vector<int> waits_;  ///< by segment: the node in the new graph that its copies wait for
  builder out_;
};

}  // namespace detail

/// A graph that computes the same in less memory. Takes a legal graph of static shapes and its plan; gives one to make legal.
template <class Graph, class Plan> constexpr graph recompute(const Graph& g, const Plan& p, recompute_choice choice) { return detail::recomputer<Graph, Plan>(g, p, choice).result(); }

}  // namespace tapeless
