#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/plan/computed_once.hpp>
#include <tapeless/plan/fused_kernel.hpp>
#include <tapeless/plan/layout.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Kernels that grow node by node, and what bounds them.
template <class Graph> class kernel_groups {
 public:
  static constexpr std::size_t most_steps = 48, most_steps_of_maps = 192, most_steps_of_few = 160, most_operands = 20, most_operands_of_few = 96, most_slots = 255;
  /// So many elements fill a few registers: a loop over them is straight code, in which an operand costs a load.
  static constexpr std::int64_t few = 32;

  /// Without reductions there is one pass, and what does not fit into registers is spilled to the stack, which costs less than
  /// a second loop.
  static constexpr std::size_t steps_for(const Graph& g, const fused_kernel& f) {
    return over_few(g, f) ? most_steps_of_few : f.row_shape < 0 ? most_steps_of_maps : most_steps;
  }

  static constexpr std::size_t operands_for(const Graph& g, const fused_kernel& f) { return over_few(g, f) ? most_operands_of_few : most_operands; }
  static constexpr bool over_few(const Graph& g, const fused_kernel& f) {
    const auto& domain = g.shapes[static_cast<std::size_t>(f.domain)];
    return domain.rank == 0 || (f.row_shape < 0 && domain.is_static() && element_count(domain) <= few);
  }

  constexpr kernel_groups(const Graph& g, const planning& how) : g_(g), bound_(representative_binding(g)), by_width_(how.by_blocks) {
    const auto n = static_cast<std::size_t>(g.size());
    out_.placements.resize(n);
    out_.stored.resize(n, false);
    last_reader_.resize(n, -1);
    if (how.takes_out) once_ = computed_once(g);
    for (char c : once_) first_early_ += 2 * (c != 0);  // no more stages than these can have
    out_.first_stage = first_stage_ = first_early_;
    mark_early();
  }

 protected:
  constexpr placement& at(int id) { return out_.placements[static_cast<std::size_t>(id)]; }
  constexpr fused_kernel& kernel(int k) { return out_.kernels[static_cast<std::size_t>(k)]; }
  constexpr bool in_loop(int id) const { return g_.is(id, op_kind::elementwise) || g_.is(id, op_kind::reduction); }

  /// The first stage in which a kernel can read the node's storage, and may.
  constexpr int available(int id) {
    int stage = 0;
    for (; g_.is(id, op_kind::view); id = g_.operand_of(id, 0))
      for (int i = g_[id].operand_count; i-- > 1;) stage = std::max(stage, available(g_.operand_of(id, i)));
    const int k = at(id).kernel;
    return k < 0 ? stage : std::max(stage, kernel(k).stage + 1);
  }
  /// Whether what is read through these views is read from memory only, since a barrier stands among them.
  constexpr bool is_held(int id) const {
    for (; g_.is(id, op_kind::view); id = g_.operand_of(id, 0))
      if (g_[id].op == id_of<barrier_op>()) return true;
    return false;
  }

  /// Numbers that come from leaves alone and that tensors need have a stage before all others: a loop does not have to
  /// begin anew because one of them stands among its operands.
  constexpr void mark_early() {
    const auto is_number = [&](int id) { return g_.is(id, op_kind::elementwise) && g_.shape_of(id).rank == 0; };
    sequence<char> needed(static_cast<std::size_t>(g_.size()), 0);
    early_.resize(needed.size(), 0);
    for (int id = g_.size(); id-- > 0;)
      if (!is_number(id) || needed[static_cast<std::size_t>(id)] != 0)
        for (int o : g_.operands_of(id))
          if (is_number(root_of(g_, o)) && g_.shape_of(id).rank + is_number(id) > 0) needed[static_cast<std::size_t>(root_of(g_, o))] = 1;
    for (int id = 0; id < g_.size(); ++id) {
      bool free = needed[static_cast<std::size_t>(id)] != 0;
      for (int o : g_.operands_of(id)) {
        const int root = root_of(g_, o);
        free = free && (g_.is(root, op_kind::leaf) || g_.is(root, op_kind::constant) || is_once(root) || is_early(root));
      }
      if (free && !is_once(id)) early_[static_cast<std::size_t>(id)] = 1, first_stage_ = first_early_ + 1;
    }
  }
  constexpr bool is_early(int id) const { return early_[static_cast<std::size_t>(id)] != 0; }
  constexpr bool is_once(int id) const { return !once_.empty() && once_[static_cast<std::size_t>(id)] != 0; }
  constexpr int first_stage(int id) const { return is_once(id) ? 0 : is_early(id) ? first_early_ : first_stage_; }
  /// Whether a kernel may compute the node as far as it runs once or in every run.
  constexpr bool runs_as_often(int k, int id) { return is_once(id) == (kernel(k).stage < first_early_); }

  constexpr int width_of(int id) const {
    if (!by_width_) return 4;
    int width = 0;
    const auto meet = [&](dtype t) {
      if (t == dtype::boolean) return;
      const int w = is_narrow(t) ? -1 : static_cast<int>(size_of(t));
      width = width == 0 || width == w ? w : -1;
    };
    meet(g_[id].type);
    for (int o : g_.operands_of(id))
      if (!g_.is(root_of(g_, o), op_kind::constant)) meet(g_[o].type);
    return width;
  }
  static constexpr bool widths_agree(int a, int b) { return a == b || (a == 0 && b > 0) || (b == 0 && a > 0); }

  constexpr int open(kernel_kind kind, int stage, int domain, int width) {
    out_.kernels.push_back({.kind = kind, .stage = stage, .domain = domain, .width = width});
    return static_cast<int>(out_.kernels.size()) - 1;
  }

  constexpr int last_reader(int o) {
    int k = last_reader_[static_cast<std::size_t>(o)];
    while (k >= 0 && kernel(k).merged_into >= 0) k = kernel(k).merged_into;
    return k;
  }

  constexpr void join(int id, placement where, int width) {
    sequence<int> added;
    each_new_read(where.kernel, id, [&](int o) { added.push_back(o); });
    at(id) = where;
    auto& f = kernel(where.kernel);
    for (int o : added)
      if (!f.reads.contains(o)) f.reads.push_back(o);
    if (f.width == 0) f.width = width;
    f.nodes.push_back(id);
  }

  constexpr bool can_merge(int a, int b) {
    const auto &x = kernel(a), &y = kernel(b);
    const bool reductions_agree = x.row_shape < 0 || y.row_shape < 0 || x.reduced == y.reduced;
    return x.kind == kernel_kind::loop && y.kind == kernel_kind::loop && x.stage == y.stage && x.domain == y.domain && widths_agree(x.width, y.width) && reductions_agree &&
           x.nodes.size() + y.nodes.size() <= (over_few(g_, x) ? 2 * most_steps : most_steps / 2) && has_room_for(a, y);
  }
  constexpr bool has_room_for(int k, const fused_kernel& more) {
    const auto& f = kernel(k);
    return f.nodes.size() + more.nodes.size() <= std::min(steps_for(g_, f), steps_for(g_, more)) && f.reads.size() + more.reads.size() <= operands_for(g_, f);
  }
  constexpr int merge(int a, int b) {
    auto &into = kernel(a), &from = kernel(b);
    for (int id : from.nodes) at(id).kernel = a;
    sequence<int> both;
    std::size_t i = 0, j = 0;
    while (i < into.nodes.size() || j < from.nodes.size())
      both.push_back(j == from.nodes.size() || (i < into.nodes.size() && into.nodes[i] < from.nodes[j]) ? into.nodes[i++] : from.nodes[j++]);
    into.nodes = std::move(both);
    if (into.row_shape < 0) into.row_shape = from.row_shape, into.reduced = from.reduced;
    if (into.width == 0) into.width = from.width;
    for (int o : from.reads)
      if (!into.reads.contains(o)) into.reads.push_back(o);
    into.reads.remove_if([&](int o) { return at(root_of(g_, o)).kernel == a; });
    from.nodes.clear();
    from.merged_into = a;
    return a;
  }

  /// Calls visit with each operand that the node would make kernel k read beside what it reads already.
  template <class F> constexpr void each_new_read(int k, int id, F visit) {
    const auto& f = kernel(k);
    for (int o : g_.operands_of(id)) {
      // Constants of long kernels count too: a kernel's slots are numbered by a byte.
      if (at(root_of(g_, o)).kernel == k || (!over_few(g_, f) && g_.is(root_of(g_, o), op_kind::constant))) continue;
      if (!f.reads.contains(o)) visit(o);
    }
  }
  constexpr bool has_room(int k, int id) {
    const auto& f = kernel(k);
    if (f.nodes.size() >= (g_.is(id, op_kind::reduction) ? most_steps : steps_for(g_, f))) return false;
    std::size_t reads = f.reads.size();
    each_new_read(k, id, [&](int) { ++reads; });
    if (!over_few(g_, f) && f.nodes.size() >= most_steps_of_maps / 2 && f.nodes.size() + 1 + reads + numbers_of(f, id) > most_slots) return false;
    return reads <= operands_for(g_, f);
  }
  /// How many numbers of the program a kernel uses with this node.
  constexpr std::size_t numbers_of(const fused_kernel& f, int id) const {
    sequence<int> numbers;
    const auto collect = [&](int node) {
      for (int o : g_.operands_of(node))
        if (const int root = root_of(g_, o); g_.is(root, op_kind::constant) && !numbers.contains(root)) numbers.push_back(root);
    };
    for (int node : f.nodes) collect(node);
    collect(id);
    return numbers.size();
  }

  const Graph& g_;
  binding bound_;
  bool by_width_;  ///< loops have registers of elements of one size
  fusion out_;
  sequence<int> last_reader_;
  sequence<char> early_, once_;  ///< once_: empty where there is nothing of that kind
  int first_early_ = 0;             ///< the first stage of what is computed in every run
  int first_stage_ = 0;             ///< of what is not early
};

}  // namespace tapeless::detail
