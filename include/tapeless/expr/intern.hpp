#pragma once
#include <tapeless/graph/builder.hpp>

#include <algorithm>
#include <type_traits>

namespace tapeless {

/// The base of everything that is an expression.
struct expression_base {};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
#ifdef __NVCC__
#pragma nv_diag_suppress 1301
#endif
namespace detail {
template <std::uint64_t Hash> struct interned_key {
  friend constexpr auto interned_type(interned_key);
};
template <class E> struct intern_as {
  friend constexpr auto interned_type(interned_key<E::hash>) { return type_box<E>{}; }
};
template <class E>
concept already_interned = requires { interned_type(interned_key<E::hash>{}); };
}  // namespace detail
#ifdef __NVCC__
#pragma nv_diag_default 1301
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// An expression under a short name: the hash of all that it says. Compilers write out the name of every type they use, and
/// compare names piece by piece, so a chain of a hundred layers would take minutes as one nested name.
template <std::uint64_t Hash> struct interned : expression_base {
  using expression = typename decltype(interned_type(detail::interned_key<Hash>{}))::type;
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
    if constexpr (!already_interned<E>) static_assert(sizeof(intern_as<E>) > 0);
    return interned<E::hash>{};
  }
}

}  // namespace detail

}  // namespace tapeless
