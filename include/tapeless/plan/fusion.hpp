#pragma once
#include <tapeless/plan/fused_kernel.hpp>
#include <tapeless/plan/legalise.hpp>
#include <tapeless/plan/schedule.hpp>

#include <algorithm>
#include <vector>

namespace tapeless {

namespace detail {

/// Fusion by stages. Each node gets the earliest stage in which its operands are there. Inside a stage, elementwise nodes
/// and reductions over one domain that share an operand become one loop: a cycle through another kernel is impossible,
/// because passing through a kernel costs a stage. What needs the result of a reduction for each element of the reduced row,
/// such as softmax, stays in the loop too, as a further pass over the row while it is in the cache.
template <class Graph> class fuser {
 public:
  static constexpr std::size_t most_steps = 48, most_steps_of_scalars = 96, most_operands = 20, most_operands_of_scalars = 96;

  /// Elements of a row that is passed over again: they, and what is kept of them, stay in the first or second cache.
  static constexpr std::int64_t longest_row = 1 << 14;
  static constexpr int most_passes = 8;

  constexpr explicit fuser(const Graph& g) : g_(g), bound_(representative_binding(g)) {
    const auto n = static_cast<std::size_t>(g.size());
    out_.placements.resize(n);
    out_.stored.resize(n, false);
    last_reader_.resize(n, -1);
    for (int id = 0; id < g.size(); ++id) place(id);
    sink();
    mark_stored();
  }
  constexpr fusion result() && { return std::move(out_); }

 private:
  constexpr placement& at(int id) { return out_.placements[static_cast<std::size_t>(id)]; }
  constexpr fused_kernel& kernel(int k) { return out_.kernels[static_cast<std::size_t>(k)]; }
  constexpr bool in_loop(int id) const { return g_.is(id, op_kind::elementwise) || g_.is(id, op_kind::reduction); }

  /// The first stage in which a kernel can read the node's storage.
  constexpr int available(int id) {
    const int root = root_of(g_, id);
    const int k = at(root).kernel;
    return k < 0 ? 0 : kernel(k).stage + 1;
  }

  constexpr int width_of(int id) const {
    int width = 0;
    const auto meet = [&](dtype t) {
      if (t == dtype::boolean) return;
      const int w = static_cast<int>(size_of(t));
      width = width == 0 || width == w ? w : -1;
    };
    meet(g_[id].type);
    for (int o : g_.operands_of(id))
      if (!g_.is(root_of(g_, o), op_kind::constant)) meet(g_[o].type);
    return width;
  }
  static constexpr bool widths_agree(int a, int b) { return a == b || (a == 0 && b > 0) || (b == 0 && a > 0); }

  constexpr void place(int id) {
    switch (g_[id].op->kind) {
      case op_kind::leaf:
      case op_kind::constant:
      case op_kind::view: return;
      case op_kind::elementwise: place_elementwise(id); break;
      case op_kind::reduction: place_reduction(id); break;
      case op_kind::contraction: place_alone(id, kernel_kind::contraction); break;
      case op_kind::assembly: place_alone(id, kernel_kind::assembly); break;
      case op_kind::indexed: place_alone(id, kernel_kind::indexed); break;
      case op_kind::windowed: place_alone(id, kernel_kind::windowed); break;
    }
    for (int o : g_.operands_of(id)) last_reader_[static_cast<std::size_t>(o)] = at(id).kernel;
  }

  constexpr void place_alone(int id, kernel_kind kind) {
    int stage = 0;
    for (int o : g_.operands_of(id)) stage = std::max(stage, available(o));
    at(id).kernel = open(kind, stage, g_[id].shape, 0);
    kernel(at(id).kernel).nodes.push_back(id);
  }

  constexpr int open(kernel_kind kind, int stage, int domain, int width) {
    out_.kernels.push_back({.kind = kind, .stage = stage, .domain = domain, .width = width});
    return static_cast<int>(out_.kernels.size()) - 1;
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
    if (!widths_agree(kernel(p.kernel).width, width)) return {};
    if (o == root && g_[o].shape == shape) return {p.kernel, p.row, p.pass};
    if (p.row && g_[o].shape == shape && is_row_shape(shape, kernel(p.kernel)) && walks_as(o, root, true)) return {p.kernel, true, p.pass};
    if (p.row && kernel(p.kernel).domain == shape && p.pass + 1 < most_passes && spreads_over_rows(o, root)) return {p.kernel, false, p.pass + 1};
    return {};
  }
  /// Whether a view of a row's result gives each element of the row that result.
  constexpr bool spreads_over_rows(int o, int root) {
    const auto& f = kernel(at(root).kernel);
    const auto& domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    std::int64_t elements = 1;
    bool all = true;
    for (int axis = 0; axis < domain.rank; ++axis) {
      if ((f.reduced >> axis & 1) != 0) elements *= bound_(domain[axis]);
      else all = false;
    }
    if (elements > longest_row && (all || domain.is_static())) return false;
    return walks_as(o, root, false);
  }
  /// Whether a view of a row's result, taken for each row or each element, is that result.
  constexpr bool walks_as(int o, int root, bool row) {
    const auto& f = kernel(at(root).kernel);
    const auto& domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    return walk(g_, o, row, domain, f.reduced, bound_) == walk(g_, root, true, domain, f.reduced, bound_);
  }
  /// The domain with its reduced axes left out, or of extent 1.
  constexpr bool is_row_shape(int id, const fused_kernel& f) const {
    const auto &s = g_.shapes[static_cast<std::size_t>(id)], &domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    int from = 0;
    for (int axis = 0; axis < domain.rank; ++axis) {
      const bool reduced = (f.reduced >> axis & 1) != 0;
      if (reduced && s.rank != domain.rank) continue;
      if (from == s.rank || !(reduced ? s[from].is_one() : s[from] == domain[axis])) return false;
      ++from;
    }
    return from == s.rank;
  }
  constexpr void place_elementwise(int id) {
    const int shape = g_[id].shape, width = width_of(id);
    int stage = 0;
    for (int o : g_.operands_of(id)) {
      const int k = source_of(o, shape, width).kernel;
      stage = std::max(stage, k >= 0 ? kernel(k).stage : available(o));
    }
    int target = -1, pass = 0;
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
    }
    if (target < 0) target = open(kernel_kind::loop, stage, shape, width);
    join(target, id, row, pass, width);
  }

