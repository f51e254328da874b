#pragma once
#include <tapeless/expr/variable.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The base of what is fetched for its effect: assignments, groups, optimizer steps.
struct action_base {};
template <class A>
concept action = std::derived_from<A, action_base>;

/// When fetched, the variable takes the value at the end of the run; all values are computed from the state before it.
template <expression Variable, expression Value> struct assignment_of : action_base {
  static constexpr bool sound = Variable::sound && Value::sound;
  static constexpr text check() {
    text m;
    if (!sound) return m;
    const bool same_type = Variable::type == Value::type || Value::weak;
    if (!variable_expression<Variable>) {
      m << "assign: only variables are assigned to: ", Variable::describe(m, 1);
      detail::print_operand(m, {Variable::type, Variable::shape});
    } else if (!(Variable::shape == Value::shape) || !same_type) {
      m << "assign: the value does not fit the variable: ", Variable::describe(m, 1);
      detail::print_operand(m, {Variable::type, Variable::shape});
      m << " takes ", Value::describe(m, 1), detail::print_operand(m, {Value::type, Value::shape});
    }
    return m;
  }
  static constexpr void trace(builder& b) { add_assignment(b, Variable::trace(b), Value::trace(b)); }
};
template <expression Variable, expression Value> constexpr auto assign(Variable, Value) {
  using result = assignment_of<Variable, Value>;
  verify<&result::check>();
  return result{};
}

/// When fetched, the value is added to the variable, such as a gradient to those of the batches before: `accumulate(total,
/// derivative(loss, w))`. `assign` overwrites.
template <expression Variable, expression Value> constexpr auto accumulate(Variable v, Value x) { return assign(v, v + x); }

/// Several actions fetched as one.
template <action... A> struct action_group : action_base {
  static constexpr bool sound = (A::sound && ...);
  static constexpr void trace(builder& b) { (A::trace(b), ...); }
};
template <action... A> constexpr action_group<A...> group(A...) { return {}; }

}  // namespace tapeless
