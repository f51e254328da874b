// edges 35: every shape of up to three axes with every other; tests of derivatives draw those of four. What gradients add up is
// decided in their graph, so that all pairs are computed node by node, and those compiled in which every axis is broadcast.
#include "support/broadcast.hpp"
#include "support/derivatives/derivative_graph.hpp"
#include "support/derivatives/evaluator.hpp"

namespace checks {

namespace {

tl::shape shape_of(const operand_shape& s) {
  tl::shape own;
  for (auto axis = static_cast<std::size_t>(3 - s.rank); axis < 3; ++axis) own.push(static_cast<std::int64_t>(s.extents[axis]));
  return own;
}
any_row quotient_row() {
  for (const auto& row : rows_of(elementwise_rows))
    if (row.name == "div") return row;
  throw std::logic_error("no such row");
}
faults pair_faults(const any_row& row, detail::broadcast_pair& pair) {
  const derivative_graph g(row, {shape_of(pair.left), shape_of(pair.right)}, tl::dtype::f64, 1);
  evaluator<double> in(g.b.graph);
  in.set(g.x[0], pair.a), in.set(g.x[1], pair.b), in.set(g.u, pair.dy);
  faults found;
  const auto compare = [&](const char* what, int node, const operand_shape& shape, const std::vector<detail::exact_sum>& expected) {
    if (!(g.b.graph.shape_of(node) == shape_of(shape))) return found.add(what, " of ", pair.left.text(), " with ", pair.right.text(), " has another shape");
    const auto& got = in(node);
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(got[i] - expected[i].value) <= 1e-13L * expected[i].magnitude))
        found.add(what, " of ", pair.left.text(), " with ", pair.right.text(), " [", i, "] is ", got[i], ", expected ", expected[i].value);
  };
  compare("value", g.y, pair.result, pair.y);
  compare("gradient by the left operand", g.derivatives[0][0], pair.left, pair.da);
  compare("gradient by the right operand", g.derivatives[0][1], pair.right, pair.db);
  return found;
}

}  // namespace

TEST_CASE("all shapes of up to three axes with each other, node by node") {
  const auto row = quotient_row();
  for (const auto& left : all_operand_shapes)
    for (const auto& right : all_operand_shapes) {
      detail::broadcast_pair pair(left, right, 5);
      pair.compute(quotient{});
      expect(pair_faults(row, pair));
      pair.da.front().value += 1e-9L, pair.da.front().magnitude = std::min(pair.da.front().magnitude, static_cast<wide>(100));
      CHECK_FALSE(pair_faults(row, pair).none());
    }
}

TEST_CASE("numbers and vectors with all shapes of up to three axes") { check_broadcast_values<operand_shape{}, operand_shape(9), operand_shape(1)>(); }

}  // namespace checks
