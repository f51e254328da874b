#pragma once
#include <tapeless/graph/barrier.hpp>
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Rows of column numbers, one behind the other: the places of a matrix at which something other than 0 can stand.
struct sparsity {
  sequence<int> starts;   ///< of each row, and behind the last
  sequence<int> columns;  ///< rising in each row

  constexpr int rows() const { return static_cast<int>(starts.size()) - 1; }
};

namespace detail {

/// Which elements of x each element of the nodes above it is computed from, found element by element: so all extents are static.
/// Only what derivatives pass through counts. An op that is not known here mixes all elements.
class dependency_walk {
 public:
  constexpr dependency_walk(const builder& b, ref y, ref x) : g_(b.graph), maps_(static_cast<std::size_t>(y.id) + 1) {
    sequence<char> needed(static_cast<std::size_t>(y.id) + 1, 0);
    needed.back() = 1;
    for (int id = y.id; id > x.id; --id)
      if (needed[id] != 0)
        for (int o : g_.operands_of(id)) needed[o] = 1;
    if (x.id <= y.id) {
      auto& own = map(x.id);
      const int n = static_cast<int>(element_count(x.shape()));
      for (int i = 0; i < n; ++i) own.starts.push_back(i), own.columns.push_back(i);
      own.starts.push_back(n);
    }
    for (int id = x.id + 1; id <= y.id; ++id)
      if (needed[id] != 0) visit(id);
    result_ = std::move(map(y.id));
    if (result_.starts.empty()) result_.starts.resize(static_cast<std::size_t>(element_count(y.shape())) + 1, 0);
  }
  constexpr sparsity result() && { return std::move(result_); }

 private:
  using index = std::array<std::int64_t, max_rank>;
  constexpr sparsity& map(int id) { return maps_[id]; }
  constexpr bool depends(int id) const { return !maps_[id].starts.empty(); }

  static constexpr index position(std::int64_t flat, const shape& s) {
    index at{};
    for (int axis = s.rank - 1; axis >= 0; --axis) {
      const auto extent = s[axis].constant;
      at[static_cast<std::size_t>(axis)] = flat % extent;
      flat /= extent;
    }
    return at;
  }
  static constexpr std::int64_t flat(const index& at, const shape& s) {
    std::int64_t r = 0;
    for (int axis = 0; axis < s.rank; ++axis) r = r * s[axis].constant + at[static_cast<std::size_t>(axis)];
    return r;
  }
  /// The place in a tensor that is broadcast.
  static constexpr std::int64_t broadcast_place(const index& at, const shape& to, const shape& from) {
    index own{};
    for (int axis = 0; axis < from.rank; ++axis) own[static_cast<std::size_t>(axis)] = from[axis].is_one() ? 0 : at[static_cast<std::size_t>(axis + to.rank - from.rank)];
    return flat(own, from);
  }

  constexpr void collect(int node, std::int64_t element) {
    const auto& m = map(node);
    for (int i = m.starts[static_cast<std::size_t>(element)]; i < m.starts[static_cast<std::size_t>(element) + 1]; ++i) found_.push_back(m.columns[static_cast<std::size_t>(i)]);
  }
  /// Insertion, since what comes in is few and mostly in order.
  constexpr void finish_row(sparsity& into) {
    for (std::size_t i = 1; i < found_.size(); ++i)
      for (std::size_t k = i; k > 0 && found_[k - 1] > found_[k]; --k) std::swap(found_[k - 1], found_[k]);
    into.starts.push_back(static_cast<int>(into.columns.size()));
    for (std::size_t i = 0; i < found_.size(); ++i)
      if (i == 0 || found_[i] != found_[i - 1]) into.columns.push_back(found_[i]);
    found_.clear();
  }

