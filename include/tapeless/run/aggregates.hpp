#pragma once
#include <tapeless/run/array.hpp>
#include <tapeless/run/choice.hpp>
#include <tapeless/run/function_arguments.hpp>
#include <tapeless/run/members.hpp>

#include <algorithm>
#include <memory>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Arguments some of which are groups of tensors.
template <class... Args>
concept any_group = ((argument_leaf<Args> || argument_group<Args>) && ...) && (argument_group<Args> || ...);

/// Takes groups of handles in the place of groups of tensors.
struct to_handles {
  template <class Leaf> using of = ref;
};
template <class T> constexpr auto group_handles(const ref*& next) {
  if constexpr (argument_leaf<T>) {
    return *next++;
  } else {
    return [&]<class... M>(std::type_identity<std::tuple<M...>>) {
      return make_group<turned_t<T, to_handles>>(std::tuple<turned_t<M, to_handles>...>{group_handles<M>(next)...});
    }(std::type_identity<member_types<T>>{});
  }
}

/// A function of groups as a function of all their tensors, one after the other.
template <class Function, class... Args> struct function_of_leaves : in_scope_of<Function> {
  template <class... Refs> constexpr auto operator()(Refs... r) const {
    const std::array<ref, sizeof...(Refs)> all{r...};
    const ref* next = all.data();
    std::tuple<turned_t<Args, to_handles>...> groups{group_handles<Args>(next)...};
    return std::apply([](auto... g) { return Function{}(g...); }, groups);
  }
};

template <class Leaf> constexpr bool is_floating_leaf() {
  if constexpr (std::same_as<Leaf, ref>) return true;
  else return is_floating(dtype_of<typename fed_array<Leaf>::element_type>);
}
template <class T> inline constexpr std::size_t floating_leaves = []<class... L>(std::type_identity<std::tuple<L...>>) {
  return (std::size_t{0} + ... + (is_floating_leaf<L>() ? 1 : 0));
}(std::type_identity<leaf_types<T>>{});

/// What is said of groups, said of their tensors.
template <class Function, class... Args> struct choice_of<function_of_leaves<Function, Args...>> {
  using unused = typename choice_of<Function>::unused;
  static constexpr auto groups = choice_of<Function>::indices(std::array<bool, sizeof...(Args)>{(floating_leaves<Args> > 0)...});

  template <std::size_t N> static constexpr auto indices(const std::array<bool, N>& floating) {
    constexpr std::array<std::size_t, sizeof...(Args)> sizes{leaf_count<Args>...};
    argument_indices<N * (groups.of.size() + 1)> chosen;
    for (std::size_t g = 0; g < groups.size; ++g) {
      std::size_t first = 0;
      for (std::size_t i = 0; i < groups.of[g]; ++i) first += sizes[i];
      for (std::size_t i = first; i < first + sizes[groups.of[g]]; ++i)
        if (floating[i]) chosen.add(i);
    }
    return chosen;
  }
  template <std::size_t N> static constexpr text check(const std::array<function_argument, N>& leaves) {
    std::array<function_argument, sizeof...(Args)> of_groups{};
    std::size_t next = 0, g = 0;
    ((of_groups[g] = leaves[next], of_groups[g].type = floating_leaves<Args> > 0 ? dtype::f64 : leaves[next].type, next += leaf_count<Args>, ++g), ...);
    return choice_of<Function>::check(of_groups);
  }
};

