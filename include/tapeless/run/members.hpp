#pragma once
#include <tapeless/expr/results.hpp>
#include <tapeless/graph/op.hpp>
#include <tapeless/run/feed.hpp>

#include <tuple>
#include <type_traits>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::detail {

/// What a function takes as one tensor.
template <class T>
concept argument_leaf = std::same_as<T, ref> || element<T> || feedable<T>;

template <class T>
concept lists_members = requires(T& t) { T::members(t); };
/// Several tensors: std::tuple, std::pair, a std::array of arrays, a struct of such, which may stand in each other.
template <class T>
concept argument_group = !argument_leaf<T> && std::is_class_v<T> && (lists_members<T> || tuple_like<T> || (std::is_aggregate_v<T> && !std::is_empty_v<T>));

struct anything {
  template <class T> constexpr operator T() const noexcept;
};
template <class T, std::size_t... I> constexpr bool takes(std::index_sequence<I...>) { return requires { T{(static_cast<void>(I), anything{})...}; }; }
/// How many members an aggregate has, up to sixteen.
template <class T, std::size_t N = 16> constexpr std::size_t member_count() {
  static_assert(N > 0, "tapeless: a struct of arrays has at most sixteen members, no C arrays and no base; others list theirs: static auto members(auto& self) { return std::tie(self.w, self.b); }");
  if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>{})) return N;
  else return member_count<T, N - 1>();
}

/// References to the members, as a tuple.
template <class T> constexpr auto members_of(T& t) {
  using type = std::remove_const_t<T>;
  if constexpr (lists_members<type>) {
    return type::members(t);
  } else if constexpr (tuple_like<type>) {
    return std::apply([](auto&... m) { return std::tie(m...); }, t);
  } else {
    constexpr auto n = member_count<type>();
    if constexpr (n == 1) { auto& [a] = t; return std::tie(a); }
    else if constexpr (n == 2) { auto& [a, b] = t; return std::tie(a, b); }
    else if constexpr (n == 3) { auto& [a, b, c] = t; return std::tie(a, b, c); }
    else if constexpr (n == 4) { auto& [a, b, c, d] = t; return std::tie(a, b, c, d); }
    else if constexpr (n == 5) { auto& [a, b, c, d, e] = t; return std::tie(a, b, c, d, e); }
    else if constexpr (n == 6) { auto& [a, b, c, d, e, f] = t; return std::tie(a, b, c, d, e, f); }
    else if constexpr (n == 7) { auto& [a, b, c, d, e, f, g] = t; return std::tie(a, b, c, d, e, f, g); }
    else if constexpr (n == 8) { auto& [a, b, c, d, e, f, g, h] = t; return std::tie(a, b, c, d, e, f, g, h); }
    else if constexpr (n == 9) { auto& [a, b, c, d, e, f, g, h, i] = t; return std::tie(a, b, c, d, e, f, g, h, i); }
    else if constexpr (n == 10) { auto& [a, b, c, d, e, f, g, h, i, j] = t; return std::tie(a, b, c, d, e, f, g, h, i, j); }
    else if constexpr (n == 11) { auto& [a, b, c, d, e, f, g, h, i, j, k] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k); }
    else if constexpr (n == 12) { auto& [a, b, c, d, e, f, g, h, i, j, k, l] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l); }
    else if constexpr (n == 13) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m); }
    else if constexpr (n == 14) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o); }
    else if constexpr (n == 15) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p); }
    else { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q] = t; return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q); }
  }
}
/// The types of the members, as a tuple of them.
template <class Tie> struct without_references;
template <class... M> struct without_references<std::tuple<M...>> { using type = std::tuple<std::remove_cvref_t<M>...>; };
template <class T> using member_types = typename without_references<decltype(members_of(std::declval<T&>()))>::type;

/// All tensors of an argument, in order, as a tuple of references.
template <class T> constexpr auto leaves_of(const T& t) {
  if constexpr (argument_leaf<T>) return std::tuple<const T&>(t);
  else return std::apply([](const auto&... m) { return std::tuple_cat(leaves_of(m)...); }, members_of(t));
}
template <class T> using leaf_types = typename without_references<decltype(leaves_of(std::declval<const T&>()))>::type;
template <class T> inline constexpr std::size_t leaf_count = std::tuple_size_v<leaf_types<T>>;

/// A type of the form of T with a tensor L turned into Turn::of<L>: T itself if that changes nothing; the same template of
/// other types, such as `params<ref>` for `params<std::vector<float>>`; else a tuple, which has the order but no names.
template <class T, class Turn> struct turned;
template <class T, class Turn> using turned_t = typename turned<T, Turn>::type;

template <class T, class Turn> constexpr auto turn_parameter() {
  if constexpr (argument_leaf<T> || argument_group<T>) return std::type_identity<turned_t<T, Turn>>();
  else return std::type_identity<T>();
}
template <class T, class Turn, class Members> struct same_template { using type = void; };
template <template <class...> class S, class... T, class Turn, class Members> requires requires { typename S<typename decltype(turn_parameter<T, Turn>())::type...>; }
struct same_template<S<T...>, Turn, Members> {
  using candidate = S<typename decltype(turn_parameter<T, Turn>())::type...>;
  static constexpr auto choose() {
    if constexpr (argument_group<candidate>) return std::is_same<member_types<candidate>, Members>();
    else return std::false_type();
  }
  using type = std::conditional_t<decltype(choose())::value, candidate, void>;
};
template <class A, std::size_t N, class Turn, class Members> struct same_template<std::array<A, N>, Turn, Members> { using type = std::array<turned_t<A, Turn>, N>; };

template <class Members, class Turn> struct turned_members;
template <class... M, class Turn> struct turned_members<std::tuple<M...>, Turn> { using type = std::tuple<turned_t<M, Turn>...>; };

template <argument_leaf T, class Turn> struct turned<T, Turn> { using type = typename Turn::template of<T>; };
template <argument_group T, class Turn> struct turned<T, Turn> {
  using members = typename turned_members<member_types<T>, Turn>::type;
  using alike = typename same_template<T, Turn, members>::type;
  using type = std::conditional_t<std::is_same_v<members, member_types<T>>, T, std::conditional_t<std::is_void_v<alike>, members, alike>>;
};

/// A group with these members, which are given in order.
template <class T, class... M> constexpr T make_group(std::tuple<M...>&& members) {
  if constexpr (lists_members<T>) {
    T made{};
    T::members(made) = std::move(members);
    return made;
  } else {
    return std::apply([](auto&&... m) { return T{std::move(m)...}; }, std::move(members));
  }
}

}  // namespace tapeless::inline TAPELESS_ABI::detail
