#pragma once
#include <tapeless/ops/loop_trace.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// What a loop is asked for, as functions of handles: the values are known by the function, the form and the operands, so that
/// two results of one loop are results of one node.
template <class Loop, std::size_t I> struct loop_output {
  template <class... R> constexpr ref operator()(R... r) const {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : r.owner), ...);
    auto h = hash_of("loop");
    ((h = hash_combine(h, static_cast<std::uint64_t>(r.id))), ...);
    const auto key = [&](std::size_t i) { return hash_combine(h, i); };
    if (const ref known = find_traced(*owner, key(I), &type_tag<Loop>); known.exists()) return known;
    const ref row[]{r...};
    const sequence<ref> all = Loop::trace(*owner, row);
    if (all.size() <= I) return row[0];
    for (std::size_t i = 0; i < all.size(); ++i) remember_traced(*owner, key(i), &type_tag<Loop>, all[i]);
    return all[I];
  }
};

template <class T> struct is_ref_structure : std::bool_constant<traced<T>> {};
template <class... T> struct is_ref_structure<std::tuple<T...>> : std::bool_constant<(is_ref_structure<T>::value || ...)> {};
template <class T> struct is_expression_structure : std::bool_constant<expression<T> || number<T>> {};
template <class... T> struct is_expression_structure<std::tuple<T...>> : std::bool_constant<(is_expression_structure<T>::value && ...)> {};

/// Whether what a loop is given has a handle in it, and it is traced at once.
template <class... T> concept any_traced = (is_ref_structure<T>::value || ...);
/// Expressions, tuples of them, and numbers beside them, which must be constants.
template <class... T> concept all_expressions = (is_expression_structure<T>::value && ...);

template <class T> constexpr builder* owner_in(const T& x) {
  if constexpr (is_tuple<T>::value) {
    builder* owner = nullptr;
    std::apply([&](const auto&... part) { ((owner = owner != nullptr ? owner : owner_in(part)), ...); }, x);
    return owner;
  } else {
    return owner_of(x);
  }
}
template <class... T> constexpr builder& owner_among(const T&... x) {
  builder* owner = nullptr;
  ((owner = owner != nullptr ? owner : owner_in(x)), ...);
  return *owner;
}

template <class T> constexpr auto tuple_of_parts(const T& x) {
  if constexpr (is_tuple<T>::value) return std::apply([](const auto&... part) { return std::tuple_cat(tuple_of_parts(part)...); }, x);
  else return std::tuple(x);
}
/// One call for each part of the structure Result, whose parts follow `First` others. The first one tells of mistakes.
template <class Loop, class Result, std::size_t First, class... Parts> constexpr auto outputs_of(std::tuple<Parts...>) {
  return in_structure<Result, First>([](auto i) {
    if constexpr (i() == 0 || (number<Parts> || ...)) return tapeless::invoke(loop_output<Loop, i()>{}, Parts{}...);
    else return shorten(call<loop_output<Loop, i()>, Parts...>{});
  });
}

/// fold, scan, map_fn and repeat as one form. `Steps`: of repeat; 0 where the sequences tell.
template <bool Collects, class F, class Carried, std::size_t Sequences, int Steps> struct loop_of {
  static constexpr const char* name = Steps > 0 ? "repeat" : !Collects ? "fold" : row_size<Carried>() == 0 ? "map_fn" : "scan";
  static constexpr sequence<ref> trace(builder& b, const ref* row) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      auto r = trace_loop<Collects>(b, name, F{}, handles<Carried>(row), Steps > 0 ? shape(Steps) : shape(), row[row_size<Carried>() + I]...);
      r.carried.append(r.collected);
      return r.carried;
    }(std::make_index_sequence<Sequences>{});
  }
};
/// What a step collects, as handles.
template <class F, class Carried, class... Xs> using collected_t = std::tuple_element_t<1, decltype(F{}(std::declval<handles_t<Carried>>(), std::declval<std::conditional_t<true, ref, Xs>>()...))>;

}  // namespace detail

