#pragma once
#include "derivative_graph.hpp"
#include "edges.hpp"
#include "evaluator.hpp"
#include "support/faults.hpp"

#include <cmath>

namespace checks {

/// Whether a number is the one that an edge demands: exactly if that is 0, infinite or NaN, else to a few ulp of N.
template <class N> bool meets(N got, double expected, bool sign_of_zero) {
  if (std::isnan(expected)) return std::isnan(got);
  const N e = static_cast<N>(expected);
  if (e == 0) return got == 0 && (!sign_of_zero || std::signbit(got) == std::signbit(e));
  if (std::isinf(e)) return got == e;
  return std::abs(got - e) <= 8 * std::numeric_limits<N>::epsilon() * std::abs(e);
}

/// Compares what was computed for an edge; in the text stands "edges" and the line.
template <class N, class Got> void compare_edge(faults& found, const edge& e, std::string_view where, const Got& y, const std::vector<Got>& dx) {
  const auto compare = [&](const std::string& what, const Got& got, const std::vector<double>& expected, bool sign_of_zero) {
    if (got.size() < expected.size()) return found.add("edges ", e.line, ": ", e.row, " ", where, ": ", what, " has ", got.size(), " elements");
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!meets<N>(static_cast<N>(got[i]), expected[i], sign_of_zero)) {
        std::ostringstream at;
        for (const auto& operand : e.x) at << " " << (i < operand.size() ? operand[i] : operand.empty() ? 0 : operand[0]);
        found.add("edges ", e.line, ": ", e.row, " ", where, ": ", what, " [", i, "] at", at.str(), " is ", got[i], ", expected ", expected[i]);
      }
  };
  compare("value", y, e.y, true);
  for (std::size_t k = 0; k < dx.size(); ++k) compare("gradient by operand " + std::to_string(k), dx[k], e.dx[k], false);
}

/// The faults of an edge in a graph that is built and computed at run time.
template <class N> faults edge_faults(const edge& e, const any_row& row, const replacement& other = {}) {
  faults found;
  if (sizeof(N) == 4 && !e.in_float) return found;
  std::vector<tl::shape> shapes;
  for (const auto& x : e.x) shapes.push_back(tl::shape(x.size()));
  const derivative_graph g(row, shapes, sizeof(N) == 4 ? tl::dtype::f32 : tl::dtype::f64, 1, other);
  evaluator<N> in(g.b.graph);
  for (std::size_t k = 0; k < e.x.size(); ++k) in.set(g.x[k], elements<N>(e.x[k].begin(), e.x[k].end()));
  in.set(g.u, elements<N>(static_cast<std::size_t>(tl::element_count(g.b.graph.shape_of(g.y))), N(1)));
  std::vector<elements<N>> dx;
  for (int d : g.derivatives[0]) dx.push_back(in(d));
  compare_edge<N>(found, e, "node by node", in(g.y), dx);
  return found;
}

}  // namespace checks
