#pragma once
#include "waves.hpp"

#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

// A mapped function against a loop of single calls.
namespace tapeless::test {

inline constexpr std::int64_t sample_count = 5;

/// An operand of a function: a leaf for one sample, and one for all of them or, if not mapped, the same.
template <fixed_string Name, element T, bool Mapped, std::int64_t... Dims> struct operand_of_test {
  using element_type = T;
  static constexpr bool mapped = Mapped;
  static constexpr std::int64_t size = (std::int64_t{1} * ... * Dims);
  static constexpr placeholder<Name, T, Dims...> one{};
  static constexpr auto all = [] {
    if constexpr (Mapped) return placeholder<Name, T, sample_count, Dims...>();
    else return placeholder<Name, T, Dims...>();
  }();
  /// Numbers between -1 and 1, or indices between -1 and 4, so that some are outside.
  static std::vector<T> numbers() {
    std::vector<T> r;
    for (const double x : waves<double>(Mapped ? sample_count * size : size, 0.37 + 0.1 * Name.view()[0])) r.push_back(std::floating_point<T> ? static_cast<T>(x) : static_cast<T>(std::floor(3 * x + 2)));
    return r;
  }
};
template <fixed_string Name, std::int64_t... Dims> inline constexpr operand_of_test<Name, double, true, Dims...> mapped{};
template <fixed_string Name, std::int64_t... Dims> inline constexpr operand_of_test<Name, double, false, Dims...> fixed{};
template <fixed_string Name, std::int64_t... Dims> inline constexpr operand_of_test<Name, std::int64_t, true, Dims...> mapped_indices{};
template <fixed_string Name, std::int64_t... Dims> inline constexpr operand_of_test<Name, std::int64_t, false, Dims...> fixed_indices{};

template <class T> auto flat_tuple(T t) {
  if constexpr (detail::tuple_like<T>) return t;
  else return std::tuple(t);
}
template <class T> std::vector<double> doubles(const T& t) {
  if constexpr (element<T>) return {static_cast<double>(t)};
  else return std::vector<double>(t.begin(), t.end());
}

/// How far apart two lists are, relative to the greatest number; NaNs are equal; infinite where the lengths differ.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double most = 1e-300, apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::isnan(a[i]) != std::isnan(b[i])) return std::numeric_limits<double>::infinity();
    most = std::max(most, std::abs(a[i])), apart = std::max(apart, a[i] == b[i] ? 0 : std::abs(a[i] - b[i]));
  }
  return apart / most;
}

/// The greatest distance between the results of a mapped function and of the function in a loop.
template <class Backend = simd, class F, class... X> double mapped_distance(F, X...) {
  const auto make = [](auto... y) { return session<Backend>(y...); };
  auto all = std::apply(make, flat_tuple(detail::invoke_any(detail::vmapped<F, (X::mapped ? 0 : detail::no_axis)...>{}, X::all...)));
  auto one = std::apply(make, flat_tuple(detail::invoke_any(F{}, X::one...)));
  const std::tuple data{X::numbers()...};
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto results = all.run((X::all = std::get<I>(data))...);
    std::array<std::vector<double>, std::tuple_size_v<std::remove_cvref_t<decltype(results)>>> expected;
    for (std::int64_t sample = 0; sample < sample_count; ++sample) {
      const auto part = [&]<class O>(std::type_identity<O>, const auto& numbers) {
        const auto first = numbers.begin() + (O::mapped ? sample * O::size : 0);
        return std::vector<typename O::element_type>(first, first + O::size);
      };
      const std::tuple parts{part(std::type_identity<X>(), std::get<I>(data))...};
      std::size_t next = 0;
      std::apply([&](const auto&... r) { ([&](const std::vector<double>& more) { auto& e = expected[next++]; e.insert(e.end(), more.begin(), more.end()); }(doubles(r)), ...); }, one.run((X::one = std::get<I>(parts))...));
    }
    double most = 0;
    std::size_t next = 0;
    std::apply([&](const auto&... r) { ((most = std::max(most, distance(expected[next++], doubles(r)))), ...); }, results);
    return most;
  }(std::index_sequence_for<X...>{});
}

}  // namespace tapeless::test
