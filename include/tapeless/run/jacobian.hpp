#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/run/vmap.hpp>
#include <tapeless/transform/jacobian.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The handles of a function's arguments, and those by which it is differentiated: all, unless some are chosen.
template <std::size_t N, int... Chosen> struct differentiated_arguments {
  std::array<ref, N> given;
  builder* owner = nullptr;

  template <class... Args> constexpr explicit differentiated_arguments(Args... args) {
    ((owner = owner != nullptr ? owner : owner_of(args)), ...);
    given = {as_ref(*owner, args)...};
  }
  template <class Function> constexpr auto apply(Function) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return invoke_on_handles<Function>(*owner, given[I]...); }(std::make_index_sequence<N>{});
  }
  static constexpr std::size_t count = sizeof...(Chosen) == 0 ? N : sizeof...(Chosen);
  static constexpr auto chosen = [] {
    std::array<std::size_t, count> c{};
    if constexpr (sizeof...(Chosen) == 0)
      for (std::size_t i = 0; i < N; ++i) c[i] = i;
    else c = {static_cast<std::size_t>(Chosen < 0 ? Chosen + static_cast<int>(N) : Chosen)...};
    return c;
  }();
  static_assert(((Chosen < static_cast<int>(N) && -Chosen <= static_cast<int>(N)) && ...), "tapeless: the function has no argument of this number to differentiate by");
  constexpr ref operator[](std::size_t i) const { return given[chosen[i]]; }

  /// One tensor; else the mistake is reported, and what may stand in its place is returned.
  template <class R> constexpr ref scalar(const R& result, const char* name) const {
    sequence<ref> results;
    collect_handles(result, results);
    text m;
    m << name << ": the function must give a floating scalar, not";
    if (results.size() != 1) fail(*owner, m << " several results");
    else if (results[0].shape().rank != 0 || !is_floating(results[0].type())) print_operand(m, {results[0].type(), results[0].shape()}), fail(*owner, m << ": reduce it, for example with tl::sum or tl::mean");
    return results[0];
  }
};

/// For each result of a function its Jacobians by the arguments.
template <class Function, sweep How, int... Chosen> struct jacobian_of {
  template <class... Args> constexpr auto operator()(Args... args) const {
    const differentiated_arguments<sizeof...(Args), Chosen...> x(args...);
    const auto y = x.apply(Function{});
    sequence<ref> results;
    collect_handles(y, results);
    sequence<sequence<ref>> by;
    for (std::size_t i = 0; i < x.count; ++i) by.push_back(add_jacobians(*x.owner, results, x[i], How));
    std::size_t next = 0;
    const auto by_arguments = [&](ref) {
      const std::size_t r = next++;
      return [&]<std::size_t... I>(std::index_sequence<I...>) { return unwrap(std::tuple{by[I][r]...}); }(std::make_index_sequence<x.count>{});
    };
    return map_handles(y, by_arguments);
  }
};

/// Second or third derivatives by all pairs or triples of arguments. They are the same in whatever order one differentiates, so
/// those in rising order are made, one walk for each last argument, and the others are these transposed.
template <std::size_t N, int... Chosen> class symmetric_derivatives {
 public:
  constexpr symmetric_derivatives(const differentiated_arguments<N, Chosen...>& x, ref y) : x_(x), second_(count * count), third_(count * count * count) {
    sequence<ref> slopes;
    for (std::size_t i = 0; i < count; ++i) slopes.push_back(x.owner->mistake.empty() ? slope(*x.owner, y, x[i]) : y);
    for (std::size_t j = 0; j < count; ++j) {
      sequence<ref> rising;
      for (std::size_t i = 0; i <= j; ++i) rising.push_back(slopes[i]);
      const auto column = add_jacobians(*x.owner, rising, x[j], sweep::forward);
      for (std::size_t i = 0; i <= j; ++i) second_[i * count + j] = column[i];
    }
  }
  constexpr ref operator()(std::size_t i, std::size_t j) const {
    if (i <= j) return second_[i * count + j];
    return x_.owner->mistake.empty() ? rotated(second_[j * count + i], x_[j].shape().rank) : second_[j * count + i];
  }
  constexpr void differentiate_again() {
    for (std::size_t k = 0; k < count; ++k) {
      sequence<ref> rising;
      for (std::size_t j = 0; j <= k; ++j)
        for (std::size_t i = 0; i <= j; ++i) rising.push_back(second_[i * count + j]);
      const auto column = add_jacobians(*x_.owner, rising, x_[k], sweep::forward);
      std::size_t next = 0;
      for (std::size_t j = 0; j <= k; ++j)
        for (std::size_t i = 0; i <= j; ++i) third_[(i * count + j) * count + k] = column[next++];
    }
  }
  constexpr ref operator()(std::size_t i, std::size_t j, std::size_t k) const {
    std::array<std::size_t, 3> order{i, j, k}, sorted = order;
    std::sort(sorted.begin(), sorted.end());
    const ref made = third_[(sorted[0] * count + sorted[1]) * count + sorted[2]];
    if (sorted == order || !x_.owner->mistake.empty()) return made;
    // Equal arguments keep their places among each other.
    attributes a;
    std::array<bool, 3> taken{};
    for (const std::size_t argument : order) {
      std::size_t place = 0, first = 0;
      while (sorted[place] != argument || taken[place]) first += static_cast<std::size_t>(x_[sorted[place]].shape().rank), ++place;
      taken[place] = true;
      for (int axis = 0; axis < x_[argument].shape().rank; ++axis) a.a |= static_cast<std::int64_t>(first + static_cast<std::size_t>(axis)) << (4 * a.b++);
    }
    return a.b == 0 ? made : tapeless::apply<transpose_op>(a, made);
  }

 private:
  static constexpr std::size_t count = differentiated_arguments<N, Chosen...>::count;
  const differentiated_arguments<N, Chosen...>& x_;
  sequence<ref> second_, third_;
};

