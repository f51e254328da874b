// Each op's first three derivatives at points and shapes drawn at random, held to differences in 113 bits.
#include "support/derivatives/derivative_check.hpp"
#include "support/derivatives/edge_check.hpp"

#include <cstdio>

namespace checks {

namespace {

constexpr unsigned shapes_each = 4;

/// Checks all rows at some shapes each; how much is compared may only grow.
template <class Rows> void check_all(const char* what, const Rows& rows, long least) {
  long comparisons = 0;
  for (const auto& row : rows_of(rows))
    for (unsigned seed = 1; seed <= shapes_each; ++seed) {
      const derivative_check check(row, seed);
      expect(check(comparisons));
      expect(check.in_float(comparisons));
    }
  std::printf("derivatives of %s: %ld comparisons\n", what, comparisons);
  CHECK(comparisons >= least);
}
template <class Rows> void check_edges(const std::vector<edge>& list, const Rows& rows) {
  for (const auto& e : list) {
    bool known = false;
    for (const auto& row : rows_of(rows))
      if (row.name == e.row) expect(edge_faults<double>(e, row)), expect(edge_faults<float>(e, row)), known = true;
    CHECK_MESSAGE(known, "no row ", std::string(e.row));
  }
}
any_row row_named(std::string_view name) {
  for (const auto& row : rows_of(elementwise_rows))
    if (row.name == name) return row;
  throw std::logic_error("no such row");
}

}  // namespace

TEST_CASE("derivatives of elementwise ops") { check_all("elementwise ops", elementwise_rows, 5500); }
TEST_CASE("derivatives of functions of the standard library") { check_all("functions of the standard library", standard_rows, 500); }
TEST_CASE("derivatives of structured ops") { check_all("structured ops", structured_rows, 23000); }
TEST_CASE("derivatives of what gradients are made of") { check_all("inner ops", inner_rows, 3200); }
TEST_CASE("edges, node by node") { check_edges(edges(), elementwise_rows), check_edges(standard_edges(), standard_rows), check_edges(reduction_edges(), structured_rows); }

TEST_CASE("what has lost its digits is found") {
  // The sigmoid's gradient by its value is off where that is near 1.
  auto by_value = *tl::id_of<tl::sigmoid_op>();
  by_value.gradient = [](tl::ref dy, tl::ref y, std::span<const tl::ref>, std::span<tl::ref> dx) { dx[0] = dy * (y * (1.0 - y)); };
  const replacement instead = [&](const tl::op_info* op) { return op == tl::id_of<tl::sigmoid_op>() ? &by_value : nullptr; };
  long comparisons = 0;
  faults in_double, in_float;
  for (unsigned seed = 1; seed <= shapes_each; ++seed) {
    const derivative_check check(row_named("sigmoid"), seed);
    in_double += check(comparisons, instead), in_float += check.in_float(comparisons, instead);
  }
  CHECK_FALSE(in_double.none());
  CHECK_FALSE(in_float.none());
}

TEST_CASE("what is wrong at an edge is found") {
  const auto relu = row_named("relu");
  CHECK(edge_faults<float>({1, "relu", {{0, 2}}, {0, 2}, {{0, 1}}}, relu).none());
  CHECK_FALSE(edge_faults<float>({1, "relu", {{0, 2}}, {-0.0, 2}, {{0, 1}}}, relu).none());
  CHECK_FALSE(edge_faults<float>({1, "relu", {{0, 2}}, {0, 2}, {{0.5, 1}}}, relu).none());
  CHECK_FALSE(edge_faults<double>({1, "relu", {{0, 2}}, {0, 2.00001}, {{0, 1}}}, relu).none());
}

}  // namespace checks