  constexpr void place_reduction(int id) {
    const int o = g_.operand_of(id, 0), domain = g_[o].shape, width = width_of(id);
    const auto mask = g_.attributes_of(id).a;
    int stage = available(o), target = -1, pass = 0;
    if (in_loop(o) && !at(o).row && g_.is(o, op_kind::elementwise)) {
      const int k = at(o).kernel;
      if (reduction_fits(k, id, mask, width)) target = k, pass = at(o).pass;
    }
    if (target < 0) {
      const int k = last_reader(o);
      if (k >= 0 && joinable(k, stage, domain, width) && reduction_fits(k, id, mask, width)) target = k;
    }
    if (target < 0) target = open(kernel_kind::loop, stage, domain, width);
    kernel(target).row_shape = g_[id].shape;
    kernel(target).reduced = mask;
    join(target, id, true, pass, width);
  }

  constexpr bool joinable(int k, int stage, int domain, int width) {
    const auto& f = kernel(k);
    return f.kind == kernel_kind::loop && f.stage == stage && f.domain == domain && widths_agree(f.width, width);
  }
  constexpr bool reduction_fits(int k, int id, std::int64_t mask, int width) {
    const auto& f = kernel(k);
    return widths_agree(f.width, width) && has_room(k, id) && (f.row_shape < 0 || f.reduced == mask);
  }

  constexpr void join(int k, int id, bool row, int pass, int width) {
    std::vector<int> added;
    each_new_read(k, id, [&](int o) { added.push_back(o); });
    at(id) = {k, row, pass};
    auto& f = kernel(k);
    for (int o : added)
      if (std::find(f.reads.begin(), f.reads.end(), o) == f.reads.end()) f.reads.push_back(o);
    if (f.width == 0) f.width = width;
    f.nodes.push_back(id);
  }

  constexpr int last_reader(int o) {
    int k = last_reader_[static_cast<std::size_t>(o)];
    while (k >= 0 && kernel(k).merged_into >= 0) k = kernel(k).merged_into;
    return k;
  }

  constexpr bool can_merge(int a, int b) {
    const auto &x = kernel(a), &y = kernel(b);
    const bool reductions_agree = x.row_shape < 0 || y.row_shape < 0 || x.reduced == y.reduced;
    return x.kind == kernel_kind::loop && y.kind == kernel_kind::loop && x.stage == y.stage && x.domain == y.domain && widths_agree(x.width, y.width) && reductions_agree &&
           x.nodes.size() + y.nodes.size() <= most_steps / 2 && x.reads.size() + y.reads.size() <= (over_scalars(x) ? most_operands_of_scalars : most_operands);
  }
  constexpr int merge(int a, int b) {
    auto &into = kernel(a), &from = kernel(b);
    for (int id : from.nodes) at(id).kernel = a;
    std::vector<int> both;
    std::size_t i = 0, j = 0;
    while (i < into.nodes.size() || j < from.nodes.size())
      both.push_back(j == from.nodes.size() || (i < into.nodes.size() && into.nodes[i] < from.nodes[j]) ? into.nodes[i++] : from.nodes[j++]);
    into.nodes = std::move(both);
    if (into.row_shape < 0) into.row_shape = from.row_shape, into.reduced = from.reduced;
    if (into.width == 0) into.width = from.width;
    for (int o : from.reads)
      if (std::find(into.reads.begin(), into.reads.end(), o) == into.reads.end()) into.reads.push_back(o);
    std::erase_if(into.reads, [&](int o) { return at(root_of(g_, o)).kernel == a; });
    from.nodes.clear();
    from.merged_into = a;
    return a;
  }