/// Rows of blocks, one for each pair of arguments.
template <class Function, int... Chosen> struct hessian_of {
  template <class... Args> constexpr auto operator()(Args... args) const {
    const differentiated_arguments<sizeof...(Args), Chosen...> x(args...);
    const symmetric_derivatives block(x, x.scalar(x.apply(Function{}), "hessian"));
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto row = [&](std::size_t i) { return unwrap(std::tuple{block(i, I)...}); };
      return unwrap(std::tuple{row(I)...});
    }(std::make_index_sequence<x.count>{});
  }
};
template <class Function, sweep How, int... Chosen> struct jacobian_of<hessian_of<Function, Chosen...>, How, Chosen...> {
  template <class... Args> constexpr auto operator()(Args... args) const {
    const differentiated_arguments<sizeof...(Args), Chosen...> x(args...);
    symmetric_derivatives block(x, x.scalar(x.apply(Function{}), "hessian"));
    block.differentiate_again();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto line = [&](std::size_t i, std::size_t j) { return unwrap(std::tuple{block(i, j, I)...}); };
      const auto plane = [&](std::size_t i) { return unwrap(std::tuple{line(i, I)...}); };
      return unwrap(std::tuple{plane(I)...});
    }(std::make_index_sequence<x.count>{});
  }
};

template <class Function, int... Chosen> struct hessian_diagonal_of {
  template <class... Args> constexpr auto operator()(Args... args) const {
    const differentiated_arguments<sizeof...(Args), Chosen...> x(args...);
    const ref y = x.scalar(x.apply(Function{}), "hessian_diagonal");
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return unwrap(std::tuple{add_hessian_diagonal(*x.owner, y, x[I])...}); }(std::make_index_sequence<x.count>{});
  }
};

template <class Backend, class Traced, class Derived> constexpr auto derived_function() { return function_of<verify_stateless<Traced>(), Derived, asked::value, Backend>(); }

}  // namespace detail

/// The Jacobian of a function by its arguments, which must be floating: for each result a tuple with one for each argument.
///   shape     that of the result, then that of the argument
///   choice    `tl::jacobian<tl::sweep::forward>(f)`, `::reverse`: by columns, by rows; whichever are fewer if none is given;
///             `tl::jacobian<0, 2>(f)`: by these arguments only
///   nesting   in any order with grad, vmap, hessian, jit and itself, also inside traced functions
template <sweep How = sweep::by_size, class Backend = simd, class Function> constexpr auto jacobian(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<Backend, traced, detail::jacobian_of<traced, How>>();
}
template <int First, int... More, class Function> constexpr auto jacobian(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<simd, traced, detail::jacobian_of<traced, sweep::by_size, First, More...>>();
}
template <sweep How, int First, int... More, class Function> constexpr auto jacobian(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<simd, traced, detail::jacobian_of<traced, How, First, More...>>();
}

/// The Hessian of a scalar function by its arguments, forward over reverse: rows of blocks as tuples of tuples, one tensor
/// where there is one argument. `tl::hessian<0, 2>(f)`: by these arguments only.
///   shape     of a block, that of both arguments
template <class Backend = simd, class Function> constexpr auto hessian(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<Backend, traced, detail::hessian_of<traced>>();
}
template <int First, int... More, class Function> constexpr auto hessian(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<simd, traced, detail::hessian_of<traced, First, More...>>();
}

/// The diagonals of the Hessian's blocks by each argument with itself, in the shape of that argument: one product where the
/// graph shows that its elements do not mix, else as many as it has elements.
template <class Backend = simd, class Function> constexpr auto hessian_diagonal(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<Backend, traced, detail::hessian_diagonal_of<traced>>();
}
template <int First, int... More, class Function> constexpr auto hessian_diagonal(Function) {
  using traced = detail::tracing_t<Function>;
  return detail::derived_function<simd, traced, detail::hessian_diagonal_of<traced, First, More...>>();
}

}  // namespace tapeless
