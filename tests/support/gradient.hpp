#pragma once
#include "value.hpp"

namespace checks {

/// Where gradients are checked, and how far they may be from those of the exact function.
struct gradient_demand {
  double from = -1, to = 1;
  double tolerance = 1e-12;           ///< relative, in double; float: 1e-5 at least
  double from_b = from, to_b = to;    ///< of the second operand
};

namespace detail {

template <class Oracle, std::size_t N> wide shifted(const Oracle& oracle, std::array<wide, N> x, std::size_t i, wide by_i, std::size_t k, wide by_k) {
  x[i] += by_i;
  x[k] += by_k;
  return exact(oracle, x);
}

/// First derivative by x_i: central differences of order 8.
template <class Oracle, std::size_t N> wide first_difference(const Oracle& f, const std::array<wide, N>& x, std::size_t i, wide h) {
  constexpr wide c[]{4.0L / 5, -1.0L / 5, 4.0L / 105, -1.0L / 280};
  wide sum = 0;
  for (int j = 1; j <= 4; ++j) sum += c[j - 1] * (shifted(f, x, i, j * h, i, 0) - shifted(f, x, i, -j * h, i, 0));
  return sum / h;
}
/// Second derivative by x_i and x_k.
template <class Oracle, std::size_t N> wide second_difference(const Oracle& f, const std::array<wide, N>& x, std::size_t i, std::size_t k, wide h) {
  if (i != k) return first_difference([&](auto... e) { return first_difference(f, std::array<wide, N>{e...}, i, h); }, x, k, h);
  constexpr wide c[]{8.0L / 5, -1.0L / 5, 8.0L / 315, -1.0L / 560};
  wide sum = -205.0L / 72 * exact(f, x);
  for (int j = 1; j <= 4; ++j) sum += c[j - 1] * (shifted(f, x, i, j * h, i, 0) + shifted(f, x, i, -j * h, i, 0));
  return sum / (h * h);
}

/// The second derivatives are checked as sums over k of v_k dy f_ik.
template <class F, class T, class Oracle> faults gradient_faults(const Oracle& oracle, const gradient_demand& demand) {
  using program = program_of<F, T>;
  constexpr auto arity = arity_of<F>();
  const std::size_t n = 2 * static_cast<std::size_t>(lanes<T>) + 5;
  auto in = program::inputs::filled(n, T(1));
  for (std::size_t k = 0; k < arity; ++k) {
    in.x[k] = k == 1 ? points<T>(demand.from_b, demand.to_b, n, 31) : points<T>(demand.from, demand.to, n, static_cast<unsigned>(k) + 1);
    in.v[k] = points<T>(-2, 2, n, static_cast<unsigned>(k) + 11);
  }
  in.dy = points<T>(-2, 2, n, 21);
  const auto out = slopes_at<F, T>(in);

  std::vector<std::array<wide, 2 * arity>> expected(n);
  std::array<wide, 2 * arity> scale{};
  wide greatest = 0, least_step = inf;
  for (std::size_t e = 0; e < n; ++e) {
    std::array<wide, arity> x{};
    for (std::size_t k = 0; k < arity; ++k) x[k] = in.x[k][e];
    greatest = std::max(greatest, 4 * std::abs(exact(oracle, x)));  // dy and v are within 2
    const auto step = [&](std::size_t k) { return static_cast<wide>(k == 1 ? demand.to_b - demand.from_b : demand.to - demand.from) / 1024; };
    for (std::size_t i = 0; i < arity; ++i) {
      least_step = std::min(least_step, step(i));
      expected[e][i] = in.dy[e] * first_difference(oracle, x, i, step(i));
      for (std::size_t k = 0; k < arity; ++k)
        expected[e][arity + i] += in.v[k][e] * static_cast<wide>(in.dy[e]) * second_difference(oracle, x, i, k, std::min(step(i), step(k)));
    }
    for (std::size_t i = 0; i < 2 * arity; ++i) scale[i] = std::max(scale[i], std::abs(expected[e][i]));
  }

  const double tolerance = std::max(demand.tolerance, sizeof(T) == 4 ? 1e-5 : 0);
  faults found;
  for (std::size_t i = 0; i < 2 * arity; ++i)
    for (std::size_t e = 0; e < n; ++e) {
      const bool first = i < arity;
      const wide got = first ? out.first[i][e] : out.second[i - arity][e];
      const wide noise = 8 * std::numeric_limits<wide>::epsilon() * greatest / (first ? least_step : least_step * least_step);
      if (distance(got, expected[e][i], scale[i] / 1000) <= tolerance || std::abs(got - expected[e][i]) <= noise) continue;
      std::ostringstream at;
      for (std::size_t k = 0; k < arity; ++k) at << (k > 0 ? ", " : "") << in.x[k][e];
      found.add(name_of<F>(), " in ", name_of_type<T>(), ": ", first ? "first" : "second",
                " derivative by operand ", i % arity, " at ", at.str(), " is ", got, ", expected ", expected[e][i]);
    }
  return found;
}

/// The element function of an op, on numbers of higher precision.
template <class Op> struct value_of_op {
  template <class... X> constexpr wide operator()(X... x) const { return Op::value(static_cast<wide>(x)...); }
};

}  // namespace detail

/// Compares the first and second derivatives of an op with high-order differences of an oracle; without one, of the op's
/// own element function in higher precision, whose values check_value has compared.
template <class F, class Oracle = detail::value_of_op<F>> faults gradient_faults(const gradient_demand& demand, const Oracle& oracle = {}) {
  faults found;
  found += detail::gradient_faults<F, double>(oracle, demand);
  found += detail::gradient_faults<F, float>(oracle, demand);
  return found;
}
template <class F, class Oracle = detail::value_of_op<F>> void check_gradient(const gradient_demand& demand, const Oracle& oracle = {}) {
  expect(gradient_faults<F>(demand, oracle));
}

}  // namespace checks
