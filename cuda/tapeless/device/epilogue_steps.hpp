#pragma once
#include <tapeless/cuda/product_request.hpp>
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/hyperbolic.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/relu.hpp>
#include <tapeless/ops/where.hpp>
#include <tapeless/plan/plan.hpp>

#include <bit>
#include <numbers>

namespace tapeless::inline TAPELESS_ABI::device {

/// The steps of a loop kernel, to be compared with formulas.
class loop_steps {
 public:
  constexpr loop_steps(const plan& p, const kernel& k) : p_(p), k_(k), first_(k.read_count + k.constant_count) {}

  constexpr int count() const { return k_.step_count; }
  constexpr int last() const { return first_ + k_.step_count - 1; }
  template <class Op> constexpr bool is(int slot) const { return slot >= first_ && is_op<Op>(step(slot).op); }
  constexpr int operand(int slot, int i) const { return step(slot).operands[static_cast<std::size_t>(i)]; }
  /// Whether a slot is this constant, as a float.
  constexpr bool is_number(int slot, double value) const {
    if (slot < k_.read_count || slot >= first_) return false;
    const auto& c = p_.constants[static_cast<std::size_t>(k_.first_constant + slot - k_.read_count)];
    return static_cast<float>(std::bit_cast<double>(c.bits)) == static_cast<float>(value);
  }
  /// Whether a slot is Op of these two, in any order.
  template <class Op> constexpr bool is_of(int slot, int a, int b) const {
    return is<Op>(slot) && ((operand(slot, 0) == a && operand(slot, 1) == b) || (operand(slot, 0) == b && operand(slot, 1) == a));
  }
  /// The other operand of Op, where one is this number; -1: it is not.
  template <class Op> constexpr int other_than(int slot, double number) const {
    if (!is<Op>(slot)) return -1;
    if (is_number(operand(slot, 1), number)) return operand(slot, 0);
    return is_number(operand(slot, 0), number) ? operand(slot, 1) : -1;
  }
  /// The other operand of Op, where one is this slot; -1: it is not.
  template <class Op> constexpr int other_operand(int slot, int known) const {
    if (!is<Op>(slot)) return -1;
    return operand(slot, 0) == known ? operand(slot, 1) : operand(slot, 1) == known ? operand(slot, 0) : -1;
  }

 private:
  constexpr const loop_step& step(int slot) const { return p_.steps[static_cast<std::size_t>(k_.first_step + slot - first_)]; }
  const plan& p_;
  const kernel& k_;
  int first_;
};

namespace detail {

/// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as gelu_tanh writes it and simplification leaves it. cuBLASLt has this
/// form; gelu, by erfc, it has not.
constexpr bool is_gelu(const loop_steps& s, int slot, int x) {
  if (!s.is<multiply_op>(slot)) return false;
  for (int side = 0; side < 2; ++side) {
    const int half = s.operand(slot, side), factor = s.operand(slot, 1 - side);
    if (s.other_than<multiply_op>(half, 0.5) != x) continue;
    const int tanh = s.other_than<add_op>(factor, 1);
    if (tanh < 0 || !s.is<tanh_op>(tanh)) continue;
    const int inner = s.other_than<multiply_op>(s.operand(tanh, 0), std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
    if (inner < 0) continue;
    const int added = s.other_operand<add_op>(inner, x);
    const int cube = added < 0 ? -1 : s.other_than<multiply_op>(added, 0.044715);
    const int square = cube < 0 ? -1 : s.other_operand<multiply_op>(cube, x);
    if (square >= 0 && s.is_of<multiply_op>(square, x, x)) return true;
  }
  return false;
}

/// What a loop computes from the slots of a product and a bias (-1: it has none), as an epilogue.
constexpr epilogue forward_form(const loop_steps& s, int product, int bias, int result) {
  constexpr int gelu_steps = 9;
  int x = product, steps = s.count();
  if (bias >= 0) {
    x = s.last() - s.count() + 1;
    if (!s.is_of<add_op>(x, product, bias)) return epilogue::none;
    --steps;
  }
  if (steps == 0) return bias >= 0 && result == x ? epilogue::bias : epilogue::none;
  if (result != s.last()) return epilogue::none;
  if (steps == 1 && s.is<relu_op>(result) && s.operand(result, 0) == x) return bias >= 0 ? epilogue::relu_bias : epilogue::relu;
  if (steps == gelu_steps && is_gelu(s, result, x)) return bias >= 0 ? epilogue::gelu_bias : epilogue::gelu;
  return epilogue::none;
}

/// Whether a loop takes the product where y is above 0, else 0, and adds that up (sums -1: it does not).
constexpr bool is_masked(const loop_steps& s, int product, int y, int result, int sums) {
  if (s.count() != (sums >= 0 ? 3 : 2) || !s.is<where_op>(result) || s.operand(result, 1) != product || !s.is_number(s.operand(result, 2), 0)) return false;
  const int condition = s.operand(result, 0);
  if (!s.is<greater_op>(condition) || s.operand(condition, 0) != y || !s.is_number(s.operand(condition, 1), 0)) return false;
  return sums < 0 || (s.is<sum_op>(sums) && s.operand(sums, 0) == result);
}

}  // namespace detail

}  // namespace tapeless::device
