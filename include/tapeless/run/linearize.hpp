#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/expr/jacobian_products.hpp>
#include <tapeless/run/functional.hpp>
#include <tapeless/transform/jacobian.hpp>
#include <tapeless/transform/linear_part.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The sum over the floating arguments of what y changes by when each moves along its direction.
constexpr ref moved_along(builder& b, ref y, const sequence<ref>& x, const sequence<ref>& v) {
  ref sum;
  for (std::size_t i = 0; i < x.size() && b.mistake.empty(); ++i) {
    if (!is_floating(x[i].type())) continue;
    const ref along = add_jvp(b, y, x[i], v[i]);
    sum = sum.exists() ? sum + along : along;
  }
  return sum.exists() ? sum : y;
}

/// The value, and what a product with a vector needs of it.
template <class Function, std::size_t Kept> struct value_and_kept {
  template <class... Args> constexpr std::array<ref, Kept + 1> operator()(Args... args) const {
    const std::array given{ref(args)...};
    builder& b = *given[0].owner;
    sequence<ref> x, v;
    for (const ref& a : given) x.push_back(a), v.push_back(stand_in(b, a, "direction"));
    const ref y = invoke_on_handles<Function>(b, args...);
    std::array<ref, Kept + 1> result{};
    result.fill(y);
    if (!b.mistake.empty()) return result;
    const linear_part linear(b, moved_along(b, y, x, v), v);
    for (std::size_t i = 0; i < Kept && i < linear.kept().size(); ++i) result[i + 1] = linear.kept()[i];
    return result;
  }
};
/// The product, of vectors and of what was kept: nothing of the value is computed again.
template <class Function, std::size_t Arguments> struct product_with_kept {
  template <class... Args> constexpr ref operator()(Args... args) const {
    const std::array given{ref(args)...};
    builder& b = *given[0].owner;
    sequence<ref> x, v;
    for (std::size_t i = 0; i < Arguments; ++i) x.push_back(stand_in(b, given[i], "argument"));
    for (std::size_t i = 0; i < Arguments; ++i) v.push_back(given[i]);
    const ref y = [&]<std::size_t... I>(std::index_sequence<I...>) { return invoke_on_handles<Function>(b, x[I]...); }(std::make_index_sequence<Arguments>{});
    if (!b.mistake.empty()) return y;
    const linear_part linear(b, moved_along(b, y, x, v), v);
    return linear.with({given.data() + Arguments, given.size() - Arguments});
  }
};

/// How many values are kept.
template <class Function, class... Args> struct kept_values {
  using arguments = call_arguments<Function, asked::value, Args...>;
  static constexpr text check() {
    text m = arguments::template check<asked::value>();
    if (m.empty() && arguments::own::several) m << "linearize: the function must give one tensor, not several";
    else if (m.empty() && !is_floating(arguments::value::type)) print_operand(m << "linearize: only floating tensors are differentiated, not", {arguments::value::type, arguments::value::shape});
    return m;
  }
  static constexpr std::size_t count = [] {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      builder b;
      sequence<ref> x, v;
      const std::array<ref, sizeof...(Args)> leaves{arguments::template at<I>::trace(b)...};
      for (const ref& leaf : leaves) x.push_back(leaf), v.push_back(stand_in(b, leaf, "direction"));
      const ref y = invoke_on_handles<Function>(b, leaves[I]...);
      return linear_part(b, moved_along(b, y, x, v), v).kept().size();
    }(std::index_sequence_for<Args...>{});
  }();
};

}  // namespace detail

/// A function's Jacobian at a point, as a function of vectors: J v for one vector for each argument. Made by linearize.
template <class Function, class Backend, std::size_t Arguments, class Kept> class linear_map {
 public:
  explicit linear_map(Kept kept) : kept_(std::move(kept)) {}
  template <class... V> requires(sizeof...(V) == Arguments && (detail::feedable<V> && ...)) auto operator()(const V&... v) {
    return std::apply([&](const auto&... kept) { return product_(v..., kept...); }, kept_);
  }

 private:
  Kept kept_;
  function_type<detail::product_with_kept<Function, Arguments>, detail::asked::value, Backend> product_;
};

/// A function that gives its value and its Jacobian there as a linear map; made by linearize.
template <class Function, class Backend> class linearized_function {
 public:
  template <class... Args> requires(detail::feedable<Args> && ...) auto operator()(const Args&... args) {
    using kept_values = detail::kept_values<Function, Args...>;
    if constexpr (verify<&kept_values::check>()) {
      function_type<detail::value_and_kept<Function, kept_values::count>, detail::asked::value, Backend> value;
      auto results = value(args...);
      return std::apply([](auto& y, auto&... kept) {
        auto values = std::tuple(detail::owned(kept)...);
        return std::pair(detail::owned(y), linear_map<Function, Backend, sizeof...(Args), decltype(values)>(std::move(values)));
      }, results);
    }
  }
  /// In a function that is traced: a pair of the value and a function of directions.
  template <class... Args> requires((traced<Args> || ...)) constexpr auto operator()(Args... args) const {
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : detail::owner_of(args)), ...);
    const std::array x{detail::as_ref(*owner, args)...};
    const ref y = std::apply([&](auto... a) { return detail::invoke_on_handles<Function>(*owner, a...); }, x);
    return std::pair(y, [x, y](auto... v) {
      builder& b = *y.owner;
      sequence<ref> from, along;
      for (const ref& a : x) from.push_back(a);
      (along.push_back(detail::as_ref(b, v)), ...);
      return detail::moved_along(b, y, from, along);
    });
  }
};

/// The value of a function and its Jacobian there, for many products: `auto [y, move] = tl::linearize(f)(x); move(v)`.
///   move    J v, for a vector v in the shape of each argument; what the value and the products share is computed once, by the
///           call that gives the value, and kept
///   errors  the function gives several results
template <class Backend = simd, class Function> constexpr auto linearize(Function) {
  using traced = detail::tracing_t<Function>;
  if constexpr (verify_stateless<traced>()) return linearized_function<traced, Backend>();
  else return detail::refused_function();
}

/// The Jacobian of an expression as a function of expressions: `auto move = tl::linearize(y, x); session(y, move(v), move(w))`.
/// What y and all products share is computed once a run.
template <expression Y, expression X> constexpr auto linearize(Y, X) {
  return []<expression V>(V v) { return jvp(Y(), X(), v); };
}

}  // namespace tapeless
