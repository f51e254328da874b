#pragma once
#include "elementwise.hpp"

namespace checks {

namespace detail {

/// `f.operator()<axes...>(x)` over all axes, the first and the last of matrices of many sizes, against a plain loop that
/// begins with `start`.
template <class T, class Backend, class F, class Combine> faults reduction_faults(F f, T start, const Combine& combine, double tolerance) {
  constexpr tl::placeholder<"x", T, "M"_d, "N"_d> x;
  auto session = tl::session<typename Backend::policy>(f.template operator()<>(x), f.template operator()<0>(x), f.template operator()<1>(x));
  faults found;
  const auto compare = [&](T got, T expected, const char* what, std::size_t m, std::size_t n) {
    if (!same_bits(got, expected) && !(distance(static_cast<wide>(got), static_cast<wide>(expected)) <= tolerance))
      found.add(name_of_type<T>(), " on ", Backend::name, ": over ", what, " of (", m, ", ", n, "): ", got, ", expected ", expected);
  };
  const auto values = [&](std::size_t i) {
    if constexpr (std::same_as<T, bool>) return i * 7 % 11 < 5;
    else return static_cast<T>(static_cast<double>(i * 37 % 101) / 64 + 0.5) + (std::integral<T> ? static_cast<T>(i * i * 7919) : T(0));
  };
  for (const std::size_t m : {0u, 1u, 2u, 3u, 5u, 16u, 17u})
    for (std::size_t n = 0; n <= 2 * static_cast<std::size_t>(lanes<T>) + 1; n += n > 20 ? 5 : 1) {
      const auto data = std::make_unique<T[]>(m * n + 1);
      for (std::size_t i = 0; i < m * n; ++i) data[i] = values(i);
      T all = start;
      std::vector<T> columns(n, start), rows(m, start);
      for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          const T e = data[i * n + j];
          all = combine(all, e), columns[j] = combine(columns[j], e), rows[i] = combine(rows[i], e);
        }
      const auto out = session.run(x = tl::view(data.get(), static_cast<std::int64_t>(m), static_cast<std::int64_t>(n)));
      compare(std::get<0>(out), all, "all", m, n);
      for (std::size_t j = 0; j < n; ++j) compare(std::get<1>(out)[static_cast<std::int64_t>(j)], columns[j], "axis 0", m, n);
      for (std::size_t i = 0; i < m; ++i) compare(std::get<2>(out)[static_cast<std::int64_t>(i)], rows[i], "axis 1", m, n);
    }
  return found;
}

}  // namespace detail

/// Compares a reduction with a plain loop for all sizes around the width of a register, among them 0. Sums of floating
/// numbers may differ by `tolerance`; integers must agree.
template <class... T, class F, class Combine> void check_reduction(F f, double start, const Combine& combine, double tolerance = 0) {
  faults found;
  ((found += detail::reduction_faults<T, simd>(f, static_cast<T>(start), combine, std::floating_point<T> ? tolerance * (sizeof(T) == 4 ? 1e8 : 1) : 0),
    found += detail::reduction_faults<T, reference>(f, static_cast<T>(start), combine, std::floating_point<T> ? tolerance * (sizeof(T) == 4 ? 1e8 : 1) : 0)), ...);
  expect(found);
}

/// One vector reduced by f, and its gradient, on both backends: `inspect(value, gradient)`. One program serves all lengths,
/// unless an extent is given that f needs to know.
template <auto Extent = "N"_d, std::size_t N, class F, class Inspect> void on_vector(F f, const std::array<double, N>& data, Inspect inspect) {
  const auto run = [&]<class B>(B) {
    constexpr tl::placeholder<"x", double, Extent> x;
    auto session = tl::session<typename B::policy>(f(x), tl::derivative(f(x), x));
    const auto [y, dx] = session.run(x = tl::view(data.data(), static_cast<std::int64_t>(N)));
    INFO("on ", std::string(B::name));
    inspect(y, std::vector<double>(dx.begin(), dx.end()));
  };
  run(simd{}), run(reference{});
}

}  // namespace checks
