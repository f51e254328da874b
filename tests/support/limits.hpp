#pragma once
#include "elementwise.hpp"

#include <initializer_list>

namespace checks {

/// What an op must give at one point: `{x, y}`, or `{a, b, y}`.
template <std::size_t Numbers> using limit = std::array<double, Numbers>;

namespace detail {

/// Gives every case to every lane: element j of turn r is case (j + r) mod k. `inspect(case, compute(inputs), element)`.
template <class F, class T, std::size_t Numbers, class Compute, class Inspect>
void each_lane(std::span<const limit<Numbers>> cases, Compute compute, Inspect inspect) {
  using program = program_of<F, T>;
  constexpr auto n = static_cast<std::size_t>(2 * lanes<T> + 1);
  for (std::size_t turn = 0; turn < cases.size(); ++turn) {
    auto in = program::inputs::filled(n, T(1));
    const auto chosen = [&](std::size_t i) -> const limit<Numbers>& { return cases[(i + turn) % cases.size()]; };
    for (std::size_t k = 0; k < arity_of<F>(); ++k)
      for (std::size_t i = 0; i < n; ++i) in.x[k][i] = static_cast<T>(chosen(i)[k]);
    const auto out = compute(in);
    for (std::size_t i = 0; i < n; ++i) inspect(chosen(i), out, i);
  }
}

template <class F, class T, std::size_t Numbers> std::string described(const limit<Numbers>& c, std::size_t element, std::string_view where) {
  std::ostringstream out;
  out.precision(17);
  out << name_of<F>() << " in " << name_of_type<T>() << " " << where << " at ";
  for (std::size_t k = 0; k < arity_of<F>(); ++k) out << (k > 0 ? ", " : "") << c[k];
  out << " (element " << element << "): ";
  return out.str();
}

template <class F, class T, class Backend> faults limit_faults(std::span<const limit<arity_of<F>() + 1>> cases, double ulp) {
  faults found;
  each_lane<F, T>(cases, [](const auto& in) { return program_of<F, T>::template run<Backend>(in); }, [&](const auto& c, const auto& out, std::size_t i) {
    const auto y = out.value[i];
    using Y = std::remove_const_t<decltype(y)>;
    const double off = [&] {
      if constexpr (std::floating_point<Y>) {
        if (y == 0 || is_nan(y) || ulp == 0) return same_bits(y, static_cast<Y>(c.back())) ? 0 : inf;
        return ulps(y, c.back());
      } else {
        return y == static_cast<Y>(c.back()) ? 0 : inf;
      }
    }();
    if (!(off <= ulp)) found.add(described<F, T>(c, i, Backend::name), "expected ", c.back(), ", found ", y);
  });
  return found;
}

template <class F, class T> faults gradient_limit_faults(std::span<const limit<2 * arity_of<F>()>> cases, double tolerance) {
  faults found;
  constexpr auto arity = arity_of<F>();
  each_lane<F, T>(cases, [](const auto& in) { return slopes_at<F, T>(in); }, [&](const auto& c, const auto& out, std::size_t i) {
    for (std::size_t k = 0; k < arity; ++k)
      if (distance(out.first[k][i], c[arity + k]) > std::max(tolerance, static_cast<double>(std::numeric_limits<T>::epsilon())))
        found.add(described<F, T>(c, i, "node by node"), "gradient by operand ", k, ": expected ", c[arity + k], ", found ", out.first[k][i]);
  });
  return found;
}

template <class... T> struct types {};
template <class F, class... T, class Check> faults on_both_backends(types<T...>, Check check) {
  faults found;
  ((found += check(std::type_identity<T>{}, std::type_identity<simd>{}), found += check(std::type_identity<T>{}, std::type_identity<reference>{})), ...);
  return found;
}
template <class... T> using types_or_floating = std::conditional_t<sizeof...(T) == 0, types<float, double>, types<T...>>;

}  // namespace detail

/// Compares values at given points bit for bit, signs of zero included, in every lane; NaN stands for every NaN.
/// For float and double, or the dtypes named. `ulp` > 0 lets values that are neither 0 nor NaN be off by that much.
template <class F, class... T> faults limit_faults(std::initializer_list<limit<arity_of<F>() + 1>> cases, double ulp = 0) {
  return detail::on_both_backends<F>(detail::types_or_floating<T...>{}, [&]<class D, class B>(std::type_identity<D>, std::type_identity<B>) {
    return detail::limit_faults<F, D, B>({cases.begin(), cases.size()}, ulp);
  });
}
template <class F, class... T> void check_limits(std::initializer_list<limit<arity_of<F>() + 1>> cases, double ulp = 0) {
  expect(limit_faults<F, T...>(cases, ulp));
}

/// Compares gradients at given points, in every lane, for dy = 1: `{x, dx}`, or `{a, b, da, db}`.
template <class F> faults gradient_limit_faults(std::initializer_list<limit<2 * arity_of<F>()>> cases, double tolerance = 0) {
  faults found = detail::gradient_limit_faults<F, float>({cases.begin(), cases.size()}, tolerance);
  return found += detail::gradient_limit_faults<F, double>({cases.begin(), cases.size()}, tolerance);
}
template <class F> void check_gradient_limits(std::initializer_list<limit<2 * arity_of<F>()>> cases, double tolerance = 0) {
  expect(gradient_limit_faults<F>(cases, tolerance));
}

/// Compares all results bit for bit with `oracle`, a function of elements of type T, at all pairs of corner values and at
/// random ones: for exact ops.
template <class F, class... T, class Oracle> faults exact_faults(const Oracle& oracle) {
  return detail::on_both_backends<F>(detail::types<T...>{}, [&]<class D, class B>(std::type_identity<D>, std::type_identity<B>) {
    using program = program_of<F, D>;
    constexpr auto arity = arity_of<F>();
    const auto values = corners<D>();
    std::size_t n = 1;
    for (std::size_t k = 0; k < arity; ++k) n *= values.size();
    auto in = program::inputs::filled(n, D(1));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0, rest = i; k < arity; ++k, rest /= values.size()) in.x[k][i] = values[rest % values.size()];
    const auto out = program::template run<B>(in);
    faults found;
    for (std::size_t i = 0; i < n; ++i) {
      const auto expected = [&]<std::size_t... K>(std::index_sequence<K...>) { return oracle(static_cast<D>(in.x[K][i])...); }(std::make_index_sequence<arity>{});
      using Y = typename program::value_type;
      if (same_bits<Y>(out.value[i], static_cast<Y>(expected))) continue;
      std::array<double, arity> at{};
      for (std::size_t k = 0; k < arity; ++k) at[k] = static_cast<double>(in.x[k][i]);
      found.add(detail::described<F, D>(at, i, B::name), "expected ", expected, ", found ", static_cast<Y>(out.value[i]));
    }
    return found;
  });
}
template <class F, class... T, class Oracle> void check_exact(const Oracle& oracle) { expect(exact_faults<F, T...>(oracle)); }

}  // namespace checks
