#pragma once
#include <tapeless/graph/builder.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/plan/outline.hpp>
#include <tapeless/plan/place_parts.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise x, written to storage of its own.
struct copy_op : elementwise<1, element_domain::any> {
  static constexpr int cost = 1;
  static constexpr auto name = "copy";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { return x; }
  static constexpr gradients gradient(ref dy, ref, ref) { return inputs(dy); }
};

namespace detail {

/// Kernels other than loops read storage; a number that is only in the program has none.
constexpr bool reads_storage(op_kind k) { return k == op_kind::contraction || k == op_kind::assembly || k == op_kind::indexed || k == op_kind::windowed || k == op_kind::region; }

class legaliser {
 public:
  template <class Graph> constexpr explicit legaliser(const Graph& g) : bound_(representative_binding(g)) {
    sequence<int> renamed(static_cast<std::size_t>(g.size()), 0);
    for (const auto& l : g.leaves) renamed[static_cast<std::size_t>(l.node)] = out_.copy_leaf(g, l.node).id;
    for (int id = 0; id < g.size(); ++id) {
      if (g.is(id, op_kind::leaf)) continue;
      sequence<int> x;
      for (int o : g.operands_of(id)) x.push_back(renamed[static_cast<std::size_t>(o)]);
      const auto* op = g[id].op;
      if (const int sums = op == id_of<matmul_op>() ? sums_of_products(g.attributes_of(id), x, g.shape_of(id)) : -1; sums >= 0) {
        renamed[static_cast<std::size_t>(id)] = sums;
        continue;
      }
      for (int& o : x)
        if (reads_storage(op->kind) && out_.graph.is(root_of(out_.graph, o), op_kind::constant)) o = copy(o);
      if (op->kind == op_kind::contraction)
        for (int& o : x) o = with_unit_stride(o);
      if (op == id_of<region_op>())
        for (std::size_t i = 0; i < x.size(); ++i) {
          const bool sequence = static_cast<int>(i) >= g.attributes_of(id).b && static_cast<int>(i) < g.attributes_of(id).c;
          x[i] = contiguous(x[i], sequence ? 1 : 0);
        }
      int made = out_.copy(g, id, {x.data(), x.size()});
      if (op->kind == op_kind::view && !layout_of(out_.graph, made, bound_).ok) {
        x[0] = copy(x[0]);
        made = out_.copy(g, id, {x.data(), x.size()});
      }
      renamed[static_cast<std::size_t>(id)] = made;
    }
    for (int o : g.outputs) out_.graph.outputs.push_back(own_storage(renamed[static_cast<std::size_t>(o)]));
    for (const auto& a : g.assignments)
      out_.graph.assignments.push_back({renamed[static_cast<std::size_t>(a.variable)], own_storage(renamed[static_cast<std::size_t>(a.value)])});
    place_parts(out_.graph);
  }
  constexpr graph result() && { return std::move(out_.graph); }

 private:
  constexpr int copy(int id) {
    const int x[]{id};
    return out_.intern(id_of<copy_op>(), {}, x, out_.graph[id].type, out_.graph.shape_of(id));
  }
  /// What is fetched or assigned is computed, not a view of something else and not a leaf.
  constexpr int own_storage(int id) {
    const auto k = out_.graph[id].op->kind;
    return k == op_kind::leaf || k == op_kind::constant || k == op_kind::view ? copy(id) : id;
  }
  /// The matrix kernels want one of the last two axes contiguous.
  constexpr int with_unit_stride(int id) {
    const auto l = layout_of(out_.graph, id, bound_);
    const auto last = static_cast<std::size_t>(l.rank - 1);
    const bool fits = l.strides[last] == 1 || l.strides[last - 1] == 1 || l.extents[last] == 1 || l.extents[last - 1] == 1;
    return fits ? id : copy(id);
  }

  /// A vector times a matrix of few long rows, as sums of products that loops can fuse with what is made of them; and where that
  /// is multiplied with the same matrix again, so is the second product: both then read the matrix at once. -1: as it is.
  constexpr int sums_of_products(const attributes& with, const sequence<int>& x, const shape& result) {
    for (int side = 0; side < 2; ++side) {
      const int matrix = x[static_cast<std::size_t>(1 - side)], vector = x[static_cast<std::size_t>(side)];
      const shape s = out_.graph.shape_of(matrix);
      if (!is_low_matrix(s) || result.rank != 2 || !result[side].is_one() || !is_floating(out_.graph[matrix].type)) continue;
      if (out_.graph.is(root_of(out_.graph, matrix), op_kind::constant) || out_.graph.is(root_of(out_.graph, vector), op_kind::constant)) continue;
      if (layout_of(out_.graph, matrix, bound_).strides[1] != 1) continue;
      const bool down = (side == 0 ? with.b : 1 - with.a) == 0;  // along the columns
      const bool known = low_matrices_.contains(matrix);
      if (!down && !known) continue;
      if (down && !known) low_matrices_.push_back(matrix);
      const auto type = out_.graph[matrix].type;
      const int both[]{matrix, reshaped(vector, down ? shape(s[0], dim(1)) : shape(dim(1), s[1]))};
      const int products[]{out_.intern(id_of<multiply_op>(), {}, both, type, s)};
      const int sum = out_.intern(id_of<sum_op>(), {.a = down ? 1 : 2, .b = 1}, products, type, down ? shape(dim(1), s[1]) : shape(s[0], dim(1)));
      return reshaped(sum, result);
    }
    return -1;
  }
  constexpr int reshaped(int x, const shape& s) {
    const int ids[]{x};
    return out_.graph.shape_of(x) == s ? x : out_.intern(id_of<reshape_op>(), {.target = s}, ids, out_.graph[x].type, s);
  }

  /// Bodies read what is given to them as it stands in memory: from axis `first` on without gaps.
  constexpr int contiguous(int id, int first) {
    const auto l = layout_of(out_.graph, id, bound_);
    std::int64_t stride = 1;
    for (int axis = l.rank - 1; axis >= first; --axis) {
      if (l.extents[static_cast<std::size_t>(axis)] != 1 && l.strides[static_cast<std::size_t>(axis)] != stride) return copy(id);
      stride *= l.extents[static_cast<std::size_t>(axis)];
    }
    return id;
  }

  builder out_;
  binding bound_;
  sequence<int> low_matrices_;  ///< multiplied along their columns
};

}  // namespace detail

/// Makes a graph that kernels can compute: inserts copies where a view cannot be expressed by strides, where a kernel needs
/// storage, and behind what is fetched or assigned.
/// Takes any graph in topological order; gives an equal graph in which every view has a layout.
template <class Graph> constexpr graph legalise(const Graph& g) { return detail::legaliser(g).result(); }

/// Bounds of the legal form of a graph: a copy for each operand, output and assignment at most, and no more leaves or names.
constexpr graph_sizes most_legal_sizes(const graph_sizes& g) {
  const auto copies = g[1] + g[6] + 2 * g[7], nodes = 2 * g[0] + copies;
  return {nodes, 2 * g[1] + copies + nodes, g[2] + g[0] + 1, g[3] + g[0] + 1, g[4], g[5], g[6], g[7]};
}

}  // namespace tapeless
