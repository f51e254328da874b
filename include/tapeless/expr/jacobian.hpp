#pragma once
#include <tapeless/expr/jacobian_products.hpp>

#include <utility>

namespace tapeless::inline TAPELESS_ABI {

/// How a Jacobian is made: by columns, one for each element of x, by rows, one for each element of y, or whichever are fewer.
enum class sweep : std::uint8_t { by_size, forward, reverse };

/// Defined in transform/.
constexpr ref add_jacobian(builder& b, ref y, ref x, sweep how);
constexpr ref add_hessian(builder& b, ref y, ref by, ref then, bool mirrored);
constexpr ref add_hessian_diagonal(builder& b, ref y, ref x);

namespace detail {

/// The axes of a, then those of b.
constexpr shape joined(shape a, const shape& b) {
  for (int i = 0; i < b.rank && a.rank < max_rank; ++i) a.push(b[i]);
  return a;
}

template <sweep How> struct jacobian_form {
  static constexpr auto name = "jacobian";
  static constexpr bool of_scalar = false;
  static constexpr shape shape_of(const shape& y, const shape& x) { return joined(y, x); }
  static constexpr int rank_of(const shape& y, const shape& x) { return y.rank + x.rank; }
  static constexpr std::uint64_t variant = static_cast<std::uint64_t>(How);
  static constexpr ref add(builder& b, ref y, ref x) { return add_jacobian(b, y, x, How); }
};
struct hessian_diagonal_form {
  static constexpr auto name = "hessian_diagonal";
  static constexpr bool of_scalar = true;
  static constexpr shape shape_of(const shape&, const shape& x) { return x; }
  static constexpr int rank_of(const shape&, const shape& x) { return x.rank; }
  static constexpr std::uint64_t variant = 0;
  template <std::same_as<ref> R> static constexpr ref add(builder& b, R y, R x) { return add_hessian_diagonal(b, y, x); }
};
/// The block by A and then by the last operand; mirrored: its transpose, so that both are one computation.
template <bool Mirrored> struct hessian_form {
  static constexpr auto name = "hessian";
  static constexpr bool of_scalar = true;
  static constexpr shape shape_of(const shape& a, const shape& x) { return joined(a, x); }
  static constexpr int rank_of(const shape& a, const shape& x) { return a.rank + x.rank; }
  static constexpr std::uint64_t variant = Mirrored;
  static constexpr ref add(builder& b, ref y, ref first, ref second) { return Mirrored ? add_hessian(b, y, second, first, true) : add_hessian(b, y, first, second, false); }
};

}  // namespace detail

/// Derivatives of Y by X, or by A and by X, that are larger than either or less than all of it: see jacobian(), hessian() and
/// hessian_diagonal().
template <class Form, expression Y, expression... X> struct derivative_array : expression_base {
  static constexpr tapeless::shape shape = [] {
    if constexpr (sizeof...(X) == 1) return Form::shape_of(Y::shape, X::shape...);
    else return Form::shape_of(X::shape...);
  }();
  static constexpr int rank = [] {
    if constexpr (sizeof...(X) == 1) return Form::rank_of(Y::shape, X::shape...);
    else return Form::rank_of(X::shape...);
  }();
  static constexpr dtype type = Y::type;
  static constexpr bool weak = false;
  static constexpr bool scalar = !Form::of_scalar || Y::shape.rank == 0;
  static constexpr bool sound = Y::sound && (X::sound && ...) && is_floating(Y::type) && (is_floating(X::type) && ...) && scalar && rank <= max_rank;
  static constexpr std::uint64_t hash = [] {
    auto h = hash_combine(hash_combine(hash_of(Form::name), Form::variant), Y::hash);
    ((h = hash_combine(h, X::hash)), ...);
    return h;
  }();

  static constexpr text check() {
    text m;
    if (!Y::sound || !(X::sound && ...) || sound) return m;
    m << Form::name << ": ";
    if (!scalar) m << "the function must be a scalar: ";
    else if (!is_floating(Y::type)) m << "only floating tensors are differentiated: ";
    else if (rank > max_rank) m << "the result would have more than eight axes: ";
    else m << "derivatives are by floating tensors: ";
    Y::describe(m, 1), detail::print_operand(m, {Y::type, Y::shape});
    ((m << " by ", X::describe(m, 1), detail::print_operand(m, {X::type, X::shape})), ...);
    return m;
  }
  constexpr derivative_array() { verify<&derivative_array::check>(); }

  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<derivative_array>).exists(); }
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<derivative_array>); known.exists()) return known;
    const ref y = Y::trace(b);
    const std::array<ref, sizeof...(X)> x{X::trace(b)...};
    return remember_traced(b, hash, &detail::type_tag<derivative_array>, [&]<std::size_t... I>(std::index_sequence<I...>) {
      return Form::add(b, y, x[I]...);
    }(std::index_sequence_for<X...>{}));
  }
  static constexpr void describe(text& out, int depth) {
    const int below = depth > 0 ? depth - 1 : 0;
    Y::describe(out << Form::name << "(", below);
    ((X::describe(out << ", ", below)), ...);
    out << ")";
  }
};

/// The Jacobian of y by x.
///   shape   that of y, then that of x      dtype  that of y
///   made    of as many products at once as x or y has elements, whichever is fewer; `jacobian<tl::sweep::forward>` and
///           `::reverse` decide it
///   zero    where y does not depend on x
template <sweep How = sweep::by_size, expression Y, expression X> constexpr auto jacobian(Y, X) { return derivative_array<detail::jacobian_form<How>, Y, X>(); }

/// The Hessian of a scalar y by x, forward over reverse.
///   shape   that of x twice      dtype  that of y
template <expression Y, expression X> constexpr auto hessian(Y, X) { return derivative_array<detail::hessian_form<false>, Y, X, X>(); }

namespace detail {
template <class Y, class By, std::size_t I, std::size_t... J> constexpr auto hessian_row(std::index_sequence<J...>) {
  return std::tuple(derivative_array<hessian_form<(I > J)>, Y, std::tuple_element_t<I, By>, std::tuple_element_t<J, By>>()...);
}
template <class Y, class By, std::size_t... I> constexpr auto hessian_rows(std::index_sequence<I...> all) { return std::tuple(hessian_row<Y, By, I>(all)...); }
}  // namespace detail

/// The Hessian by several expressions: a tuple of rows of blocks; those below the diagonal are the others transposed.
template <expression Y, expression X1, expression X2, expression... More> constexpr auto hessian(Y, X1, X2, More...) {
  return detail::hessian_rows<Y, std::tuple<X1, X2, More...>>(std::make_index_sequence<2 + sizeof...(More)>{});
}

/// The diagonal of the Hessian of a scalar y by x: one product where the graph shows that the elements of x do not mix, else
/// as many as x has elements.
///   shape   that of x      dtype  that of y
template <expression Y, expression X> constexpr auto hessian_diagonal(Y, X) { return derivative_array<detail::hessian_diagonal_form, Y, X>(); }

}  // namespace tapeless
