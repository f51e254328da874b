#pragma once
#include <tapeless/expr/named_leaf.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

/// Stands behind what is differentiated and says that what it does not depend on gets zeros; else that is an error:
/// `derivative(y, tl::zero_if_unused, x)`, `tl::grad(f, tl::zero_if_unused)`, `sgd(rate).minimize(loss, tl::zero_if_unused, w)`.
struct zero_if_unused_t {};
inline constexpr zero_if_unused_t zero_if_unused{};
struct error_if_unused_t {};

/// Adds the derivative of scalar `y` by `x` to the graph; defined in transform/. One reverse sweep per y serves every x.
constexpr ref add_derivative(builder& b, ref y, ref x, bool or_zero = false);

/// The derivative of the scalar expression Y by the expression X: an expression like any other.
///   shape, dtype  those of X
///   by name       `derivative(y, "hidden/weights"_leaf)`
///   errors        Y is not a floating scalar; X is not floating; Y does not depend on X: see zero_if_unused
template <expression Y, expression X, class Unused = error_if_unused_t> struct derivative : expression_base {
  static constexpr tapeless::shape shape = X::shape;
  static constexpr dtype type = X::type;
  static constexpr bool weak = false;
  static constexpr bool sound = Y::sound && X::sound && Y::shape.rank == 0 && is_floating(Y::type) && is_floating(X::type);
  static constexpr bool zero = std::same_as<Unused, zero_if_unused_t>;
  static constexpr std::uint64_t hash = hash_combine(hash_combine(hash_of(zero ? "derivative or zero" : "derivative"), Y::hash), X::hash);

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
  constexpr derivative(Y, zero_if_unused_t, X) : derivative() {}
  template <auto Name> constexpr derivative(Y, named_leaf<Name>) : derivative() { verify<&detail::leaf_lookup<Y, Name>::check>(); }
  template <auto Name> constexpr derivative(Y, zero_if_unused_t, named_leaf<Name>) : derivative() { verify<&detail::leaf_lookup<Y, Name>::check>(); }

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<derivative>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<derivative>); known.exists()) return known;
    const ref y = Y::trace(b);
    const auto device = std::exchange(b.device, 0);  // all that is computed from x, wherever
    const ref x = X::trace(b), dx = add_derivative(b, y, x, zero);
    b.device = device;
    return remember_traced(b, hash, &detail::type_tag<derivative>, b.transferred(dx, 0, device));
  }
  static constexpr void describe(text& out, int depth) {
    out << "derivative(";
    Y::describe(out, depth > 0 ? depth - 1 : 0);
    out << ", ";
    X::describe(out, depth > 0 ? depth - 1 : 0);
    out << ")";
  }
};

template <class Y, class X> derivative(Y, zero_if_unused_t, X) -> derivative<Y, X, zero_if_unused_t>;
template <class Y, auto Name> derivative(Y, named_leaf<Name>) -> derivative<Y, detail::leaf_of<Y, Name>>;
template <class Y, auto Name> derivative(Y, zero_if_unused_t, named_leaf<Name>) -> derivative<Y, detail::leaf_of<Y, Name>, zero_if_unused_t>;

/// The derivatives of y by each x, which may be names of leaves, as a tuple of expressions.
template <expression Y, class... X> constexpr auto gradient(Y y, X... x) { return std::tuple(derivative(y, x)...); }
template <expression Y, class... X> constexpr auto gradient(Y y, zero_if_unused_t zero, X... x) { return std::tuple(derivative(y, zero, x)...); }

}  // namespace tapeless
