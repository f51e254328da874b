#pragma once
#include <tapeless/graph/marker.hpp>
#include <tapeless/transform/compact.hpp>
#include <tapeless/transform/simplify_elementwise.hpp>
#include <tapeless/transform/simplify_tensor.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

struct named_rule {
  const op_info* op;
  rewriter::rules apply;
};

/// The rules by op, found by hash.
class rule_table {
 public:
  template <std::size_t N> consteval explicit rule_table(const named_rule (&rules)[N]) {
    static_assert(2 * N <= size);
    for (const auto& rule : rules) {
      auto i = rule.op->hash % size;
      while (slots_[i].op != nullptr) i = (i + 1) % size;
      slots_[i] = rule;
    }
  }
  constexpr rewriter::rules find(const op_info* op) const {
    for (auto i = op->hash % size; slots_[i].op != nullptr; i = (i + 1) % size)
      if (slots_[i].op == op) return slots_[i].apply;
    return nullptr;
  }

 private:
  static constexpr std::size_t size = 128;
  std::array<named_rule, size> slots_{};
};

inline constexpr rule_table simplifications({
    {id_of<add_op>(), commutative<simplify_add>},
    {id_of<subtract_op>(), simplify_subtract},
    {id_of<negate_op>(), simplify_negate},
    {id_of<multiply_op>(), commutative<simplify_multiply>},
    {id_of<divide_op>(), simplify_divide},
    {id_of<pow_op>(), simplify_power},
    {id_of<less_op>(), simplify_comparison<less_op>},
    {id_of<less_equal_op>(), simplify_comparison<less_equal_op>},
    {id_of<greater_op>(), simplify_comparison<greater_op>},
    {id_of<greater_equal_op>(), simplify_comparison<greater_equal_op>},
    {id_of<equal_op>(), simplify_comparison<equal_op>},
    {id_of<not_equal_op>(), simplify_comparison<not_equal_op>},
    {id_of<where_op>(), simplify_where},
    {id_of<logical_not_op>(), simplify_not},
    {id_of<logical_and_op>(), commutative<simplify_logical<logical_and_op>>},
    {id_of<logical_or_op>(), commutative<simplify_logical<logical_or_op>>},
    {id_of<cast_op<float>>(), simplify_cast},
    {id_of<cast_op<double>>(), simplify_cast},
    {id_of<cast_op<std::int32_t>>(), simplify_cast},
    {id_of<cast_op<std::int64_t>>(), simplify_cast},
    {id_of<cast_op<bool>>(), simplify_cast},
    {id_of<cast_op<bfloat16>>(), simplify_cast},
    {id_of<cast_op<float16>>(), simplify_cast},
    {id_of<reshape_op>(), simplify_reshape},
    {id_of<broadcast_to_op>(), simplify_broadcast},
    {id_of<transpose_op>(), simplify_transpose},
    {id_of<stop_gradient_op>(), simplify_stop_gradient},
    {id_of<slice_op>(), simplify_slice},
    {id_of<pad_op>(), simplify_pad},
    {id_of<concat_op>(), simplify_concat},
    {id_of<matmul_op>(), simplify_matmul},
    {id_of<sum_op>(), simplify_sum},
});

/// What holds for all ops of a kind comes first.
constexpr int apply_rules(rewriter& r, const draft& n) {
  int known = -1;
  if (is_marker(n.op)) return n.x[0];
  if (n.op == id_of<transfer_op>()) return r.is_constant(n.x[0]) ? n.x[0] : -1;
  if (n.op == id_of<barrier_op>()) return n.x.count == 1 || r.is_constant(n.x[0]) ? n.x[0] : -1;
  if (n.op->kind == op_kind::elementwise) {
    known = fold_constants(r, n);
    if (known < 0) known = narrow_operands(r, n);
  } else if (n.op->kind == op_kind::view) {
    known = view_of_number(r, n);
  } else if (n.op->kind == op_kind::reduction) {
    known = reduction_of_nothing(r, n);
  }
  if (known >= 0) return known;
  const auto rule = simplifications.find(n.op);
  return rule == nullptr ? -1 : rule(r, n);
}

}  // namespace detail

/// Rewrites a graph into a smaller one that computes the same bits: constants fold, equal operations merge, what changes
/// nothing goes, broadcasts stand as late as they can, transposes become flags of matmul, and dead code is dropped. Only sums of
/// matrix products, and products with what repeats, round otherwise: they become products of sums. In derivatives, -0 + 0 may stay -0.
/// Takes any graph in topological order, vectors or frozen; outputs and assignments keep their order, leaves their names.
template <class Graph> constexpr graph simplify(const Graph& g) {
  detail::rewriter r(&detail::apply_rules);
  r.rebuild(g);
  return compact(r.graph());
}

}  // namespace tapeless
