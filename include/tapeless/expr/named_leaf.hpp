#pragma once
#include <tapeless/expr/variable.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// A placeholder or variable by its full name, `"hidden/weights"_leaf`: what something is differentiated by, where that has no
/// object of its own because it stands in a layer or was written in place.
template <auto Name> struct named_leaf {};

inline namespace literals {
template <fixed_string Name> consteval auto operator""_leaf() { return named_leaf<Name>{}; }
}  // namespace literals

namespace detail {

/// What there is of this name in an expression.
template <class Y, auto Name> struct leaf_lookup {
  struct finding {
    leaf_kind kind = leaf_kind::argument;
    dtype type = dtype::f32;
    tapeless::shape shape{};
    initializer start{};
    text mistake{};
  };
  static constexpr finding found = [] {
    builder b;
    trace_below<Y>(b);
    Y::trace(b);
    finding f;
    const auto is_named = [](const leaf& l) { return l.kind == leaf_kind::placeholder || l.kind == leaf_kind::variable; };
    for (const auto& l : b.graph.leaves)
      if (is_named(l) && b.graph.name_of(l) == Name.view()) f.kind = l.kind, f.type = b.graph[l.node].type, f.shape = b.graph.shape_of(l.node), f.start = l.start;
    if (f.kind != leaf_kind::argument || !Y::sound) return f;
    f.mistake << "derivative: there is no \"" << Name.view() << "\" in ";
    b.describe(f.mistake, Y::trace(b).id, 2);
    int count = 0;
    for (const auto& l : b.graph.leaves)
      if (is_named(l)) f.mistake << (count++ == 0 ? "; there is \"" : ", \"") << b.graph.name_of(l) << "\"";
    return f;
  }();
  static constexpr text check() { return found.mistake; }
};

/// Stands for a leaf that was not found, so that what is built on it says nothing more.
struct missing_leaf : expression_base {
  static constexpr tapeless::shape shape{};
  static constexpr dtype type = dtype::f32;
  static constexpr bool weak = false, sound = false;
  static constexpr std::uint64_t hash = hash_of("missing leaf");
  static constexpr ref trace(builder& b) { return add_constant(b, 0, type, false); }
  static constexpr void describe(text& out, int) { out << "?"; }
};

template <class Y, auto Name, std::size_t... Axis> constexpr auto make_leaf(std::index_sequence<Axis...>) {
  constexpr auto& f = leaf_lookup<Y, Name>::found;
  using T = element_of<f.type>;
  if constexpr (!f.mistake.empty() || !Y::sound) return missing_leaf{};
  else if constexpr (f.kind == leaf_kind::variable) return variable<Name, T, f.shape[static_cast<int>(Axis)]..., f.start>{};
  else return placeholder<Name, T, f.shape[static_cast<int>(Axis)]...>{};
}
template <class Y, auto Name> using leaf_of = decltype(make_leaf<Y, Name>(std::make_index_sequence<static_cast<std::size_t>(leaf_lookup<Y, Name>::found.shape.rank)>{}));

}  // namespace detail

/// The leaf of this name that an expression depends on, as an expression: `tl::leaf_in("hidden/weights"_leaf, loss)`.
template <auto Name, expression Y> constexpr auto leaf_in(named_leaf<Name>, Y) {
  verify<&detail::leaf_lookup<Y, Name>::check>();
  return detail::leaf_of<Y, Name>{};
}

}  // namespace tapeless
