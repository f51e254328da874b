#pragma once
#include <tapeless/expr/expression.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

/// Adds the derivative of scalar `y` by `x` to the graph; defined in transform/. One reverse sweep per y serves every x.
constexpr ref add_derivative(builder& b, ref y, ref x);

/// The derivative of the scalar expression Y by the expression X: an expression like any other.
///   shape, dtype  those of X
///   errors        Y is not a floating scalar; X is not floating; Y does not depend on X
template <expression Y, expression X> struct derivative : expression_base {
  static constexpr tapeless::shape shape = X::shape;
  static constexpr dtype type = X::type;
  static constexpr bool weak = false;
  static constexpr bool sound = Y::sound && X::sound && Y::shape.rank == 0 && is_floating(Y::type) && is_floating(X::type);
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of("derivative"), Y::hash), X::hash);

  static constexpr text check() {
    text m;
    if (!Y::sound || !X::sound) return m;
    if (Y::shape.rank != 0) {
      m << "derivative: the loss must be a scalar: ", Y::describe(m, 1), detail::print_operand(m, {Y::type, Y::shape});
      m << ": reduce it, for example with tl::sum or tl::mean";
    } else if (!is_floating(Y::type)) {
      m << "derivative: the loss must be floating: ", Y::describe(m, 1), detail::print_operand(m, {Y::type, Y::shape});
    } else if (!is_floating(X::type)) {
      m << "derivative: only floating tensors are differentiated: ", X::describe(m, 1), detail::print_operand(m, {X::type, X::shape});
    }
    return m;
  }
  constexpr derivative() { verify<&derivative::check>(); }
  constexpr derivative(Y, X) : derivative() {}

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<derivative>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<derivative>); known.exists()) return known;
    const ref y = Y::trace(b), x = X::trace(b);
    return remember_traced(b, hash, &detail::type_tag<derivative>, add_derivative(b, y, x));
  }
  static constexpr void describe(text& out, int depth) {
    out << "derivative(";
    Y::describe(out, depth > 0 ? depth - 1 : 0);
    out << ", ";
    X::describe(out, depth > 0 ? depth - 1 : 0);
    out << ")";
  }
};

/// The derivatives of y by each x, as a tuple of expressions.
template <expression Y, expression... X> constexpr auto gradient(Y y, X... x) { return std::tuple(derivative(y, x)...); }

}  // namespace tapeless
