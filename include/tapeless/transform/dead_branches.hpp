#pragma once
#include <tapeless/ops/any_all.hpp>
#include <tapeless/ops/convolution.hpp>
#include <tapeless/ops/gather.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/pooling.hpp>
#include <tapeless/ops/prod.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// What a reverse sweep knows of the dead branches of `where`: masks, true where an adjoint may be other than 0.
///
/// Between elementwise ops a mask is handed on as it is. Where the sweep goes on below something else, such as a sum or a
/// product, the adjoint is 0 at dead places, and 0 times an infinite slope further down would be NaN; so a mask goes on as
/// well, true at what some live place was computed from. That is left out where all ops below have finite slopes; and masks end
/// at loops and at functions with rules of their own.
class dead_branches {
 public:
  constexpr explicit dead_branches(builder& b) : b_(b) {}

  /// Whether 0 could become NaN on the way from a node to a leaf.
  constexpr bool hazardous(int id) {
    for (int next = static_cast<int>(hazards_.size()); next <= id; ++next) {
      const auto* op = b_.graph[next].op;
      const bool by_number = (op == id_of<divide_op>() && is_number(operand(next, 1))) || (op == id_of<multiply_op>() && (is_number(operand(next, 0)) || is_number(operand(next, 1))));
      bool hazard = op->kind == op_kind::elementwise && !op->tame && op->gradient != nullptr && !by_number;
      for (int o : b_.graph.operands_of(next)) hazard = hazard || hazards_[o];
      hazards_.push_back(hazard);
    }
    return hazards_[id];
  }

  /// True where any of the places is that an element of the target was broadcast to.
  constexpr ref any_to(ref mask, const shape& target) {
    if (mask.shape() == target) return mask;
    const int lead = mask.shape().rank - target.rank;
    attributes over;
    for (int i = 0; i < mask.shape().rank; ++i)
      if (i < lead || (target[i - lead].is_one() && !mask.shape()[i].is_one())) over.a |= std::int64_t{1} << i;
    if (lead < 0 || over.a == 0) return broadcast_to(mask, target);
    const ref any = apply<any_op>(over, mask);
    return broadcast_to(reshape(any, sum_shape(mask.shape(), target)), target);
  }

  /// The mask of a sum of two adjoints; -1: alive everywhere.
  constexpr int unite(int p, int q) {
    if (p == q) return p;
    if (p < 0 || q < 0 || opposite(p, q)) return -1;
    if (is<logical_and_op>(p) && is<logical_and_op>(q))
      for (int i = 0; i < 2; ++i)
        for (int k = 0; k < 2; ++k)
          if (operand(p, i) == operand(q, k) && opposite(operand(p, 1 - i), operand(q, 1 - k))) return operand(p, i);
    return logical_or(b_.at(p), b_.at(q)).id;
  }

  /// The mask of operand i of an op that is not elementwise, from its own; -1: none is known.
  constexpr int below(int id, int mask, const sequence<ref>& x, std::size_t i) {
    const auto* op = b_.graph[id].op;
    const ref m = b_.at(mask), y = b_.at(id);
    if (op->kind == op_kind::reduction) return broadcast_to(reshape(m, detail::kept_shape(x[i].shape(), y.attributes())), x[i].shape()).id;
    if (op->kind == op_kind::contraction) return any_to(any_along(m, i == 0 ? 1 : 2), x[i].shape()).id;
    if (op == id_of<products_of_others_op>()) return broadcast_to(apply<any_op>({.a = std::int64_t{1} << y.attributes().a, .b = 1}, m), x[i].shape()).id;
    if (moves_elements(op)) return moved_back(op, m, y, x, i);
    if (op == id_of<gather_op>() || op == id_of<scatter_add_op>() || op->kind == op_kind::windowed) return counted_back(y, m, x, i);
    return -1;
  }

  /// Each gradient of a product adds up products with all of the other operand.
  static constexpr bool is_product(const op_info* op) {
    return op->kind == op_kind::contraction || op == id_of<conv2d_op>() || op == id_of<conv2d_by_images_op>() || op == id_of<conv2d_by_kernels_op>();
  }
  /// The operands of a product without what only dead places were computed from: it may be infinite.
  constexpr void leave_out_of_product(int id, int mask, sequence<ref>& x) {
    const sequence<ref> whole = x;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (hazardous(x[i].id)) x[i] = where(b_.at(below(id, mask, whole, i)), x[i], 0.0);
  }

 private:
  template <class Op> constexpr bool is(int id) const { return b_.graph[id].op == id_of<Op>(); }
  constexpr int operand(int id, int i) const { return b_.graph.operand_of(id, i); }
  /// Their rules move elements back, whatever those are.
  static constexpr bool moves_elements(const op_info* op) {
    return op == id_of<reshape_op>() || op == id_of<broadcast_to_op>() || op == id_of<transpose_op>() || op == id_of<slice_op>() || op == id_of<pad_op>() ||
           op == id_of<concat_op>();
  }
  constexpr int moved_back(const op_info* op, ref m, ref y, const sequence<ref>& x, std::size_t i) {
    sequence<ref> back(x.size());
    op->gradient(m, y, {x.data(), x.size()}, {back.data(), back.size()});
    return back[i].exists() ? any_to(back[i], x[i].shape()).id : -1;
  }
  /// Windows and rows by index: how many live places each element was seen by, as the gradient of their number says; by kernels
  /// of ones, and by all of a window rather than where its greatest element stands.
  constexpr int counted_back(ref y, ref m, const sequence<ref>& x, std::size_t i) {
    const auto* op = b_.graph[y.id].op;
    sequence<ref> alike = x, back(x.size());
    if (op->kind == op_kind::windowed)
      for (auto& o : alike) o = broadcast_to(b_.add_constant(1, o.type(), false), o.shape());
    if (op == id_of<max_pool_op>() || op == id_of<max_pool_take_op>()) op = id_of<average_pool_op>();
    if (op == id_of<max_pool_spread_op>()) op = id_of<average_pool_spread_op>();
    op->gradient(cast_to(m, y.type()), y, {alike.data(), alike.size()}, {back.data(), back.size()});
    return back[i].exists() ? (back[i] > 0.0).id : -1;
  }
  constexpr bool is_number(int id) const { return b_.graph.is(id, op_kind::constant); }
  constexpr bool opposite(int p, int q) const {
    return (is<logical_not_op>(p) && operand(p, 0) == q) || (is<logical_not_op>(q) && operand(q, 0) == p);
  }
  /// Any along the last axis but `from_end` - 1, kept with extent 1.
  static constexpr ref any_along(ref m, int from_end) { return apply<any_op>({.a = std::int64_t{1} << (m.shape().rank - from_end), .b = 1}, m); }
  /// The target, with extent 1 where it repeats what is summed over no axis.
  static constexpr shape sum_shape(const shape& from, const shape& target) {
    shape s = target;
    const int lead = from.rank - target.rank;
    for (int i = 0; i < target.rank; ++i)
      if (from[i + lead].is_one()) s[i] = dim(1);
    return s;
  }

  builder& b_;
  sequence<char> hazards_;
};

}  // namespace tapeless
