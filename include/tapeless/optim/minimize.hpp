#pragma once
#include <tapeless/expr/assign.hpp>
#include <tapeless/expr/constant.hpp>
#include <tapeless/expr/derivative.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/transform/gradient.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// What an optimizer sees of one variable: its value, its gradient, and the means to keep more beside it.
struct parameter {
  ref value;
  ref gradient;
  ref first;  ///< the first variable of this minimization, beside which stands what all of them share

  /// A variable of the same shape that the optimizer keeps: slot("momentum") of "w" is "w/momentum".
  constexpr ref slot(std::string_view name, initializer start = zeros) const { return beside(value, name, value.type(), value.shape(), start); }
  /// A double that the variables of one minimization share.
  constexpr ref shared(std::string_view name, initializer start = zeros) const { return beside(first, name, dtype::f64, {}, start); }
  /// A scalar expression, such as a rate, in the dtype of the variable or another; constants take that of what they meet.
  template <expression Scalar> constexpr ref number() const { return number<Scalar>(value.type()); }
  template <expression Scalar> constexpr ref number(dtype type) const {
    const ref x = Scalar::trace(*value.owner);
    return Scalar::weak ? x : cast_to(x, type);
  }

  static constexpr void assign(ref variable, ref new_value) { add_assignment(*variable.owner, variable, new_value); }

 private:
  static constexpr ref beside(ref variable, std::string_view name, dtype type, const shape& s, initializer start) {
    builder& b = *variable.owner;
    text full(b.graph.name_of(b.graph.leaf_of(variable.id)));
    full << "/" << name;
    return add_leaf(b, {leaf_kind::variable, full.view(), type, s, start, false});
  }
};

/// The action that lowers a loss. `Rule::step(parameter)` says how one variable is changed.
///   variables  those given, else every trainable one that the loss depends on
///   errors     the loss is not a floating scalar, or depends on no trainable variable, or not on one that is given, unless Unused
///              allows for that: then its gradient is zero
template <class Rule, class Unused, expression Loss, variable_expression... Variables> struct minimization : action_base {
  static constexpr bool sound = Loss::sound;
  static constexpr text check() {
    text m;
    if (!sound) return m;
    if (Loss::shape.rank == 0 && is_floating(Loss::type)) return m;
    Loss::describe(m << "minimize: the loss must be a floating scalar: ", 1), detail::print_operand(m, {Loss::type, Loss::shape});
    return m << ": reduce it, for example with tl::sum or tl::mean";
  }

  static constexpr void trace(builder& b) {
    const ref loss = Loss::trace(b);
    if (!b.mistake.empty()) return;
    const sequence<ref> w = variables(b, loss);
    for (const ref v : w) {
      const ref g = add_derivative(b, loss, v, std::same_as<Unused, zero_if_unused_t>);
      if (!b.mistake.empty()) return;
      Rule::step(parameter{v, g, w[0]});
    }
  }

 private:
  static constexpr sequence<ref> variables(builder& b, ref loss) {
    sequence<ref> found;
    if constexpr (sizeof...(Variables) > 0) {
      (found.push_back(Variables::trace(b)), ...);
      return found;
    }
    const auto adjoints = adjoints_of(b, loss);
    for (const auto& l : b.graph.leaves) {
      const auto id = static_cast<std::size_t>(l.node);
      if (l.kind == leaf_kind::variable && l.trainable && id < adjoints.size() && adjoints[id] >= 0) found.push_back(b.at(l.node));
    }
    text m;
    if (found.empty()) b.describe(m << "minimize: the loss depends on no trainable variable: ", loss.id, 2), b.report(m);
    return found;
  }
};

/// The base of optimizers; an optimizer is a type `Rule` with `static constexpr void step(const parameter&)`.
template <class Rule> struct optimizer {
  /// An action that, when fetched, takes one step against the gradient: `minimize(loss)`, or `minimize(loss, w1, w2)`
  /// to change these variables only.
  template <expression Loss, variable_expression... Variables> constexpr auto minimize(Loss, Variables...) const {
    using result = minimization<Rule, error_if_unused_t, Loss, Variables...>;
    verify<&result::check>();
    return result{};
  }
  template <expression Loss, variable_expression... Variables> constexpr auto minimize(Loss, zero_if_unused_t, Variables...) const {
    using result = minimization<Rule, zero_if_unused_t, Loss, Variables...>;
    verify<&result::check>();
    return result{};
  }
};

/// A scalar of an optimizer: a constant, or fed, or computed, for schedules.
template <class E>
concept scalar_expression = expression<E> && (E::shape.rank == 0) && (is_floating(E::type));

}  // namespace tapeless
