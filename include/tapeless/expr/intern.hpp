#pragma once
#include <tapeless/graph/builder.hpp>

#include <algorithm>
#include <type_traits>

namespace tapeless {

/// The base of everything that is an expression.
struct expression_base {};

template <std::uint64_t Hash> struct interned_key {};

/// An expression under a short name: the hash of all that it says. Compilers write out the name of every type they use, and
/// compare names piece by piece, so a chain of a hundred layers would take minutes as one nested name.
template <std::uint64_t Hash> struct interned : expression_base {
  using expression = registered_as<interned_key<Hash>>;
  static constexpr tapeless::shape shape = expression::shape;
  static constexpr dtype type = expression::type;
  static constexpr bool weak = expression::weak;
  static constexpr std::uint64_t hash = Hash;

  static constexpr ref trace(builder& b) { return expression::trace(b); }
  static constexpr void describe(text& out, int depth) { expression::describe(out, depth); }
};

namespace detail {

/// How deep an expression's type nests other types.
template <class E> constexpr int nesting() {
  if constexpr (requires { E::nesting; }) return E::nesting;
  else return 0;
}
inline constexpr int deepest_nesting = 6;

/// The expression itself, or its short name where types would nest too deep.
template <class E> constexpr auto shorten(E e) {
  if constexpr (nesting<E>() < deepest_nesting) {
    return e;
  } else {
    static_assert(entered<interned_key<E::hash>, E>);
    return interned<E::hash>{};
  }
}

}  // namespace detail

}  // namespace tapeless
