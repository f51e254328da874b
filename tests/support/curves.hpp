#pragma once
#include "elementwise.hpp"
#include "ops/oracles/op_case.hpp"

namespace checks {

/// How far an op may be from a stored curve: ulps for values, a fraction for derivatives, of 1 where they are below `floor`.
struct curve_demand {
  double ulp = 1;
  double tolerance = 1e-14;
  double floor = 0;
};

namespace detail {
template <class F, class Backend> faults curve_faults(const oracle::curve& curve, const curve_demand& demand) {
  using program = program_of<F, double>;
  const auto n = curve.points.size();
  auto in = program::inputs::filled(n, 1.0);
  for (std::size_t i = 0; i < n; ++i) in.x[0][i] = curve.points[i].x;
  const auto out = program::template run<Backend>(in);
  const auto slope = slopes_at<F, double>(in);
  faults found;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& p = curve.points[i];
    const auto compare = [&](const char* what, double off, double most, double got, double expected) {
      if (!(off <= most)) found.add(curve.name, " on ", Backend::name, ": ", what, " at ", p.x, " is ", got, ", expected ", expected, ": off by ", off);
    };
    compare("value (ulp)", ulps(out.value[i], p.value), demand.ulp, out.value[i], p.value);
    compare("first derivative", distance(slope.first[0][i], p.first, demand.floor), demand.tolerance, slope.first[0][i], p.first);
    compare("second derivative", distance(slope.second[0][i], p.second, demand.floor), demand.tolerance, slope.second[0][i], p.second);
  }
  return found;
}

template <class F, class Backend> faults surface_faults(const oracle::surface& surface, const curve_demand& demand) {
  using program = program_of<F, double>;
  const auto n = surface.points.size();
  auto in = program::inputs::filled(n, 1.0);
  for (std::size_t i = 0; i < n; ++i) in.x[0][i] = surface.points[i].x, in.x[1][i] = surface.points[i].y;
  const auto out = program::template run<Backend>(in);
  const auto slope = slopes_at<F, double>(in);
  faults found;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& p = surface.points[i];
    const auto compare = [&](const char* what, double off, double most, double got, double expected) {
      if (!(off <= most)) found.add(surface.name, " on ", Backend::name, ": ", what, " at ", p.x, ", ", p.y, " is ", got, ", expected ", expected, ": off by ", off);
    };
    compare("value (ulp)", ulps(out.value[i], p.value), demand.ulp, out.value[i], p.value);
    compare("gradient by the first operand", distance(slope.first[0][i], p.by_x, demand.floor), demand.tolerance, slope.first[0][i], p.by_x);
    compare("gradient by the second operand", distance(slope.first[1][i], p.by_y, demand.floor), demand.tolerance, slope.first[1][i], p.by_y);
  }
  return found;
}
}  // namespace detail

/// Compares an op in double with values and derivatives that were computed with 700 digits.
template <class F> faults curve_faults(const oracle::curve& curve, const curve_demand& demand = {}) {
  faults found = detail::curve_faults<F, simd>(curve, demand);
  found += detail::curve_faults<F, reference>(curve, demand);
  return found;
}
template <class F> void check_curve(const oracle::curve& curve, const curve_demand& demand = {}) { expect(curve_faults<F>(curve, demand)); }

/// The same for an op of two operands and its two partial derivatives.
template <class F> faults surface_faults(const oracle::surface& surface, const curve_demand& demand = {}) {
  faults found = detail::surface_faults<F, simd>(surface, demand);
  found += detail::surface_faults<F, reference>(surface, demand);
  return found;
}
template <class F> void check_surface(const oracle::surface& surface, const curve_demand& demand = {}) { expect(surface_faults<F>(surface, demand)); }

}  // namespace checks
