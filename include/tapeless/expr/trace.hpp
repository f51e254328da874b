#pragma once
#include <tuple>
#include <tapeless/expr/assign.hpp>
#include <tapeless/expr/call.hpp>
#include <tapeless/expr/constant.hpp>
#include <tapeless/expr/derivative.hpp>
#include <tapeless/expr/jacobian_products.hpp>
#include <tapeless/expr/results.hpp>
#include <tapeless/expr/rules.hpp>
#include <tapeless/graph/builder.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// What a function gives for leaves that stand for its operands.
template <class Function, class... Args> constexpr auto trace_on_arguments(builder& b) {
  if constexpr (requires { Function::scope; }) b.enter_scope(std::string_view(Function::scope));
  int i = 0;
  const auto argument = [&]<class A>(std::type_identity<A>) {
    if constexpr (A::weak) return A::trace(b);  // takes its dtype from what it meets in the body
    text name;
    A::describe(name, 1);
    name << "#" << i++;
    return b.add_leaf({leaf_kind::argument, name.view(), A::type, A::shape, {}, false});
  };
  const std::tuple args{argument(std::type_identity<Args>{})...};
  return std::apply([&](auto... a) { return as_handles(b, Function{}(a...)); }, args);
}

template <class Function, class... Args> constexpr signatures<Function, Args...> signatures_of() {
  builder b;
  sequence<ref> results;
  collect_handles(trace_on_arguments<Function, Args...>(b), results);
  signatures<Function, Args...> s;
  s.body = content_hash(b.graph);
  s.set(results);
  for (const ref& r : results) s.body = hash_combine(s.body, static_cast<std::uint64_t>(r.id));
  s.mistake = b.mistake;
  return s;
}

}  // namespace detail

template <class Function, class... Args> constexpr signature signature_of() {
  builder b;
  const ref y = detail::trace_on_arguments<Function, Args...>(b);
  return {y.type(), y.shape(), hash_combine(content_hash(b.graph), static_cast<std::uint64_t>(y.id)), b.mistake};
}

namespace detail {
template <class Fetch> constexpr void trace_fetch(builder& b) {
  trace_below<Fetch>(b);
  if constexpr (action<Fetch>) Fetch::trace(b);
  else b.graph.outputs.push_back(Fetch::trace(b).id);
}
}  // namespace detail

/// The front end's result: the graph of what is fetched, as written, with derivatives spelled out.
template <class... Fetches> constexpr builder trace() {
  builder b;
  (detail::trace_fetch<Fetches>(b), ...);
  return b;
}

}  // namespace tapeless