/// A loop over the leading axis of sequences: `tl::fold([](auto y, auto x) { return (y + x) * w; }, y0, xs)` starts with y0 and
/// gives y after the last element of xs.
///   carried   one value, or a std::tuple of them; a step must give the same dtypes and shapes
///   shape     that of the start; the sequences have one leading extent, static or fed
///   function  f(carried, element of each sequence...); it is traced once, whatever the number of steps. Beside expressions
///             it must have no captures; on handles, in a function that is traced, it may capture others
///   random    what the body draws, it draws anew at each step
///   gradient  by the start, the sequences and whatever the body uses: one loop in the opposite direction
template <class F, class Init, class... Xs> requires detail::any_traced<Init, Xs...> constexpr auto fold(F f, Init init, Xs... xs) {
  builder& b = detail::owner_among(init, xs...);
  const auto r = detail::trace_loop<false>(b, "fold", f, init, {}, xs...);
  return detail::handles<Init>(r.carried.data());
}
template <class F, class Init, class... Xs> requires(detail::all_expressions<Init, Xs...> && sizeof...(Xs) > 0) constexpr auto fold(F, Init init, Xs... xs) {
  return detail::outputs_of<detail::loop_of<false, F, Init, sizeof...(Xs), 0>, Init, 0>(std::tuple_cat(detail::tuple_of_parts(init), std::tuple(xs...)));
}

/// A fold that also collects something of each step: f gives a pair of the next carried values and what is collected, a value
/// or a std::tuple; the result is a pair of the last carried values and what was collected, along a new leading axis.
/// `auto [last, all] = tl::scan([](auto h, auto x) { auto y = tl::tanh(h + x); return std::pair(y, y); }, h0, xs)`
template <class F, class Init, class... Xs> requires detail::any_traced<Init, Xs...> constexpr auto scan(F f, Init init, Xs... xs) {
  builder& b = detail::owner_among(init, xs...);
  auto r = detail::trace_loop<true>(b, detail::row_size<Init>() == 0 ? "map_fn" : "scan", f, init, {}, xs...);
  using collected = std::tuple_element_t<1, decltype(f(std::declval<detail::handles_t<Init>>(), std::declval<std::conditional_t<true, ref, Xs>>()...))>;
  if (!b.mistake.empty()) r.collected.resize(detail::row_size<collected>(), b.add_constant(0, dtype::f32, false));
  return std::pair(detail::handles<Init>(r.carried.data()), detail::handles<collected>(r.collected.data()));
}
template <class F, class Init, class... Xs> requires(detail::all_expressions<Init, Xs...> && sizeof...(Xs) > 0) constexpr auto scan(F, Init init, Xs... xs) {
  using loop = detail::loop_of<true, F, Init, sizeof...(Xs), 0>;
  const auto parts = std::tuple_cat(detail::tuple_of_parts(init), std::tuple(xs...));
  return std::pair(detail::outputs_of<loop, Init, 0>(parts), detail::outputs_of<loop, detail::collected_t<F, Init, Xs...>, detail::row_size<Init>()>(parts));
}

namespace detail {
/// f(elements...) as a scan that carries nothing.
template <class F> struct without_carried {
  F f;
  template <class... Xs> constexpr auto operator()(std::tuple<>, Xs... xs) const { return std::pair(std::tuple<>(), f(xs...)); }
};
}  // namespace detail

/// f of each element of the leading axis of sequences, one after the other: `tl::map_fn(f, xs, ys)`. The memory of one step
/// serves for all; tl::vmap computes all of them at once instead.
template <class F, class... Xs> requires detail::any_traced<Xs...> constexpr auto map_fn(F f, Xs... xs) { return scan(detail::without_carried<F>{f}, std::tuple<>(), xs...).second; }
template <class F, class... Xs> requires(detail::all_expressions<Xs...> && sizeof...(Xs) > 0) constexpr auto map_fn(F, Xs... xs) { return scan(detail::without_carried<F>{}, std::tuple<>(), xs...).second; }

/// f applied N times: `tl::repeat<3>(block, x)`; one body, whatever N.
template <int N, class F, class Init> requires detail::any_traced<Init> constexpr auto repeat(F f, Init init) {
  static_assert(N >= 1, "tapeless: repeat<N>: N is at least 1");
  const auto r = detail::trace_loop<false>(detail::owner_among(init), "repeat", f, init, shape(N));
  return detail::handles<Init>(r.carried.data());
}
template <int N, class F, class Init> requires detail::all_expressions<Init> constexpr auto repeat(F, Init init) {
  static_assert(N >= 1, "tapeless: repeat<N>: N is at least 1");
  return detail::outputs_of<detail::loop_of<false, F, Init, 0, N>, Init, 0>(detail::tuple_of_parts(init));
}

}  // namespace tapeless
