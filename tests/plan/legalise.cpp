#include <tapeless/plan/legalise.hpp>

#include "support/plan_faults.hpp"

using namespace tapeless;
using namespace tapeless::test;

namespace {

template <class Body> constexpr int copies(Body body) {
  const auto g = legalise(graph_of(body));
  int n = 0;
  for (int id = 0; id < g.size(); ++id) n += g[id].op == id_of<copy_op>();
  return n;
}
constexpr ref matrix(builder& b) { return placeholder_in(b, "x", shape(4, 6)); }

}  // namespace

TEST_CASE("legalise: what has a layout is not copied") {
  static_assert(copies([](builder& b) { return exp(matrix_transpose(matrix(b))); }) == 0);
  static_assert(copies([](builder& b) { return exp(reshape(matrix(b), shape(2, 2, 6))); }) == 0);
  static_assert(copies([](builder& b) { return exp(reshape(slice<0, 1, 3>(matrix(b)), shape(12))); }) == 0);
  static_assert(copies([](builder& b) { return sum(broadcast_to(matrix(b), shape(3, 4, 6))); }) == 0);
  static_assert(copies([](builder& b) { return matmul(matrix(b), matrix_transpose(matrix(b))); }) == 0);
  static_assert(copies([](builder& b) { return matmul(slice<0, end, end, -1>(matrix(b)), matrix_transpose(matrix(b))); }) == 0);
}

TEST_CASE("legalise: a reshape without strides copies its operand") {
  static_assert(copies([](builder& b) { return exp(reshape(matrix_transpose(matrix(b)), shape(24))); }) == 1);
  static_assert(copies([](builder& b) { return exp(reshape(slice<1, 0, 3>(matrix(b)), shape(12))); }) == 1);
  static_assert(copies([](builder& b) { return exp(reshape(broadcast_to(matrix(b), shape(2, 4, 6)), shape(48))); }) == 1);
}

TEST_CASE("legalise: matrix products want a contiguous axis, and numbers in memory") {
  static_assert(copies([](builder& b) { return matmul(slice<1, 0, end, 2>(matrix(b)), placeholder_in(b, "y", shape(3, 2))); }) == 1);
  static_assert(copies([](builder& b) {
    const ref two = apply<broadcast_to_op>({.target = shape(6, 2)}, b.add_constant(2, dtype::f32, false));
    return matmul(matrix(b), two);
  }) == 1);
}

TEST_CASE("legalise: what is fetched or assigned has storage of its own") {
  static_assert(copies([](builder& b) { return matrix(b); }) == 1);
  static_assert(copies([](builder& b) { return matrix_transpose(matrix(b)); }) == 1);
  static_assert(copies([](builder& b) { return b.add_constant(2, dtype::f32, false); }) == 1);
  static_assert(copies([](builder& b) { return exp(matrix(b)); }) == 0);
  static_assert(copies([](builder& b) {
    add_assignment(b, variable_in(b, "v", shape(4, 6)), matrix(b));
    return exp(matrix(b));
  }) == 1);
}
