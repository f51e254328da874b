#pragma once
#include <tapeless/plan/numbers.hpp>
#include <tapeless/plan/passes.hpp>
#include <tapeless/plan/writes.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

template <class Graph> class lowering {
 public:
  constexpr lowering(const Graph& g, const planning& how) : g_(g), fusion_(fuse(g, how)), bound_(representative_binding(g)) {
    out_.by_blocks = how.by_blocks;
    storage_of_.resize(static_cast<std::size_t>(g.size()), -1);
    slot_.resize(static_cast<std::size_t>(g.size()), -1);
    for (const auto& l : g.leaves) add_storage(l.node, kind_of(l.kind), -1);
    for (int id = 0; id < g.size(); ++id)
      if (is_fixed(g, id)) {
        add_storage(id, storage_kind::arena, -1);
        out_.storages.back().last_kernel = static_cast<int>(fusion_.kernels.size());
      }
    for (std::size_t k = 0; k < fusion_.kernels.size(); ++k)
      for (int id : fusion_.kernels[k].nodes)
        if (fusion_.stored[static_cast<std::size_t>(id)]) add_arena_storage(id, static_cast<int>(k));
    for (std::size_t k = 0; k < fusion_.kernels.size(); ++k) lower_kernel(fusion_.kernels[k]);
    const int end = static_cast<int>(out_.kernels.size());
    for (int o : g.outputs) {
      out_.outputs.push_back(storage_of(o));
      out_.storages[static_cast<std::size_t>(storage_of(o))].last_kernel = end;
    }
    keep_what_is_computed_once(end);
    write_placer<Graph>(g, bound_, out_, storage_of_).run(how.by_blocks);
    out_.numbers = numbers_of(g, out_, bound_);
  }
  constexpr plan result() && { return std::move(out_); }

 private:
  /// What the kernels that run once leave for the others stays in its place.
  constexpr void keep_what_is_computed_once(int end) {
    for (const auto& f : fusion_.kernels) out_.once += f.stage < fusion_.first_stage;
    for (auto& s : out_.storages)
      if (s.kind == storage_kind::arena && s.first_kernel >= 0 && s.first_kernel < out_.once && s.last_kernel >= out_.once) s.last_kernel = end;
  }
  static constexpr storage_kind kind_of(leaf_kind k) {
    switch (k) {
      case leaf_kind::variable: return storage_kind::variable;
      case leaf_kind::extent: return storage_kind::extent;
      case leaf_kind::random: return storage_kind::random;
      default: return storage_kind::placeholder;
    }
  }
  constexpr void add_storage(int node, storage_kind kind, int k) {
    storage_of_[static_cast<std::size_t>(node)] = static_cast<int>(out_.storages.size());
    out_.storages.push_back({node, kind, k, k, -1});
  }
  /// A part that is computed in place has the storage of the whole, which begins to live with the first of them.
  constexpr void add_arena_storage(int node, int k) {
    int whole = node;
    while (g_[whole].host >= 0) whole = g_[whole].host;
    if (storage_of_[static_cast<std::size_t>(whole)] < 0) add_storage(whole, storage_kind::arena, k);
    storage_of_[static_cast<std::size_t>(node)] = storage_of_[static_cast<std::size_t>(whole)];
  }
  constexpr int storage_of(int node) const { return storage_of_[static_cast<std::size_t>(root_of(g_, node))]; }

  constexpr void lower_kernel(const fused_kernel& f) {
    current_ = static_cast<int>(out_.kernels.size());
    kernel k{.kind = f.kind, .width = f.width <= 0 ? (f.width == 0 ? 4 : 0) : f.width, .domain = f.domain, .reduced = f.reduced, .node = f.kind == kernel_kind::region ? f.nodes.front() : f.nodes.back(),
             .first_access = static_cast<int>(out_.accesses.size()), .first_step = static_cast<int>(out_.steps.size()),
             .first_constant = static_cast<int>(out_.constants.size()), .first_loop = static_cast<int>(out_.loops.size()), .epilogue = f.epilogue};
    if (f.kind == kernel_kind::loop) {
      lower_loop(f, k);
    } else {
      const int id = f.nodes.front();
      for (int o : g_.operands_of(id)) read(o, false);
      k.read_count = static_cast<int>(out_.accesses.size()) - k.first_access;
      if (f.kind == kernel_kind::region)
        for (std::size_t i = 1; i < f.nodes.size(); ++i) out_.accesses.push_back({f.nodes[i], storage_of(f.nodes[i]), true, false, 0});
      else out_.accesses.push_back({id, storage_of(id), true, false, 0});
      k.domain = g_[id].shape;
    }
    k.access_count = static_cast<int>(out_.accesses.size()) - k.first_access;
    out_.kernels.push_back(k);
  }

  constexpr bool in_epilogue(int k) const { return k < static_cast<int>(fusion_.kernels.size()) && fusion_.kernels[static_cast<std::size_t>(k)].epilogue; }
  constexpr int read(int node, bool row) {
    const int s = storage_of(node);
    auto& st = out_.storages[static_cast<std::size_t>(s)];
    st.last_kernel = std::max(st.last_kernel, current_ + in_epilogue(current_ + 1));  // a product reads while its epilogue writes
    out_.accesses.push_back({node, s, false, row, 0});
    return static_cast<int>(out_.accesses.size()) - 1;
  }

  constexpr void lower_loop(const fused_kernel& f, kernel& k) {
    const auto inside = [&](int o) { return fusion_.placements[static_cast<std::size_t>(root_of(g_, o))].kernel == current_; };
    const auto computes_row = [&](int id) { return fusion_.placements[static_cast<std::size_t>(id)].row && g_.is(id, op_kind::elementwise); };
    // Reads first, then constants, so that slots of one kind stand together.
    sequence<int> touched;
    for (int id : f.nodes)
      for (int o : g_.operands_of(id)) {
        if (inside(o) || g_.is(root_of(g_, o), op_kind::constant) || read_slot(o, computes_row(id)) >= 0) continue;
        set_read_slot(o, computes_row(id), static_cast<int>(out_.accesses.size()) - k.first_access);
        read(o, computes_row(id));
        touched.push_back(o);
      }
    k.read_count = static_cast<int>(out_.accesses.size()) - k.first_access;
    for (int id : f.nodes)
      for (int o : g_.operands_of(id)) {
        const int c = root_of(g_, o);
        if (!g_.is(c, op_kind::constant) || slot_[static_cast<std::size_t>(c)] >= 0) continue;
        slot_[static_cast<std::size_t>(c)] = k.read_count + k.constant_count++;
        out_.constants.push_back(loop_constant{g_.attributes_of(c).bits, g_[c].type});
        touched.push_back(c);
      }
    int next = k.read_count + k.constant_count;
    for (int id : f.nodes) {
      const auto& p = fusion_.placements[static_cast<std::size_t>(id)];
      k.across_count += p.across;
      loop_step s{.op = g_[id].op, .type = g_[id].type, .row = p.row, .across = p.across, .computed = static_cast<std::uint8_t>(p.pass < 0 ? 0 : 1 << p.pass),
                  .arity = static_cast<std::uint8_t>(g_[id].operand_count)};
      std::size_t i = 0;
      for (int o : g_.operands_of(id)) {
        const int c = root_of(g_, o);
        const int slot = inside(o) || g_.is(c, op_kind::constant) ? slot_[static_cast<std::size_t>(c)] : read_slot(o, computes_row(id));
        s.operands[i++] = static_cast<std::uint8_t>(slot);
      }
      slot_[static_cast<std::size_t>(id)] = next++;
      touched.push_back(id);
      out_.steps.push_back(s);
    }
    k.step_count = static_cast<int>(f.nodes.size());
    for (int id : f.nodes)
      if (fusion_.stored[static_cast<std::size_t>(id)])
        out_.accesses.push_back({id, storage_of(id), true, fusion_.placements[static_cast<std::size_t>(id)].row, slot_[static_cast<std::size_t>(id)], fusion_.placements[static_cast<std::size_t>(id)].across});
    for (int id : touched) slot_[static_cast<std::size_t>(id)] = -1;
    row_reads_.clear();
    element_reads_.clear();
    k.access_count = static_cast<int>(out_.accesses.size()) - k.first_access;
    choose_passes(out_, k);
    choose_loops(f, k);
  }

  // A tensor may be read for each element and for each row: these are two slots.
  struct known_read { int node; int slot; };
  constexpr int read_slot(int o, bool row) const {
    for (const auto& r : row ? row_reads_ : element_reads_)
      if (r.node == o) return r.slot;
    return -1;
  }
  constexpr void set_read_slot(int o, bool row, int slot) { (row ? row_reads_ : element_reads_).push_back({o, slot}); }

  /// Neighbouring axes that every access walks as one become one loop; then loops are ordered for the inner one to be the
  /// last axis, with reduced loops next to it.
  constexpr void choose_loops(const fused_kernel& f, kernel& k) {
    const auto& domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    sequence<domain_layout> walks;
    for (int i = 0; i < k.access_count; ++i) walks.push_back(walk(g_, out_.accesses[static_cast<std::size_t>(k.first_access + i)], k, bound_));
    sequence<loop_axes> runs;
    int previous = -1;
    for (int axis = 0; axis < domain.rank; ++axis) {
      const auto n = static_cast<std::size_t>(axis);
      if (bound_(domain[axis]) == 1 && !k.epilogue) continue;
      const bool reduced = (k.reduced >> axis & 1) != 0;
      bool joins = previous >= 0 && runs.back().reduced == reduced;
      joins = joins && !k.epilogue;  // blocks have rows and columns
      for (const auto& w : walks) joins = joins && w.strides[static_cast<std::size_t>(previous)] == w.strides[n] * bound_(domain[axis]);
      if (joins) runs.back().last = axis + 1;
      else runs.push_back({axis, axis + 1, reduced});
      previous = axis;
    }
    const bool inner_reduced = !runs.empty() && runs.back().reduced;
    k.mode = f.row_shape < 0 ? loop_mode::map : inner_reduced ? loop_mode::rows : loop_mode::columns;
    const std::size_t last = runs.empty() ? 0 : runs.size() - 1;
    for (std::size_t i = 0; i < last; ++i)
      if (!runs[i].reduced) out_.loops.push_back(runs[i]), ++k.outer_loops;
    for (std::size_t i = 0; i < last; ++i)
      if (runs[i].reduced) out_.loops.push_back(runs[i]), ++k.reduced_loops;
    out_.loops.push_back(runs.empty() ? loop_axes{0, 0, false} : runs[last]);
    k.loop_count = k.outer_loops + k.reduced_loops + 1;
  }

  const Graph& g_;
  fusion fusion_;
  binding bound_;
  plan out_;
  int current_ = 0;
  sequence<int> storage_of_, slot_;
  sequence<known_read> row_reads_, element_reads_;
};

}  // namespace detail

/// From a legal graph to what runs. The structure is decided once for all bindings; see `representative_binding`.
template <class Graph> constexpr plan lower(const Graph& g, const planning& how = {}) { return detail::lowering<Graph>(g, how).result(); }

}  // namespace tapeless
