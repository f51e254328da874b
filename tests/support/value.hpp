#pragma once
#include "elementwise.hpp"

namespace checks {

/// Where an op is checked, and how far it may be from the exact value.
struct value_demand {
  double from = -1, to = 1;
  double ulp = 1;
  double from_b = from, to_b = to;  ///< of the second operand
};

namespace detail {

template <class Oracle, std::size_t N> wide exact(const Oracle& oracle, const std::array<wide, N>& x) {
  return std::apply([&](auto... e) { return static_cast<wide>(oracle(e...)); }, x);
}

template <class F, class T, class Backend, class Oracle> faults value_faults(const Oracle& oracle, const value_demand& demand) {
  using program = program_of<F, T>;
  constexpr std::size_t arity = arity_of<F>();
  double worst = 0;
  std::ostringstream where;
  const auto check = [&](std::size_t n, unsigned seed) {
    typename program::inputs in = program::inputs::filled(n, T(1));
    for (std::size_t k = 0; k < arity; ++k)
      in.x[k] = k == 1 ? points<T>(demand.from_b, demand.to_b, n, seed + 100) : points<T>(demand.from, demand.to, n, seed + static_cast<unsigned>(k));
    const auto out = program::template run<Backend>(in);
    for (std::size_t i = 0; i < n; ++i) {
      std::array<wide, arity> x{};
      for (std::size_t k = 0; k < arity; ++k) x[k] = in.x[k][i];
      const double off = ulps(out.value[i], exact(oracle, x));
      if (off <= worst) continue;
      worst = off;
      where.str({});
      where.precision(17);
      where << "element " << i << " of " << n << ", x = " << x[0];
      if (arity > 1) where << ", " << x[1];
      where << ": " << out.value[i] << " for " << exact(oracle, x);
    }
  };
  for (int n = 0; n <= 2 * lanes<T> + 1; ++n) check(static_cast<std::size_t>(n), static_cast<unsigned>(n));
  check(2000, 7);
  faults found;
  if (worst > demand.ulp) found.add(name_of<F>(), " in ", name_of_type<T>(), " on ", Backend::name, " is off by ", worst, " ulp: ", where.str());
  return found;
}

}  // namespace detail

/// edges 42: compares an op with an oracle on numbers of higher precision, at random points and the ends, for all sizes around the
/// width of a register.
template <class F, class Oracle> faults value_faults(const Oracle& oracle, const value_demand& demand) {
  faults found;
  found += detail::value_faults<F, float, simd>(oracle, demand);
  found += detail::value_faults<F, double, simd>(oracle, demand);
  found += detail::value_faults<F, float, reference>(oracle, demand);
  found += detail::value_faults<F, double, reference>(oracle, demand);
  return found;
}
template <class F, class Oracle> void check_value(const Oracle& oracle, const value_demand& demand) { expect(value_faults<F>(oracle, demand)); }

}  // namespace checks
