#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/backend/straight.hpp>
#include <tapeless/run/aggregates.hpp>
#include <tapeless/run/array.hpp>
#include <tapeless/run/session.hpp>
#include <tapeless/run/traced_function.hpp>

namespace tapeless::inline TAPELESS_ABI {

struct simd;
/// Defined by the reference backend: a program of numbers, computed in a constant expression.
template <class Program, class... Args> constexpr auto reference_evaluate(const Args&... args);

namespace detail {

template <class Tuple> struct program_of;
template <class... F> struct program_of<std::tuple<F...>> {
  using program = tapeless::program<F...>;
  template <class Backend> using session = session_type<Backend, F...>;
};

/// The argument that each leaf is named after; simplification may have dropped some or changed their order.
template <class Program> inline constexpr auto argument_of_leaf = [] {
  std::array<std::size_t, Program::graph.leaves.size() + 1> index{};
  for (std::size_t i = 0; i < Program::graph.leaves.size(); ++i) {
    const auto name = Program::graph.name_of(Program::graph.leaves[i]);
    index[i] = static_cast<std::size_t>((name[3] - '0') * 10 + (name[4] - '0'));
  }
  return index;
}();
/// A function of numbers: everything is known at compile time and lives on the stack.
template <class Backend, class Program, class... Args> auto run_on_numbers(Args... args) {
  const auto given = std::tie(args...);
  return [&]<std::size_t... Leaf>(std::index_sequence<Leaf...>) {
    if constexpr (requires { Backend::takes_streams; }) {
      return run_on_numbers<simd, Program>(args...);  // numbers of the host's, of which a device would be told one by one
    } else if constexpr (is_straight<Program> && std::same_as<Backend, simd>) {
      return run_straight<Program>(std::get<argument_of_leaf<Program>[Leaf]>(given)...);
    } else {
      typename Backend::template executor<Program> executor;
      executor.bind({});
      (executor.set_leaf(static_cast<int>(Leaf), const_cast<void*>(static_cast<const void*>(&std::get<argument_of_leaf<Program>[Leaf]>(given)))), ...);
      executor.run();
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return std::tuple(*static_cast<const element_of<Program::graph[Program::graph.outputs[I]].type>*>(executor.output(static_cast<int>(I)))...);
      }(std::make_index_sequence<Program::graph.outputs.size()>{});
    }
  }(std::make_index_sequence<Program::graph.leaves.size()>{});
}

}  // namespace detail

