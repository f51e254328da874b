#pragma once
#include <tapeless/expr/derivative.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Defined in transform/.
constexpr ref add_vjp(builder& b, ref y, ref x, ref u);
constexpr ref add_jvp(builder& b, ref y, ref x, ref v);

namespace detail {

struct vjp_form {
  static constexpr auto name = "vjp";
  static constexpr auto vector = "the cotangent must have the shape and dtype of the differentiated expression";
};
struct jvp_form {
  static constexpr auto name = "jvp";
  static constexpr auto vector = "the tangent must have the shape and dtype of what is differentiated by";
};

}  // namespace detail

/// The Jacobian of Y by X times a vector, from the left (vjp_form) or from the right (jvp_form); see vjp() and jvp().
template <class Form, expression Y, expression X, expression V> struct jacobian_product : expression_base {
  static constexpr bool reverse = std::same_as<Form, detail::vjp_form>;
  using like = std::conditional_t<reverse, X, Y>;
  using along = std::conditional_t<reverse, Y, X>;

  static constexpr tapeless::shape shape = like::shape;
  static constexpr dtype type = like::type;
  static constexpr bool weak = false;
  static constexpr bool fits = V::shape == along::shape && (V::weak || V::type == along::type);
  static constexpr bool sound = Y::sound && X::sound && V::sound && is_floating(Y::type) && is_floating(X::type) && fits;
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_combine(hash_of(Form::name), Y::hash), X::hash), V::hash);

  static constexpr text check() {
    text m;
    if (!Y::sound || !X::sound || !V::sound || sound) return m;
    m << Form::name << ": ";
    if (!is_floating(Y::type)) {
      m << "only floating tensors are differentiated: ", Y::describe(m, 1), detail::print_operand(m, {Y::type, Y::shape});
    } else if (!is_floating(X::type)) {
      m << "derivatives are by floating tensors: ", X::describe(m, 1), detail::print_operand(m, {X::type, X::shape});
    } else {
      m << Form::vector << ": ", V::describe(m, 1), detail::print_operand(m, {V::type, V::shape});
      m << " beside ", along::describe(m, 1), detail::print_operand(m, {along::type, along::shape});
    }
    return m;
  }
  constexpr jacobian_product() { verify<&jacobian_product::check>(); }

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<jacobian_product>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<jacobian_product>); known.exists()) return known;
    const ref y = Y::trace(b), x = X::trace(b), v = V::trace(b);
    return remember_traced(b, hash, &detail::type_tag<jacobian_product>, reverse ? add_vjp(b, y, x, v) : add_jvp(b, y, x, v));
  }
  static constexpr void describe(text& out, int depth) {
    const int below = depth > 0 ? depth - 1 : 0;
    Y::describe(out << Form::name << "(", below);
    X::describe(out << ", ", below);
    V::describe(out << ", ", below), out << ")";
  }
};

/// u' J for the Jacobian J of y by x: reverse mode with a given cotangent u; y need not be a scalar.
///   shape, dtype  those of x; u has those of y
///   zero          where y does not depend on x
template <expression Y, expression X, expression U> constexpr auto vjp(Y, X, U) { return jacobian_product<detail::vjp_form, Y, X, U>(); }

/// J v for the Jacobian J of y by x: forward mode, how y changes when x moves along v.
///   shape, dtype  those of y; v has those of x
///   zero          where y does not depend on x
template <expression Y, expression X, expression V> constexpr auto jvp(Y, X, V) { return jacobian_product<detail::jvp_form, Y, X, V>(); }

/// The Hessian of a scalar by x times a vector: forward over reverse, so that no Hessian is formed.
///   shape, dtype  those of x, as v
template <expression Y, expression X, expression V> constexpr auto hvp(Y y, X x, V v) { return jvp(derivative(y, x), x, v); }

}  // namespace tapeless
