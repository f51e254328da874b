#pragma once
#include <tapeless/plan/groups.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::detail {

/// What the rows of a kernel are: which tensors go along with them, and what is worth a further pass over them.
template <class Graph> class row_groups : public kernel_groups<Graph> {
 public:
  /// Elements of a row that is passed over again: they, and what is kept of them, stay in the first or second cache.
  static constexpr std::int64_t longest_row = 1 << 14;
  static constexpr int most_passes = 8;

  /// Bytes of a tensor that is worth not reading again: fewer stay in the second cache between two kernels.
  static constexpr std::int64_t least_crossed = 2 << 20;

  /// Whether a row can be passed over again. What is dynamic is taken to be.
  static constexpr bool row_fits(const Graph& g, const fused_kernel& f, const binding& b) {
    const auto& domain = g.shapes[static_cast<std::size_t>(f.domain)];
    std::int64_t elements = 1;
    bool all = true;
    for (int axis = 0; axis < domain.rank; ++axis) {
      if ((f.reduced >> axis & 1) != 0) elements *= b(domain[axis]);
      else all = false;
    }
    return elements <= longest_row || !(all || domain.is_static());
  }

  using kernel_groups<Graph>::kernel_groups;

 protected:
  using groups = kernel_groups<Graph>;
  using groups::at, groups::bound_, groups::g_, groups::kernel;

  /// Whether a view of a row's result gives each element of the row that result.
  constexpr bool spreads_over_rows(int o, int root) { return row_fits(g_, kernel(at(root).kernel), bound_) && walks_as(o, root, false); }
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
  /// Whether a reduction goes over the axes that the kernel's rows leave, and the rows are walked one after the other: their
  /// elements add to a row of sums that stays in the cache. Or the rows are the columns of a low matrix.
  constexpr bool crosses_rows(int k, std::int64_t mask) {
    const auto& f = kernel(k);
    if (f.row_shape < 0 || !row_fits(g_, f, bound_)) return false;
    const auto& domain = g_.shapes[static_cast<std::size_t>(f.domain)];
    if (f.reduced == 1 && mask == 2 && is_low_matrix(domain)) return true;
    if (domain.is_static() && bound_.count(domain) * std::max(f.width, 1) < least_crossed) return false;
    bool inner_reduced = false, crosses = false;
    for (int axis = 0; axis < domain.rank; ++axis) {
      if (bound_(domain[axis]) == 1) continue;
      inner_reduced = (f.reduced >> axis & 1) != 0;
      if (inner_reduced == ((mask >> axis & 1) != 0)) return false;
      crosses = crosses || !inner_reduced;
    }
    return inner_reduced && crosses;
  }
  /// Whether a node is computed for each column of a low matrix, so that its sum can be taken along.
  constexpr bool is_result_of_columns(int id) {
    if (!g_.is(id, op_kind::elementwise) || !at(id).row || at(id).pass < 0) return false;
    const auto& f = kernel(at(id).kernel);
    return f.row_shape >= 0 && f.reduced == 1 && is_low_matrix(g_.shapes[static_cast<std::size_t>(f.domain)]);
  }
};

}  // namespace tapeless::detail