/// A function compiled for what was asked of it: its value, its gradient, or both. Made by jit, grad and value_and_grad.
///   arguments   numbers, or arrays whose rank is known from their type: std::vector and std::span (rank 1), std::array and C
///               arrays (fixed extents), xtensor containers, tl::view; each combination of types is compiled once
///   groups      tuples and structs of these, in each other: the function gets a struct of handles, `p.w` where the struct is a
///               template of its members' types, else a tuple, `auto [w, b] = p`; gradients come back as such structs
///   result      numbers for scalars; for arrays a view that is valid until the next call, or, from a temporary function
///               object, an array of its own; a tuple where there are several
///   constants   a call with numbers is a constant expression where the traced graph has at most 128 nodes
///   errors      extents that the function combines must agree: feed_error
template <class Function, detail::asked What, class Backend> class function_type {
 public:
  template <class... Args> requires(detail::feedable<Args> && ...) constexpr auto operator()(const Args&... args) & {
    return call<false, verify<check<Args...>>()>(args...);
  }
  template <class... Args> requires(detail::feedable<Args> && ...) constexpr auto operator()(const Args&... args) && {
    return call<true, verify<check<Args...>>()>(args...);
  }
  template <class... Args> requires((element<Args> && ...)) constexpr auto operator()(const Args&... args) const& {
    return call_numbers<verify<check<Args...>>()>(args...);
  }
  template <class... Args> requires(!(element<Args> && ...) && ((detail::feedable<Args> && ...) || detail::any_group<Args...>)) void operator()(const Args&...) const& {
    static_assert(sizeof...(Args) == 0, "tapeless: what is called with arrays keeps memory from call to call: declare this function without const or constexpr");
  }
  template <class... Args> requires detail::any_group<Args...> constexpr auto operator()(const Args&... args) & {
    using flat = function_type<detail::flat_function<Function, What, Args...>, What, Backend>;
    return call_groups(sessions_.template get<flat>(), args...);
  }
  template <class... Args> requires detail::any_group<Args...> constexpr auto operator()(const Args&... args) && {
    return call_groups(function_type<detail::flat_function<Function, What, Args...>, What, Backend>(), args...);
  }
  /// In a function that is itself traced, on its handles: so derivatives of derivatives are `tl::grad(tl::grad(f))`, and what
  /// is asked of a function may stand anywhere inside another. Derivatives are by all arguments.
  template <class... Args> requires((traced<Args> || ...)) constexpr auto operator()(Args... args) const { return detail::traced_function<Function, What>{}(args...); }

 private:
  template <class Flat, class... Args> static constexpr auto call_groups(Flat&& flat, const Args&... args) {
    return std::apply([&](const auto&... leaf) {
      if constexpr ((traced<std::remove_cvref_t<decltype(leaf)>> || ...)) return detail::regroup<Function, What>(detail::traced_function<detail::flat_function<Function, What, Args...>, What>{}(leaf...), args...);
      else return detail::regroup<Function, What>(std::forward<Flat>(flat)(leaf...), args...);
    }, std::tuple_cat(detail::leaves_of(args)...));
  }
  template <class... Args> using arguments = detail::call_arguments<Function, What, Args...>;
  template <class... Args> static constexpr auto check = [] {
    constexpr auto count = detail::arguments_of_function(What, sizeof...(Args));
    if constexpr (detail::is_called_with<Function>(std::make_index_sequence<count>())) return &arguments<Args...>::template check<What>;
    else return &detail::wrong_count<Function, count>;
  }();
  template <class... Args> struct fetched { using type = decltype(detail::fetches_of<What, arguments<Args...>>(std::make_index_sequence<arguments<Args...>::count>{})); };
  template <class... Args> using fetches = typename fetched<Args...>::type;

  static constexpr int most_nodes_in_constants = 128;

  // Valid is the outcome of verify, which stands in the call operators: each function on the way from there would lengthen
  // the message.
  template <bool Valid, class... Args> static constexpr auto call_numbers(const Args&... args) {
    if constexpr (Valid) {
      using program = typename detail::program_of<fetches<Args...>>::program;
      // Each node of a constant expression's evaluation is a template of its own; for long functions that costs seconds.
      if constexpr (program::traced.size() <= most_nodes_in_constants)
        if (std::is_constant_evaluated()) return arguments<Args...>::arranged(reference_evaluate<program>(args...));
      if constexpr (arguments<Args...>::template as_they_come<decltype(detail::run_on_numbers<Backend, program>(args...))>) return detail::run_on_numbers<Backend, program>(args...);
      else return arguments<Args...>::arranged(detail::run_on_numbers<Backend, program>(args...));
    } else {
      return 0.0;  // so that what takes the result is no second error
    }
  }
  template <bool Owned, bool Valid, class... Args> constexpr auto call(const Args&... args) {
    if constexpr ((element<Args> && ...)) {
      return call_numbers<Valid>(args...);
    } else if constexpr (Valid) {
      using session = typename detail::program_of<fetches<Args...>>::template session<Backend>;
      auto& s = sessions_.template get<session>();
      const auto fed = std::tie(args...);
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        auto results = s.run((typename arguments<Args...>::template at<I>{} = std::get<I>(fed))...);
        if constexpr (Owned) return arguments<Args...>::arranged(std::apply([](const auto&... r) { return std::tuple(detail::owned(r)...); }, results));
        else return arguments<Args...>::arranged(results);
      }(std::index_sequence_for<Args...>{});
    } else {
      return 0.0;
    }
  }

  detail::once sessions_;
};

namespace detail {
template <bool Stateless, class Function, asked What, class Backend> constexpr auto function_of() {
  if constexpr (Stateless) return function_type<Function, What, Backend>();
  else return refused_function();
}
}  // namespace detail

namespace detail {
/// As what a function takes part in the trace of another: itself, or what was asked of it.
template <class Function> struct tracing { using type = Function; };
template <class Function, class Backend> struct tracing<function_type<Function, asked::value, Backend>> { using type = Function; };
template <class Function, asked What, class Backend> struct tracing<function_type<Function, What, Backend>> { using type = traced_function<Function, What>; };
template <class Function> using tracing_t = typename tracing<Function>::type;
}  // namespace detail

