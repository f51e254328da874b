#pragma once
#include <tapeless/ops/hyperbolic.hpp>
#include <tapeless/plan/plan.hpp>

#include <bit>

namespace tapeless::inline TAPELESS_ABI::device {

namespace detail {
// Only g++ has <cmath> in constant expressions. Within 1e-13 for arguments below 16.
constexpr double known_exp(double x) {
  constexpr int squares = 6, terms = 11;
  const double small = x / (1 << squares);
  double term = 1, sum = 1;
  for (int i = 1; i < terms; ++i) term *= small / i, sum += term;
  for (int i = 0; i < squares; ++i) sum *= sum;
  return sum;
}
constexpr double known_tanh(double x) { return 1 - 2 / (known_exp(2 * x) + 1); }
constexpr double known_tanh_slope(double x) {
  const double tail = known_exp(-2 * (x < 0 ? -x : x));
  return 4 * tail / ((1 + tail) * (1 + tail));
}
}  // namespace detail

/// The steps of a loop kernel, to be compared with formulas.
class loop_steps {
 public:
  constexpr loop_steps(const plan& p, const kernel& k) : p_(p), k_(k), first_(k.read_count + k.constant_count) {}

  constexpr int count() const { return k_.step_count; }
  constexpr int slots() const { return first_ + k_.step_count; }
  constexpr int last() const { return slots() - 1; }
  /// Steps of each element, not of each row.
  constexpr int count_of_elements() const {
    int n = 0;
    for (int slot = first_; slot < slots(); ++slot) n += !step(slot).row;
    return n;
  }
  template <class Op> constexpr bool is(int slot) const { return slot >= first_ && is_op<Op>(step(slot).op); }
  template <class Op> constexpr bool any_is() const {
    for (int slot = first_; slot < slots(); ++slot)
      if (is<Op>(slot)) return true;
    return false;
  }
  constexpr int operand(int slot, int i) const { return step(slot).operands[static_cast<std::size_t>(i)]; }
  /// Whether a slot is this constant, as a float.
  constexpr bool is_number(int slot, double value) const { return is_constant(slot) && static_cast<float>(constant(slot)) == static_cast<float>(value); }
  /// Whether a slot is Op of these two, in any order.
  template <class Op> constexpr bool is_of(int slot, int a, int b) const {
    return is<Op>(slot) && ((operand(slot, 0) == a && operand(slot, 1) == b) || (operand(slot, 0) == b && operand(slot, 1) == a));
  }
  /// The only step that is a reduction; -1: none is, or several are.
  constexpr int only_reduction() const {
    int found = -1, n = 0;
    for (int slot = first_; slot < slots(); ++slot)
      if (step(slot).op->kind == op_kind::reduction) found = slot, ++n;
    return n == 1 ? found : -1;
  }

  /// The values of all slots for one element, from those of the reads, which stand in front, or `unknown`.
  constexpr void evaluate(sequence<double>& values) const {
    for (int slot = k_.read_count; slot < slots(); ++slot) values[slot] = is_constant(slot) ? constant(slot) : value(slot, values);
  }

  /// Whether two loops of as many reads have the same constants and steps.
  constexpr bool operator==(const loop_steps& other) const {
    bool same = k_.read_count == other.k_.read_count && k_.constant_count == other.k_.constant_count && k_.step_count == other.k_.step_count;
    for (int i = 0; i < k_.constant_count && same; ++i) same = p_.constants[static_cast<std::size_t>(k_.first_constant + i)] == p_.constants[static_cast<std::size_t>(other.k_.first_constant + i)];
    for (int i = 0; i < k_.step_count && same; ++i) same = p_.steps[static_cast<std::size_t>(k_.first_step + i)] == p_.steps[static_cast<std::size_t>(other.k_.first_step + i)];
    return same;
  }
  static constexpr double unknown = 1e300;  // a NaN may not be computed with in constant expressions

 private:
  constexpr const loop_step& step(int slot) const { return p_.steps[static_cast<std::size_t>(k_.first_step + slot - first_)]; }
  constexpr bool is_constant(int slot) const { return slot >= k_.read_count && slot < first_; }
  constexpr double constant(int slot) const { return std::bit_cast<double>(p_.constants[static_cast<std::size_t>(k_.first_constant + slot - k_.read_count)].bits); }
  constexpr double value(int slot, const sequence<double>& values) const {
    const auto& s = step(slot);
    if (s.row || s.type != dtype::f32) return unknown;
    double x[4]{};
    for (int i = 0; i < s.arity; ++i) {
      x[i] = values[operand(slot, i)];
      if (x[i] > 1e100 || x[i] < -1e100) return unknown;
    }
    if (is<tanh_op>(slot)) return x[0] > 8 || x[0] < -8 ? unknown : detail::known_tanh(x[0]);
    if (is<tanh_slope_op>(slot)) return x[0] > 8 || x[0] < -8 ? unknown : detail::known_tanh_slope(x[0]);
    if (s.op->fold == nullptr || (is<divide_op>(slot) && x[1] > -1e-100 && x[1] < 1e-100)) return unknown;
    return s.op->fold(x);
  }
  const plan& p_;
  const kernel& k_;
  int first_;
};

}  // namespace tapeless::device
