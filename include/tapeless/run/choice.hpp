#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/expr/derivative.hpp>
#include <tapeless/run/unify.hpp>

#include <array>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Positions among a function's arguments.
template <std::size_t Most> struct argument_indices {
  std::array<std::size_t, Most + 1> of{};
  std::size_t size = 0;
  constexpr void add(std::size_t i) { of[size++] = i; }
};

/// By which arguments a function is differentiated: by all that are floating, and each must be used.
template <class Function> struct choice_of {
  using unused = error_if_unused_t;
  template <std::size_t N> static constexpr argument_indices<N> indices(const std::array<bool, N>& floating) {
    argument_indices<N> all;
    for (std::size_t i = 0; i < N; ++i)
      if (floating[i]) all.add(i);
    return all;
  }
  template <std::size_t N> static constexpr text check(const std::array<function_argument, N>&) { return {}; }
};

/// What stands for a function has its variables in the function's scope.
template <class Function> struct in_scope_of {};
template <class Function> requires requires { Function::scope; } struct in_scope_of<Function> {
  static constexpr std::string_view scope = Function::scope;
};

/// A function with what was said about its derivatives: `tl::grad<0, 2>(f)`, `tl::grad(f, tl::zero_if_unused)`.
template <class Function, class Unused, int... By> struct by_arguments : in_scope_of<Function> {
  template <class... Args> constexpr auto operator()(Args... args) const { return Function{}(args...); }
};
template <class Function, class Unused, int... By> struct choice_of<by_arguments<Function, Unused, By...>> {
  using unused = Unused;
  template <std::size_t N> static constexpr argument_indices<N + sizeof...(By)> indices(const std::array<bool, N>& floating) {
    argument_indices<N + sizeof...(By)> chosen;
    if constexpr (sizeof...(By) == 0) {
      for (std::size_t i = 0; i < N; ++i)
        if (floating[i]) chosen.add(i);
    } else {
      ((By >= 0 && static_cast<std::size_t>(By) < N && floating[static_cast<std::size_t>(By)] ? chosen.add(static_cast<std::size_t>(By)) : void()), ...);
    }
    return chosen;
  }
  template <std::size_t N> static constexpr text check(const std::array<function_argument, N>& args) {
    text m;
    for (int i : std::array<int, sizeof...(By)>{By...}) {
      if (!m.empty()) break;
      if (i < 0 || static_cast<std::size_t>(i) >= N)
        m << "grad: by argument " << std::int64_t{i} << " of a function of " << static_cast<std::int64_t>(N) << (N == 1 ? " argument" : " arguments, counted from 0");
      else if (const auto& a = args[static_cast<std::size_t>(i)]; !is_floating(a.type))
        print_operand(m << "grad: only floating arguments are differentiated by: argument " << std::int64_t{i}, {a.type, a.shape});
    }
    return m;
  }
};

}  // namespace tapeless::detail