/// f compiled: `auto g = tl::jit([](auto x, auto y) { return tl::sum(tl::sin(x) * y); }); g(xs, ys)`.
template <class Backend = simd, class Function> constexpr auto jit(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::value, Backend>();
}
/// The derivatives of a scalar function by its floating arguments: a function of the same arguments.
template <class Backend = simd, class Function> constexpr auto grad(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::gradient, Backend>();
}
/// The value and the derivatives.
template <class Backend = simd, class Function> constexpr auto value_and_grad(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::value_and_gradient, Backend>();
}

namespace detail {
template <class Backend, asked What, class Function, class Unused, int... By> constexpr auto chosen_function() {
  using traced = by_arguments<tracing_t<Function>, Unused, By...>;
  return function_of<verify_stateless<tracing_t<Function>>(), traced, What, Backend>();
}
}  // namespace detail

/// Zeros by those arguments that the function does not use.
template <class Backend = simd, class Function> constexpr auto grad(Function, zero_if_unused_t) {
  return detail::chosen_function<Backend, detail::asked::gradient, Function, zero_if_unused_t>();
}
template <class Backend = simd, class Function> constexpr auto value_and_grad(Function, zero_if_unused_t) {
  return detail::chosen_function<Backend, detail::asked::value_and_gradient, Function, zero_if_unused_t>();
}
/// By some arguments only, in this order: `tl::grad<0, 2>(f)`, `tl::grad<1>(f, tl::zero_if_unused)`.
template <int First, int... Rest, class Function, class Unused = error_if_unused_t> constexpr auto grad(Function, Unused = {}) {
  return detail::chosen_function<simd, detail::asked::gradient, Function, Unused, First, Rest...>();
}
template <int First, int... Rest, class Function, class Unused = error_if_unused_t> constexpr auto value_and_grad(Function, Unused = {}) {
  return detail::chosen_function<simd, detail::asked::value_and_gradient, Function, Unused, First, Rest...>();
}
template <class Backend, int First, int... Rest, class Function, class Unused = error_if_unused_t> constexpr auto grad(Function, Unused = {}) {
  return detail::chosen_function<Backend, detail::asked::gradient, Function, Unused, First, Rest...>();
}
template <class Backend, int First, int... Rest, class Function, class Unused = error_if_unused_t> constexpr auto value_and_grad(Function, Unused = {}) {
  return detail::chosen_function<Backend, detail::asked::value_and_gradient, Function, Unused, First, Rest...>();
}
/// Of an expression, by leaves named in full: `tl::grad<"hidden/weights", "hidden/biases">(loss)`; see named_leaf. An expression
/// for one name, a tuple for several.
template <fixed_string First, fixed_string... Rest, expression Y> constexpr auto grad(Y y) {
  return detail::unwrap(gradient(y, named_leaf<First>{}, named_leaf<Rest>{}...));
}
template <fixed_string First, fixed_string... Rest, expression Y> constexpr auto grad(Y y, zero_if_unused_t zero) {
  return detail::unwrap(gradient(y, zero, named_leaf<First>{}, named_leaf<Rest>{}...));
}

/// Forward mode: the value and J v for a tangent v of each argument, `auto [y, moved] = tl::jvp(f)(x, v)`; tangents follow the
/// arguments. The function need not give a scalar.
template <class Backend = simd, class Function> constexpr auto jvp(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::jvp, Backend>();
}
/// Reverse mode with a cotangent u in the shape of the value: the value and u' J by each floating argument,
/// `auto [y, dx] = tl::vjp(f)(x, u)`.
template <class Backend = simd, class Function> constexpr auto vjp(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::vjp, Backend>();
}
/// The Hessian of a scalar function times a vector, by each floating argument: `auto hv = tl::hvp(f)(x, v)`.
template <class Backend = simd, class Function> constexpr auto hvp(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), traced, detail::asked::hvp, Backend>();
}

/// Computes one expression once: `auto y = tl::evaluate(expression, x = xs)`. A session is the way to do it again.
template <class Backend = simd, expression E, class... Feeds> auto evaluate(E, Feeds... feeds) {
  if constexpr (!E::sound) {
    return 0.0;
  } else if constexpr (verify<&first_trace<E>::check>() && verify<&detail::check_feeds<program<E>, Feeds...>>()) {
    session_type<Backend, E> s;
    return detail::owned(std::get<0>(s.run(feeds...)));
  } else {
    return 0.0;
  }
}

}  // namespace tapeless
