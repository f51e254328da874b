#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/run/functional.hpp>
#include <tapeless/transform/vmap.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// In the place of an axis: this argument is the same for all samples.
struct unmapped_t {};
inline constexpr unmapped_t unmapped{};

namespace detail {

inline constexpr int no_axis = max_rank + 100;
constexpr int mapped_axis(unmapped_t) { return no_axis; }
constexpr int mapped_axis(int axis) { return axis; }

/// A function of one sample as a function of many. `Axes`: of each argument the axis that tells samples apart, or no_axis; if
/// none is given, the first of each.
template <class Function, int... Axes> struct vmapped {
  template <class... Args> constexpr auto operator()(Args... args) const {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : owner_of(args)), ...);
    std::array<ref, sizeof...(Args)> given{as_ref(*owner, args)...};
    const auto axes = axes_of<sizeof...(Args)>();
    const auto problem = mistake(given, axes);
    if (!problem.empty()) fail(*owner, problem);
    auto one = given;
    if (!problem.empty() || !owner->mistake.empty()) return of_one(one);

    dim samples = -1;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (axes[i] == no_axis) continue;
      given[i] = move_axis(given[i], axis_of(axes[i], given[i].shape().rank), 0);
      const auto s = given[i].shape();
      if (samples == dim(-1) || s[0].is_static()) samples = s[0];
      shape sample;
      for (int axis = 1; axis < s.rank; ++axis) sample.push(s[axis]);
      text name;  // the number of nodes makes it unlike all others
      name << "sample of argument " << static_cast<std::int64_t>(i) << " at " << owner->graph.size();
      one[i] = owner->add_leaf({leaf_kind::argument, name.view(), given[i].type(), sample, {}, false});
    }
    equate(given, axes);
    const auto y = of_one(one);
    batching all(*owner, samples);
    for (std::size_t i = 0; i < given.size(); ++i)
      if (axes[i] != no_axis) all.replace(one[i], given[i]);
    return map_handles(y, all);
  }

 private:
  template <std::size_t N> static constexpr auto of_one(const std::array<ref, N>& x) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return invoke_on_handles<Function>(*x[0].owner, x[I]...); }(std::make_index_sequence<N>{});
  }
  template <std::size_t N> static constexpr auto axes_of() {
    std::array<int, N> axes{};
    if constexpr (sizeof...(Axes) == N) axes = {Axes...};
    return axes;
  }

  template <std::size_t N> static constexpr text mistake(const std::array<ref, N>& given, const std::array<int, N>& axes) {
    text m;
    if (sizeof...(Axes) != 0 && sizeof...(Axes) != N)
      return m << "vmap: axes are given for " << static_cast<std::int64_t>(sizeof...(Axes)) << " arguments, but the function is called with " << static_cast<std::int64_t>(N);
    std::size_t first = N;
    const auto named = [&](std::size_t k) -> text& { return m << "argument " << static_cast<std::int64_t>(k); };
    for (std::size_t i = 0; i < N; ++i) {
      if (axes[i] == no_axis) continue;
      const operand x{given[i].type(), given[i].shape()};
      if (axis_of(axes[i], x.shape.rank) < 0) {
        m << "vmap: ";
        print_operand(named(i), x);
        if (x.shape.rank == 0) m << " is a scalar, which has no axis of samples; tl::unmapped in the place of its axis makes it the same for all";
        else m << " has no axis " << axes[i];
        return m;
      }
      if (first == N) {
        first = i;
      } else if (!compatible(extent(given[i], axes[i]), extent(given[first], axes[first]))) {
        m << "vmap: the arguments have different numbers of samples: ";
        print_operand(named(first), {given[first].type(), given[first].shape()});
        m << " and ";
        print_operand(named(i), x);
        return m;
      }
    }
    if (first == N) m << "vmap: no argument has an axis of samples";
    return m;
  }
  static constexpr dim extent(ref x, int axis) { return x.shape()[axis_of(axis, x.shape().rank)]; }

  /// Says that the numbers of samples are equal, where they are not known yet: what a function combines must agree.
  template <std::size_t N> static constexpr void equate(const std::array<ref, N>& given, const std::array<int, N>& axes) {
    ref first;
    for (std::size_t i = 0; i < N; ++i) {
      if (axes[i] == no_axis) continue;
      if (!first.exists()) first = given[i];
      else if (!(given[i].shape()[0] == first.shape()[0])) sample_numbers(given[i]) + sample_numbers(first);
    }
  }
  /// A tensor of only the samples' axis.
  static constexpr ref sample_numbers(ref x) {
    const ref numbers = cast_to(x, dtype::f64);
    return apply<sum_op>({.a = (std::int64_t{1} << x.shape().rank) - 2}, numbers);
  }
};

}  // namespace detail

/// A function of one sample made a function of many: it maps over the first axis of every argument, and each result has the
/// samples along a new first axis. `tl::vmap(tl::grad(f))(spots, vols)` is one fused loop.
///   axes      `tl::vmap<0, tl::unmapped, 1>(f)`: the axis of each argument, or that it is the same for all samples
///   random    each sample draws its own numbers
///   nesting   in any order with grad, jvp, vjp, hvp, jacobian, jit and itself, also inside traced functions
///   errors    numbers of samples differ: a compile error where they are known, else feed_error; an op without batching rule
template <class Backend = simd, class Function> constexpr auto vmap(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), detail::vmapped<traced>, detail::asked::value, Backend>();
}
template <auto FirstAxis, auto... Axes, class Function> constexpr auto vmap(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), detail::vmapped<traced, detail::mapped_axis(FirstAxis), detail::mapped_axis(Axes)...>, detail::asked::value, simd>();
}
template <class Backend, auto FirstAxis, auto... Axes, class Function> constexpr auto vmap(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::function_of<verify_stateless<traced>(), detail::vmapped<traced, detail::mapped_axis(FirstAxis), detail::mapped_axis(Axes)...>, detail::asked::value, Backend>();
}

/// The same applied to expressions: `tl::vmap(f, x, y)` is an expression, or a tuple of them where f gives several.
template <class Function, class... X> requires(sizeof...(X) > 0 && any_operand<X...>) constexpr auto vmap(Function, X... x) {
  using traced = detail::tracing_t<Function>;
  return detail::invoke_any(detail::vmapped<traced>{}, x...);
}
template <auto FirstAxis, auto... Axes, class Function, class... X> requires(sizeof...(X) > 0 && any_operand<X...>) constexpr auto vmap(Function, X... x) {
  using traced = detail::tracing_t<Function>;
  return detail::invoke_any(detail::vmapped<traced, detail::mapped_axis(FirstAxis), detail::mapped_axis(Axes)...>{}, x...);
}

}  // namespace tapeless
