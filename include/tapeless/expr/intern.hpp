#pragma once
#include <tapeless/graph/builder.hpp>

#include <algorithm>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI {

/// The base of everything that is an expression.
struct expression_base {
  /// False from the first mistake on: what is built on it says nothing of its own.
  static constexpr bool sound = true;
};

template <std::uint64_t Hash> struct interned_key {};

/// An expression under a short name: the hash of all that it says. Compilers write out the name of every type they use, and
/// compare names piece by piece, so a chain of a hundred layers would take minutes as one nested name.
template <std::uint64_t Hash> struct interned : expression_base {
  using expression = registered_as<interned_key<Hash>>;
  static constexpr tapeless::shape shape = expression::shape;
  static constexpr dtype type = expression::type;
  static constexpr bool weak = expression::weak;
  static constexpr bool sound = expression::sound;
  static constexpr std::uint64_t hash = Hash;

  static constexpr ref trace(builder& b) { return expression::trace(b); }
  static constexpr bool is_traced(builder& b) { return expression::is_traced(b); }
  static constexpr void describe(text& out, int depth) { expression::describe(out, depth); }
};

namespace detail {

/// How deep an expression's type nests other types.
template <class E> constexpr int nesting() {
  if constexpr (requires { E::nesting; }) return E::nesting;
  else return 0;
}
inline constexpr int deepest_nesting = 6;

/// An interned expression as a value: what it takes to trace a deep expression from its bottom up, in a loop. Compilers
/// limit how deep calls nest in constant expressions, to 512 or less.
struct landmark {
  bool (*is_traced)(builder&);
  ref (*trace)(builder&);
  void (*below)(sequence<const landmark*>&);
};

/// The interned expressions next below a type, found through its template arguments.
template <class E> struct landmarks {
  static constexpr void below(sequence<const landmark*>&) {}
};
template <class E> struct landmarks<const E> : landmarks<E> {};
template <template <class...> class E, class... Parts> struct landmarks<E<Parts...>> {
  static constexpr void below(sequence<const landmark*>& found) { (landmarks<Parts>::below(found), ...); }
};
template <std::uint64_t Hash> inline constexpr landmark landmark_of{&interned<Hash>::is_traced, &interned<Hash>::trace, &landmarks<registered_as<interned_key<Hash>>>::below};
template <std::uint64_t Hash> struct landmarks<interned<Hash>> {
  static constexpr void below(sequence<const landmark*>& found) { found.push_back(&landmark_of<Hash>); }
};

/// Traces all interned expressions that a type is made of, each after those below it.
template <class E> constexpr void trace_below(builder& b) {
  sequence<const landmark*> waiting;
  landmarks<E>::below(waiting);
  while (!waiting.empty()) {
    const landmark* const next = waiting.back();
    const auto known = waiting.size();
    if (!next->is_traced(b)) next->below(waiting);
    std::size_t open = known;
    for (std::size_t i = known; i < waiting.size(); ++i)
      if (!waiting[i]->is_traced(b)) waiting[open++] = waiting[i];
    waiting.resize(open, nullptr);
    if (open == known) next->trace(b), waiting.pop_back();
  }
}

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