  constexpr void visit(int id) {
    const auto* const op = g_[id].op;
    bool moves = false;
    for (int o : g_.operands_of(id)) moves = moves || depends(o);
    if (!moves || op->gradient == nullptr || !is_differentiable(g_[id].type)) return;
    const auto& s = g_.shape_of(id);
    const auto n = element_count(s);
    sparsity made;
    if (value_operands(op, 2) == 1) {
      map(id) = map(g_.operand_of(id, 0));
      return;
    }
    if (op->kind == op_kind::reduction) return reduce(id);
    if (!known(op)) return mix(id, n);
    for (std::int64_t e = 0; e < n; ++e) {
      const auto at = position(e, s);
      std::int64_t start = 0;
      for (int k = 0; k < g_[id].operand_count; ++k) {
        const int o = g_.operand_of(id, k);
        if (op == id_of<concat_op>()) {
          auto own = at;
          const auto axis = static_cast<std::size_t>(g_.attributes_of(id).a);
          const auto extent = g_.shape_of(o)[static_cast<int>(axis)].constant;
          own[axis] -= start;
          start += extent;
          if (depends(o) && own[axis] >= 0 && own[axis] < extent) collect(o, flat(own, g_.shape_of(o)));
        } else if (depends(o)) {
          collect_from(id, o, k, e, at);
        }
      }
      finish_row(made);
    }
    made.starts.push_back(static_cast<int>(made.columns.size()));
    map(id) = std::move(made);
  }
  static constexpr bool known(const op_info* op) {
    return op->kind == op_kind::elementwise || op == id_of<reshape_op>() || op == id_of<broadcast_to_op>() || op == id_of<transpose_op>() || op == id_of<slice_op>() || op == id_of<pad_op>() ||
           op == id_of<concat_op>() || op == id_of<matmul_op>();
  }
  constexpr void collect_from(int id, int o, int place, std::int64_t e, const index& at) {
    const auto* const op = g_[id].op;
    const auto a = g_.attributes_of(id);
    const auto &s = g_.shape_of(id), &from = g_.shape_of(o);
    auto own = at;
    const auto axis = static_cast<std::size_t>(a.a);
    if (op == id_of<reshape_op>()) return collect(o, e);
    if (op == id_of<transpose_op>()) {
      for (int i = 0; i < s.rank; ++i) own[static_cast<std::size_t>(transpose_op::old_axis(a, i))] = at[static_cast<std::size_t>(i)];
      return collect(o, flat(own, from));
    }
    if (op == id_of<slice_op>()) {
      own[axis] = a.b + a.c * at[axis];
      return collect(o, flat(own, from));
    }
    if (op == id_of<pad_op>()) {
      own[axis] -= a.b;
      const bool inside = own[axis] % a.c == 0 && own[axis] / a.c >= 0 && own[axis] / a.c < from[static_cast<int>(axis)].constant;
      own[axis] /= a.c;
      if (inside) collect(o, flat(own, from));
      return;
    }
    if (op != id_of<matmul_op>()) return collect(o, broadcast_place(at, s, from));
    // A row of the left operand, or a column of the right one.
    const bool turned = place == 0 ? a.a == 1 : a.b == 1;
    const int summed = (place == 0) != turned ? from.rank - 1 : from.rank - 2, other = 2 * from.rank - 3 - summed;
    const int kept = place == 0 ? s.rank - 2 : s.rank - 1;
    index in{};
    for (int i = 0; i < from.rank - 2; ++i) in[static_cast<std::size_t>(i)] = from[i].is_one() ? 0 : at[static_cast<std::size_t>(i + s.rank - from.rank)];
    in[static_cast<std::size_t>(other)] = at[static_cast<std::size_t>(kept)];
    for (std::int64_t k = 0; k < from[summed].constant; ++k) {
      in[static_cast<std::size_t>(summed)] = k;
      collect(o, flat(in, from));
    }
  }
  constexpr void reduce(int id) {
    const int o = g_.operand_of(id, 0);
    const auto& from = g_.shape_of(o);
    const auto mask = g_.attributes_of(id).a;
    const auto n = static_cast<std::size_t>(element_count(g_.shape_of(id)));
    sequence<sequence<int>> rows(n);
    for (std::int64_t e = 0; e < element_count(from); ++e) {
      const auto at = position(e, from);
      std::int64_t row = 0;
      for (int axis = 0; axis < from.rank; ++axis)
        if ((mask >> axis & 1) == 0) row = row * from[axis].constant + at[static_cast<std::size_t>(axis)];
      collect(o, e);
      rows[static_cast<std::size_t>(row)].append(found_);
      found_.clear();
    }
    sparsity made;
    for (auto& row : rows) found_ = row, finish_row(made);
    made.starts.push_back(static_cast<int>(made.columns.size()));
    map(id) = std::move(made);
  }
  constexpr void mix(int id, std::int64_t n) {
    sparsity all, made;
    for (int o : g_.operands_of(id)) {
      if (!depends(o)) continue;
      for (int c : map(o).columns) found_.push_back(c);
      finish_row(all);
    }
    for (std::int64_t e = 0; e < n; ++e) {
      for (int c : all.columns) found_.push_back(c);
      finish_row(made);
    }
    made.starts.push_back(static_cast<int>(made.columns.size()));
    map(id) = std::move(made);
  }

  const tapeless::graph& g_;
  sequence<sparsity> maps_;
  sequence<int> found_;
  sparsity result_;
};

}  // namespace detail

/// Where the Jacobian of y by x can be other than 0: rows are the elements of y, columns those of x. All extents are static.
constexpr sparsity sparsity_of(const builder& b, ref y, ref x) { return detail::dependency_walk(b, y, x).result(); }

/// Columns that no row has two of may be multiplied with together: a colour for each column, each the least that is free
/// (Curtis, Powell and Reid, "On the estimation of sparse Jacobian matrices", 1974).
constexpr sequence<int> colour_columns(const sparsity& s, int columns) {
  const auto n = static_cast<std::size_t>(columns);
  sequence<int> colours(n, 0), next(n + 1, 0), rows(s.columns.size()), taken_by(n + 1, -1);
  for (int c : s.columns) ++next[static_cast<std::size_t>(c) + 1];
  for (std::size_t c = 0; c < n; ++c) next[c + 1] += next[c];
  const auto first = next;
  for (int r = 0; r < s.rows(); ++r)
    for (int i = s.starts[r]; i < s.starts[static_cast<std::size_t>(r) + 1]; ++i) rows[next[static_cast<std::size_t>(s.columns[static_cast<std::size_t>(i)])]++] = r;
  for (int c = 0; c < columns; ++c) {
    for (int k = first[c]; k < first[static_cast<std::size_t>(c) + 1]; ++k) {
      const auto r = static_cast<std::size_t>(rows[k]);
      for (int i = s.starts[r]; i < s.starts[r + 1]; ++i)
        if (const int other = s.columns[i]; other < c) taken_by[colours[static_cast<std::size_t>(other)]] = c;
    }
    int colour = 0;
    while (taken_by[colour] == c) ++colour;
    colours[c] = colour;
  }
  return colours;
}

}  // namespace tapeless
