#pragma once
#include <tapeless/expr/call.hpp>

#include <tuple>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

// A traced function gives a handle, or several in a tuple, which may hold tuples itself.

template <class T> concept tuple_like = requires { std::tuple_size<T>::value; };

/// What a function has returned, as handles: it may return expressions or numbers too, which depend on no argument.
template <class R> constexpr auto as_handles(builder& b, const R& r) {
  if constexpr (tuple_like<R>) return std::apply([&](const auto&... parts) { return std::tuple{as_handles(b, parts)...}; }, r);
  else return as_ref(b, r);
}
/// A function of handles called on handles, under its scope.
template <class Function, class... Refs> constexpr auto invoke_on_handles(builder& b, Refs... x) { return as_handles(b, call<Function>::invoke(b, x...)); }

/// How many handles a result holds.
template <class R> constexpr std::size_t count_handles() {
  if constexpr (tuple_like<R>)
    return []<std::size_t... I>(std::index_sequence<I...>) { return (std::size_t{0} + ... + count_handles<std::tuple_element_t<I, R>>()); }(std::make_index_sequence<std::tuple_size_v<R>>{});
  else
    return 1;
}
/// The handles of a result, in order.
template <class R> constexpr void collect_handles(const R& r, sequence<ref>& out) {
  if constexpr (tuple_like<R>) std::apply([&](const auto&... parts) { (collect_handles(parts, out), ...); }, r);
  else out.push_back(r);
}
/// A result of the same form with each handle replaced by what `f` makes of it.
template <class R, class F> constexpr auto map_handles(const R& r, F& f) {
  if constexpr (tuple_like<R>) return std::apply([&](const auto&... parts) { return std::tuple{map_handles(parts, f)...}; }, r);
  else return f(r);
}
/// The elements of a flat tuple, from First on, in the form of a result.
template <class R, std::size_t First = 0, class Flat> constexpr auto arrange(const Flat& flat) {
  if constexpr (!tuple_like<R>) {
    return std::get<First>(flat);
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      constexpr auto offset = [](std::size_t part) {
        const std::size_t sizes[]{count_handles<std::tuple_element_t<I, R>>()...};
        std::size_t sum = First;
        for (std::size_t i = 0; i < part; ++i) sum += sizes[i];
        return sum;
      };
      return std::tuple(arrange<std::tuple_element_t<I, R>, offset(I)>(flat)...);
    }(std::make_index_sequence<std::tuple_size_v<R>>{});
  }
}

template <class> struct handle_for { using type = ref; };
/// What a function gives for so many handles.
template <class Function, class... Args> using result_of = decltype(invoke_on_handles<Function>(std::declval<builder&>(), std::declval<typename handle_for<Args>::type>()...));
template <class Function, class... Args> inline constexpr bool gives_several = tuple_like<result_of<Function, Args...>>;

/// Dtypes and shapes of all results, from one trace.
template <class Function, class... Args> struct signatures {
  static constexpr std::size_t count = count_handles<result_of<Function, Args...>>();
  std::array<operand, count> parts{};
  std::array<std::size_t, count> distinct{};  ///< the first part that is the same node, of all such in order
  std::size_t distinct_count = 0;
  std::array<std::size_t, count> place{};     ///< of each part, among the distinct ones
  std::uint64_t body = 0;
  text mistake{};

  constexpr void set(const sequence<ref>& results) {
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {results[i].type(), results[i].shape()};
      std::size_t same = 0;
      while (same < distinct_count && results[distinct[same]].id != results[i].id) ++same;
      place[i] = same;
      if (same == distinct_count) distinct[distinct_count++] = i;
    }
  }
};
template <class Function, class... Args> constexpr signatures<Function, Args...> signatures_of();
/// One constant for all parts.
template <class Function, class... Args> struct all_signatures {
  static constexpr signatures<Function, Args...> value = signatures_of<Function, Args...>();
};

}  // namespace detail

/// One of the results of a function that gives several, such as the gradient by several arguments, applied to expressions.
template <class Index, class Function, class... Args> struct call_part : expression_base {
  using signatures = detail::all_signatures<Function, Args...>;
  static constexpr int nesting = 1 + std::max({0, detail::nesting<Args>()...});
  static constexpr tapeless::shape shape = signatures::value.parts[Index::value].shape;
  static constexpr dtype type = signatures::value.parts[Index::value].type;
  static constexpr bool weak = false;
  static constexpr std::uint64_t hash_of_part(std::size_t part) {
    auto h = hash_combine(hash_combine(hash_of("part of call"), part), detail::type_hash<Function>);
    h = hash_combine(h, signatures::value.body);
    ((h = hash_combine(h, Args::hash)), ...);
    return h;
  }
  static constexpr std::uint64_t hash = hash_of_part(Index::value);
  static constexpr bool sound = signatures::value.mistake.empty() && (Args::sound && ...);
  static constexpr text check() {
    if constexpr ((Args::sound && ...)) return signatures::value.mistake;
    else return {};
  }

  using tag = detail::signatures<Function, Args...>;
  static constexpr bool is_traced(builder& b) { return find_traced(b, hash, &detail::type_tag<tag>).exists(); }
  /// The function is traced once for all of its results.
  static constexpr ref trace(builder& b) {
    if (const ref known = find_traced(b, hash, &detail::type_tag<tag>); known.exists()) return known;
    sequence<ref> parts;
    detail::collect_handles(detail::invoke_on_handles<Function>(b, Args::trace(b)...), parts);
    for (std::size_t i = 0; i < parts.size(); ++i) remember_traced(b, hash_of_part(i), &detail::type_tag<tag>, parts[i]);
    return parts[Index::value];
  }
  static constexpr void describe(text& out, int depth) {
    out << "part " << static_cast<std::int64_t>(Index::value) << " of ";
    call<Function, Args...>::describe(out, depth);
  }
};

namespace detail {

/// A part under its short name, since there may be many.
template <class Part> constexpr auto interned_part() {
  static_assert(entered<interned_key<Part::hash>, Part>);
  return interned<Part::hash>{};
}
/// The results that are not the same, as expressions.
template <class Function, class... Args> auto distinct_parts() {
  using signatures = all_signatures<Function, Args...>;
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple(interned_part<call_part<std::integral_constant<std::size_t, signatures::value.distinct[I]>, Function, Args...>>()...);
  }(std::make_index_sequence<signatures::value.distinct_count>{});
}
/// All results, of a tuple of those that are not the same, in the form in which the function gives them.
template <class Function, class... Args, class Distinct> constexpr auto arrange_distinct(const Distinct& distinct) {
  using signatures = all_signatures<Function, Args...>;
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return arrange<result_of<Function, Args...>>(std::tuple(std::get<signatures::value.place[I]>(distinct)...));
  }(std::make_index_sequence<signatures::value.parts.size()>{});
}

/// A function of handles applied to operands of any kind; of one that gives several results, a tuple of expressions.
template <class Function, class... Args> constexpr auto invoke_any(Function f, Args... args) {
  if constexpr ((expression<Args> && ...) && gives_several<Function, Args...>) {
    using parts = decltype(distinct_parts<Function, Args...>());
    verify<&call_part<std::integral_constant<std::size_t, 0>, Function, Args...>::check>();
    return arrange_distinct<Function, Args...>(parts());
  } else {
    return tapeless::invoke(f, args...);
  }
}

}  // namespace detail

}  // namespace tapeless
