#pragma once
#include <tapeless/plan/legalise.hpp>
#include <tapeless/plan/row_groups.hpp>
#include <tapeless/plan/schedule.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// Fusion by stages. Each node gets the earliest stage in which its operands are there. Inside a stage, elementwise nodes
/// and reductions over one domain that share an operand become one loop: a cycle through another kernel is impossible,
/// because passing through a kernel costs a stage. What needs the result of a reduction for each element of the reduced row,
/// such as softmax, stays in the loop too, as a further pass over the row while it is in the cache.
template <class Graph> class fuser : row_groups<Graph> {
  using groups = row_groups<Graph>;
  using groups::at, groups::available, groups::bound_, groups::can_merge, groups::crosses_rows, groups::each_new_read, groups::first_stage, groups::g_;
  using groups::has_room, groups::has_room_for, groups::is_early, groups::is_result_of_columns;
  using groups::in_loop, groups::is_held, groups::is_row_shape, groups::join, groups::kernel, groups::last_reader, groups::last_reader_, groups::merge, groups::most_passes, groups::open, groups::runs_as_often;
  using groups::out_, groups::spreads_over_rows, groups::walks_as, groups::width_of, groups::widths_agree;

 public:
  constexpr fuser(const Graph& g, const planning& how) : groups(g, how) {
    for (int id = 0; id < g.size(); ++id) place(id);
    sink();
    gather_sums();
    mark_stored();
  }
  constexpr fusion result() && { return std::move(out_); }

 private:
  constexpr void place(int id) {
    switch (g_[id].op->kind) {
      case op_kind::leaf:
      case op_kind::constant:
      case op_kind::view: return;
      case op_kind::elementwise: place_elementwise(id); break;
      case op_kind::reduction: place_reduction(id); break;
      case op_kind::contraction: place_alone(id, kernel_kind::contraction); break;
      case op_kind::assembly: place_alone(id, kernel_kind::assembly); break;
      case op_kind::indexed:
        if (is_fixed(g_, id)) return;
        place_alone(id, kernel_kind::indexed);
        break;
      case op_kind::windowed: place_alone(id, kernel_kind::windowed); break;
      case op_kind::control: return;
      case op_kind::region:
        if (g_[id].op == id_of<region_op>()) place_alone(id, kernel_kind::region);
        else place_result(id);
        break;
    }
    for (int o : g_.operands_of(id)) last_reader_[static_cast<std::size_t>(o)] = at(id).kernel;
  }

  constexpr void place_alone(int id, kernel_kind kind) {
    int stage = first_stage(id);
    for (int o : g_.operands_of(id)) stage = std::max(stage, available(o));
    at(id).kernel = open(kind, stage, g_[id].shape, 0);
    kernel(at(id).kernel).nodes.push_back(id);
  }

  constexpr void place_result(int id) {
    at(id).kernel = at(g_.operand_of(id, 0)).kernel;
    kernel(at(id).kernel).nodes.push_back(id);
  }

  /// An operand that a node can take from a kernel's registers.
  struct source {
    int kernel = -1;
    bool row = false;  ///< the node would be computed for each row
    int pass = 0;
  };
  /// An operand computed in a loop over the same shape, the result of a reduction with that shape, or such a result taken
  /// by each element of the row that was reduced.
  constexpr source source_of(int o, int shape, int width) {
    const int root = root_of(g_, o);
    if (!in_loop(root)) return {};
    const auto& p = at(root);
    if (p.across || !widths_agree(kernel(p.kernel).width, width) || is_held(o)) return {};
    if (o == root && g_[o].shape == shape) return {p.kernel, p.row, p.pass};
    if (p.row && g_[o].shape == shape && is_row_shape(shape, kernel(p.kernel)) && walks_as(o, root, true)) return {p.kernel, true, p.pass};
    if (p.row && kernel(p.kernel).domain == shape && p.pass + 1 < most_passes && spreads_over_rows(o, root)) return {p.kernel, false, p.pass + 1};
    return {};
  }
  constexpr void place_elementwise(int id) {
    const int shape = g_[id].shape, width = width_of(id);
    pull_operands(id);
    int stage = first_stage(id);
    for (int o : g_.operands_of(id)) {
      const int k = source_of(o, shape, width).kernel;
      stage = std::max(stage, k >= 0 ? kernel(k).stage : available(o));
    }
    int target = -1, pass = -1;
    bool row = false, conflict = false;
    for (int o : g_.operands_of(id)) {
      const source s = source_of(o, shape, width);
      if (s.kernel < 0 || kernel(s.kernel).stage < stage) continue;
      pass = std::max(pass, s.pass);
      if (target < 0) target = s.kernel, row = s.row;
      else if (s.row != row || (s.kernel != target && (row || !can_merge(target, s.kernel)))) conflict = true;
      else if (s.kernel != target) target = merge(target, s.kernel);
    }
    if (conflict) target = -1, ++stage;
    if (target >= 0 && !has_room(target, id)) target = -1, ++stage;
    if (target < 0) {
      row = false, pass = 0;
      for (int o : g_.operands_of(id)) {
        const int k = last_reader(o);
        if (target < 0 && k >= 0 && joinable(k, stage, shape, width) && has_room(k, id)) target = k;
      }
      if (storage_operands(id) == 0)  // numbers only: with whatever else walks over the shape
        for (int k = 0; target < 0 && k < static_cast<int>(out_.kernels.size()); ++k)
          if (joinable(k, kernel(k).stage, shape, width) && runs_as_often(k, id) && kernel(k).merged_into < 0 && has_room(k, id)) target = k;
    }
    if (target < 0) target = open(kernel_kind::loop, stage, shape, width);
    join(id, {target, row, row ? pass : std::max(pass, 0)}, width);
  }

  /// Operands that another loop computes for each row of a kernel which reduces rows move there, to be computed before them.
  constexpr void pull_operands(int id) {
    for (int o : g_.operands_of(id)) {
      const int k = at(root_of(g_, o)).kernel;
      if (k < 0 || kernel(k).kind != kernel_kind::loop || kernel(k).row_shape < 0) continue;
      for (int other : g_.operands_of(id))
        if (const int root = root_of(g_, other); at(root).kernel != k && !is_held(other)) pull(root, k, id);
      return;
    }
  }
  constexpr void pull(int root, int k, int reader) {
    sequence<int> pulled;
    if (!can_pull(root, k, pulled)) return;
    for (int id : pulled)
      for (int user = id + 1; user < reader; ++user) {
        const int in = at(user).kernel;
        if (in < 0 || in == k || pulled.contains(user)) continue;
        for (int o : g_.operands_of(user))
          if (root_of(g_, o) == id) return;  // it would come too late
      }
    std::sort(pulled.begin(), pulled.end());
    for (int id : pulled) move(id, k, {k, true, -1});
  }
  /// Collects what would move: elementwise nodes of the rows' shape, as far as they are computed by loops over that shape.
  constexpr bool can_pull(int id, int k, sequence<int>& pulled) {
    if (pulled.contains(id)) return true;
    const auto& f = kernel(k);
    const int from = at(id).kernel;
    if (from < 0 || from == k || is_early(id) || !runs_as_often(k, id) || !g_.is(id, op_kind::elementwise) || at(id).row || kernel(from).row_shape >= 0 || kernel(from).domain == f.domain) return false;
    if (!widths_agree(f.width, width_of(id)) || !is_row_shape(g_[id].shape, f) || !has_room(k, id)) return false;
    pulled.push_back(id);
    for (int o : g_.operands_of(id)) {
      const int root = root_of(g_, o);
      if (available(o) > f.stage && !(o == root && can_pull(root, k, pulled))) return false;
    }
    return true;
  }

  constexpr void place_reduction(int id) {
    const int o = g_.operand_of(id, 0), domain = g_[o].shape, width = width_of(id);
    const auto mask = g_.attributes_of(id).a;
    const int stage = std::max(first_stage(id), available(o));
    placement where{.row = true};
    const auto enter = [&](int k, int pass) {
      const bool across = crosses_rows(k, mask);
      if (across || kernel(k).row_shape < 0 || kernel(k).reduced == mask)
        if (widths_agree(kernel(k).width, width) && has_room(k, id)) where = {k, true, pass, across};
    };
    if (in_loop(o) && !at(o).row && g_.is(o, op_kind::elementwise)) enter(at(o).kernel, at(o).pass);
    if (g_.shape_of(id).rank == 0 && is_result_of_columns(o) && has_room(at(o).kernel, id)) where = {at(o).kernel, true, at(o).pass, true};
    if (const int k = last_reader(o); where.kernel < 0 && k >= 0 && joinable(k, stage, domain, width)) enter(k, 0);
    if (where.kernel < 0) where.kernel = open(kernel_kind::loop, stage, domain, width);
    if (!where.across) {
      kernel(where.kernel).row_shape = g_[id].shape;
      kernel(where.kernel).reduced = mask;
    }
    join(id, where, width);
  }
  constexpr bool joinable(int k, int stage, int domain, int width) {
    const auto& f = kernel(k);
    return f.kind == kernel_kind::loop && f.stage == stage && f.domain == domain && widths_agree(f.width, width);
  }
  /// Moves a node of one tensor to the only kernel that uses it, if that is a later loop over the same shape: computing
  /// it there saves writing and reading it.
  constexpr void sink() {
    sequence<int> user(static_cast<std::size_t>(g_.size()), -1);  // -1: none yet, -2: several or not a loop
    const auto use = [&](int o, int k) {
      auto& u = user[static_cast<std::size_t>(o)];
      u = u == -1 || u == k ? k : -2;
    };
    for (int o : g_.outputs) use(o, -2);
    for (const auto& a : g_.assignments) use(a.value, -2);
    for (int id = g_.size() - 1; id >= 0; --id) {
      const int k = at(id).kernel, u = user[static_cast<std::size_t>(id)];
      if (k >= 0 && u >= 0 && u != k && runs_as_often(u, id) && !at(id).row && g_.is(id, op_kind::elementwise) && storage_operands(id) <= 1) {
        auto& to = kernel(u);
        if (to.kind == kernel_kind::loop && to.domain == g_[id].shape && widths_agree(to.width, width_of(id)) && has_room(u, id) && !used_by_row(id, u)) move(id, u, {u, false, 0});
      }
      for (int o : g_.operands_of(id)) use(o, at(id).kernel < 0 ? -2 : at(id).kernel);
    }
  }
  /// Tensors that a node reads; x x reads one.
  constexpr int storage_operands(int id) const {
    int n = 0, last = -1;
    for (int o : g_.operands_of(id))
      if (o != last && !g_.is(root_of(g_, o), op_kind::constant)) ++n, last = o;
    return n;
  }
  constexpr bool used_by_row(int id, int k) {
    for (int user : kernel(k).nodes)
      if (at(user).row && g_.is(user, op_kind::elementwise))
        for (int o : g_.operands_of(user))
          if (o == id) return true;
    return false;
  }
  constexpr void move(int id, int k, placement where) {
    kernel(at(id).kernel).nodes.remove(id);
    sequence<int> added;
    each_new_read(k, id, [&](int o) { added.push_back(o); });
    auto& reads = kernel(k).reads;
    reads.remove(id);
    for (int o : added)
      if (!reads.contains(o)) reads.push_back(o);
    kernel(k).nodes.insert_sorted(id);
    at(id) = where;
    if (kernel(k).width == 0) kernel(k).width = width_of(id);
  }

  /// Sums of columns that were placed before the rows' kernel was there move to it.
  constexpr void gather_sums() {
    for (int from = 0; from < static_cast<int>(out_.kernels.size()); ++from)
      for (int k = 0; k < static_cast<int>(out_.kernels.size()) && only_reduces(from); ++k) {
        if (k == from || !crosses_rows(k, kernel(from).reduced) || !joinable(k, kernel(from).stage, kernel(from).domain, kernel(from).width)) continue;
        if (!shares_read(from, k) || !has_room_for(k, kernel(from))) continue;
        for (int id : kernel(from).nodes)
          if (g_.is(id, op_kind::reduction)) at(id).across = true;
        merge(k, from);
      }
  }
  /// Whether a kernel has reductions and nothing that takes their results.
  constexpr bool only_reduces(int k) {
    if (kernel(k).row_shape < 0) return false;
    for (int id : kernel(k).nodes)
      if (at(id).pass > 0 || at(id).across || (at(id).row && !g_.is(id, op_kind::reduction))) return false;
    return true;
  }
  constexpr bool shares_read(int a, int b) {
    for (int o : kernel(a).reads)
      if (kernel(b).reads.contains(o)) return true;
    return false;
  }

  constexpr void mark_stored() {
    const auto store = [&](int id) { out_.stored[static_cast<std::size_t>(root_of(g_, id))] = true; };
    for (int o : g_.outputs) store(o);
    for (const auto& a : g_.assignments) store(a.value);
    for (int id = 0; id < g_.size(); ++id) {
      const auto kind = g_[id].op->kind;
      if (kind == op_kind::leaf || kind == op_kind::constant || kind == op_kind::view) continue;
      if (!in_loop(id) && g_[id].op != id_of<region_op>()) store(id);
      for (int o : g_.operands_of(id))
        if (at(root_of(g_, o)).kernel != at(id).kernel) store(o);
    }
  }
};

}  // namespace detail

/// Groups the nodes of a legal graph into kernels, in an order in which they can run; first those that run only once.
template <class Graph> constexpr fusion fuse(const Graph& g, const planning& how = {}) {
  fusion f = detail::fuser<Graph>(g, how).result();
  detail::scheduler<Graph>(g, f).run(how.by_blocks);
  return f;
}

}  // namespace tapeless