/// The types in which gradients come back: those of arrays that own their elements are kept.
struct to_results {
  template <class Leaf> static auto result() {
    if constexpr (std::same_as<Leaf, ref> || element<Leaf> || tuple_like<Leaf> || !is_floating_leaf<Leaf>()) return std::type_identity<Leaf>();
    else if constexpr (std::same_as<Leaf, std::vector<typename fed_array<Leaf>::element_type>>) return std::type_identity<Leaf>();
    else return std::type_identity<array<typename fed_array<Leaf>::element_type, fed_array<Leaf>::fixed_rank < 0 ? 1 : static_cast<std::size_t>(fed_array<Leaf>::fixed_rank)>>();
  }
  template <class Leaf> using of = typename decltype(result<Leaf>())::type;
};
template <class Leaf, class Result> constexpr auto result_for(const Result& r) {
  using to = typename to_results::of<Leaf>;
  if constexpr (std::convertible_to<const Result&, to>) {
    return to(r);
  } else if constexpr (std::same_as<to, std::vector<typename fed_array<Leaf>::element_type>>) {
    return to(r.begin(), r.end());
  } else if constexpr (tuple_like<to>) {
    to copy{};
    std::copy(r.begin(), r.end(), copy.begin());
    return copy;
  } else {
    return to(owned(r));
  }
}
/// The gradients by the tensors of an argument, from place `First` among the results on, in the form of the argument. What is
/// not floating is as it was given.
template <class T, std::size_t First, class Results> constexpr auto group_results(const T& given, const Results& r);
template <class T, std::size_t First, class Results, class... M, std::size_t... I>
constexpr auto group_members(const T& given, const Results& r, std::type_identity<std::tuple<M...>>, std::index_sequence<I...>) {
  constexpr auto before = [](std::size_t n) {
    const std::array<std::size_t, sizeof...(M)> sizes{floating_leaves<M>...};
    std::size_t sum = First;
    for (std::size_t i = 0; i < n; ++i) sum += sizes[i];
    return sum;
  };
  const auto m = members_of(given);
  return make_group<turned_t<T, to_results>>(std::tuple<turned_t<M, to_results>...>{group_results<M, before(I)>(std::get<I>(m), r)...});
}
template <class T, std::size_t First, class Results> constexpr auto group_results(const T& given, const Results& r) {
  if constexpr (argument_group<T>) return group_members<T, First>(given, r, std::type_identity<member_types<T>>{}, std::make_index_sequence<std::tuple_size_v<member_types<T>>>{});
  else if constexpr (!is_floating_leaf<T>()) return given;
  else return result_for<T>(std::get<First>(r));
}
template <class T, std::size_t First, class Results> constexpr auto argument_results(const T& given, const Results& r) {
  if constexpr (argument_group<T>) return group_results<T, First>(given, r);
  else return std::get<First>(r);
}

template <class T> struct is_std_tuple : std::false_type {};
template <class... T> struct is_std_tuple<std::tuple<T...>> : std::true_type {};

/// Gives what came back for each tensor the form of the arguments.
template <class Function, asked What, class Results, class... Args> constexpr auto regroup(const Results& results, const Args&... args) {
  if constexpr (What == asked::value || What == asked::jvp) {
    return results;
  } else if constexpr (!is_std_tuple<Results>::value) {
    return regroup<Function, What>(std::tuple(results), args...);
  } else {
    constexpr std::size_t count = arguments_of_function(What, sizeof...(Args)), values = What == asked::value_and_gradient || What == asked::vjp ? 1 : 0;
    constexpr std::array<std::size_t, sizeof...(Args)> sizes{floating_leaves<Args>...};
    constexpr auto by = [&] {
      std::array<bool, count> floating{};
      for (std::size_t i = 0; i < count; ++i) floating[i] = sizes[i] > 0;
      if constexpr (What == asked::gradient || What == asked::value_and_gradient) return choice_of<Function>::indices(floating);
      else return choice_of<void>::indices(floating);
    }();
    const auto given = std::tie(args...);
    const auto grouped = [&]<std::size_t... N>(std::index_sequence<N...>) {
      constexpr auto before = [by, sizes](std::size_t n) {
        std::size_t sum = values;
        for (std::size_t i = 0; i < n; ++i) sum += sizes[by.of[i]];
        return sum;
      };
      return std::make_tuple(argument_results<std::remove_cvref_t<decltype(std::get<by.of[N]>(given))>, before(N)>(std::get<by.of[N]>(given), results)...);
    }(std::make_index_sequence<by.size>{});
    if constexpr (values == 1) return std::tuple_cat(std::tuple(std::get<0>(results)), grouped);
    else if constexpr (by.size == 1) return std::get<0>(grouped);
    else return grouped;
  }
}
/// The function of tensors that answers a call with groups: what is asked of it takes the first of them as its arguments.
template <class Function, asked What, class Tuple> struct flattening;
template <class Function, asked What, class... Args> struct flattening<Function, What, std::tuple<Args...>> {
  template <std::size_t... I> static auto pick(std::index_sequence<I...>) -> function_of_leaves<Function, std::tuple_element_t<I, std::tuple<Args...>>...>;
  using type = decltype(pick(std::make_index_sequence<arguments_of_function(What, sizeof...(Args))>{}));
};
template <class Function, asked What, class... Args> using flat_function = typename flattening<Function, What, std::tuple<Args...>>::type;

}  // namespace tapeless::inline TAPELESS_ABI::detail