  constexpr bool over_scalars(const fused_kernel& f) const { return g_.shapes[static_cast<std::size_t>(f.domain)].rank == 0; }

  /// Calls visit with each operand that the node would make kernel k read beside what it reads already.
  template <class F> constexpr void each_new_read(int k, int id, F visit) {
    const auto& f = kernel(k);
    for (int o : g_.operands_of(id)) {
      // Numbers of loops over scalars count too: a kernel's slots are numbered by a byte.
      if (at(root_of(g_, o)).kernel == k || (!over_scalars(f) && g_.is(root_of(g_, o), op_kind::constant))) continue;
      if (std::find(f.reads.begin(), f.reads.end(), o) == f.reads.end()) visit(o);
    }
  }
  constexpr bool has_room(int k, int id) {
    const auto& f = kernel(k);
    const bool scalars = over_scalars(f);
    if (f.nodes.size() >= (scalars ? most_steps_of_scalars : most_steps)) return false;
    std::size_t reads = f.reads.size();
    each_new_read(k, id, [&](int) { ++reads; });
    return reads <= (scalars ? most_operands_of_scalars : most_operands);
  }

  /// Moves a node with one operand to the only kernel that uses it, if that is a later loop over the same shape: computing
  /// it there saves writing and reading it.
  constexpr void sink() {
    std::vector<int> user(static_cast<std::size_t>(g_.size()), -1);  // -1: none yet, -2: several or not a loop
    const auto use = [&](int o, int k) {
      auto& u = user[static_cast<std::size_t>(o)];
      u = u == -1 || u == k ? k : -2;
    };
    for (int o : g_.outputs) use(o, -2);
    for (const auto& a : g_.assignments) use(a.value, -2);
    for (int id = g_.size() - 1; id >= 0; --id) {
      const int k = at(id).kernel, u = user[static_cast<std::size_t>(id)];
      if (k >= 0 && u >= 0 && u != k && !at(id).row && g_.is(id, op_kind::elementwise) && storage_operands(id) <= 1) {
        auto& to = kernel(u);
        if (to.kind == kernel_kind::loop && to.domain == g_[id].shape && widths_agree(to.width, width_of(id)) && has_room(u, id) && !used_by_row(id, u)) move(id, u);
      }
      for (int o : g_.operands_of(id)) use(o, at(id).kernel < 0 ? -2 : at(id).kernel);
    }
  }
  constexpr int storage_operands(int id) const {
    int n = 0;
    for (int o : g_.operands_of(id)) n += !g_.is(root_of(g_, o), op_kind::constant);
    return n;
  }
  constexpr bool used_by_row(int id, int k) {
    for (int user : kernel(k).nodes)
      if (at(user).row && g_.is(user, op_kind::elementwise))
        for (int o : g_.operands_of(user))
          if (o == id) return true;
    return false;
  }
  constexpr void move(int id, int k) {
    std::erase(kernel(at(id).kernel).nodes, id);
    std::vector<int> added;
    each_new_read(k, id, [&](int o) { added.push_back(o); });
    auto& reads = kernel(k).reads;
    std::erase(reads, id);
    for (int o : added)
      if (std::find(reads.begin(), reads.end(), o) == reads.end()) reads.push_back(o);
    auto& nodes = kernel(k).nodes;
    std::size_t i = 0;
    while (i < nodes.size() && nodes[i] < id) ++i;
    nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(i), id);
    at(id) = {k, false, 0};
    if (kernel(k).width == 0) kernel(k).width = width_of(id);
  }

  constexpr void mark_stored() {
    const auto store = [&](int id) { out_.stored[static_cast<std::size_t>(root_of(g_, id))] = true; };
    for (int o : g_.outputs) store(o);
    for (const auto& a : g_.assignments) store(a.value);
    for (int id = 0; id < g_.size(); ++id) {
      const auto kind = g_[id].op->kind;
      if (kind == op_kind::leaf || kind == op_kind::constant || kind == op_kind::view) continue;
      if (!in_loop(id)) store(id);
      for (int o : g_.operands_of(id))
        if (at(root_of(g_, o)).kernel != at(id).kernel) store(o);
    }
  }

  const Graph& g_;
  binding bound_;
  fusion out_;
  std::vector<int> last_reader_;
};

}  // namespace detail

/// Groups the nodes of a legal graph into kernels, in an order in which they can run.
template <class Graph> constexpr fusion fuse(const Graph& g) {
  fusion f = detail::fuser<Graph>(g).result();
  detail::scheduler<Graph>(g, f).run();
  return f;
}

}  // namespace tapeless
