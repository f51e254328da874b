#include "support/derivatives/node_by_node.hpp"

#include "support/derivatives/derivative_graph.hpp"
#include "support/derivatives/evaluator.hpp"

namespace checks {

namespace {

template <class N> slopes<N> computed(tl::ref (*build)(std::span<const tl::ref>), const slope_points<N>& at, const own_op<N>& own) {
  const any_row row{"op", std::vector<operand_row>(at.x.size()), build};
  const std::vector<tl::shape> shapes(at.x.size(), tl::shape(at.dy.size()));
  const derivative_graph g(row, shapes, sizeof(N) == 4 ? tl::dtype::f32 : tl::dtype::f64, 2);
  evaluator<N> in(g.b.graph, own);
  in.set(g.u, at.dy);
  for (std::size_t k = 0; k < at.x.size(); ++k) in.set(g.x[k], at.x[k]), in.set(g.v[k], at.v[k]);
  slopes<N> found;
  for (int d : g.derivatives[0]) found.first.push_back(in(d));
  for (int d : g.derivatives[1]) found.second.push_back(in(d));
  return found;
}

}  // namespace

slopes<float> slopes_of(tl::ref (*build)(std::span<const tl::ref>), const slope_points<float>& at, const own_op<float>& own) { return computed(build, at, own); }
slopes<double> slopes_of(tl::ref (*build)(std::span<const tl::ref>), const slope_points<double>& at, const own_op<double>& own) { return computed(build, at, own); }

}  // namespace checks
