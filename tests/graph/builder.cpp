#include "../support/graph_text.hpp"

using namespace tapeless;
using namespace tapeless::literals;
using namespace tapeless::test;

TEST_CASE("builder: equal operations on equal operands are one node") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(3)), y = placeholder_in(b, "y", shape(3));
  const ref once = exp(x * y);
  const int size = b.graph.size();
  CHECK(exp(x * y).id == once.id);
  CHECK(b.graph.size() == size);
  CHECK((y * x).id != (x * y).id);
  CHECK(sum(x).id == sum<0>(x).id);
  CHECK(sum(x).id != sum(x, keepdims).id);
  CHECK(max(x).id != sum(x).id);
  CHECK((x + 1.0).id == (x + 1.0).id);
  CHECK((x + 1.0).id != (x + 2.0).id);
  CHECK((x + 0.0).id != (x + -0.0).id);
}

TEST_CASE("builder: nodes stay one among thousands") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(3));
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 3000; ++i) x* static_cast<double>(i);
  CHECK(b.graph.size() == 1 + 3 * 3000);
}

TEST_CASE("builder: leaves are known by name") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(3));
  CHECK(placeholder_in(b, "x", shape(3)).id == x.id);
  CHECK(b.mistake.empty());
  CHECK(placeholder_in(b, "y", shape(3)).id != x.id);
  placeholder_in(b, "x", shape(3, 4));
  CHECK(b.mistake.view() == "two leaves are named \"x\": placeholder (3,) float and placeholder (3, 4) float");

  builder kinds;
  variable_in(kinds, "x", shape(3));
  placeholder_in(kinds, "x", shape(3), dtype::f64);
  CHECK(kinds.mistake.view() == "two leaves are named \"x\": variable (3,) float and placeholder (3,) double");
}

TEST_CASE("builder: the first mistake is kept, and says where") {
  builder b;
  const ref x = placeholder_in(b, "x", shape(2, 3)), y = placeholder_in(b, "y", shape(4));
  x + y;
  CHECK(b.mistake.view() == "add: shapes do not broadcast: x (2, 3) float and y (4,) float");
  matmul(x, x);
  CHECK(b.mistake.view() == "add: shapes do not broadcast: x (2, 3) float and y (4,) float");

  builder deep;
  const ref z = placeholder_in(deep, "z", shape(2, 3));
  matmul(exp(z + 1.0), z);
  CHECK(deep.mistake.view() == "matmul: inner extents differ: exp(add(...)) (2, 3) float and z (2, 3) float");
}

TEST_CASE("builder: variables are named by scope, placeholders are not") {
  builder b;
  b.enter_scope("block");
  b.enter_scope("dense");
  const ref inner = variable_in(b, "weights", shape(3)), x = placeholder_in(b, "x", shape(3));
  b.leave_scope();
  const ref outer = variable_in(b, "weights", shape(3));
  b.leave_scope();
  CHECK(placeholder_in(b, "x", shape(3)).id == x.id);
  CHECK(inner.id != outer.id);
  CHECK(to_string(b.graph) ==
        "%0 = variable \"block/dense/weights\" : float (3,)\n%1 = placeholder \"x\" : float (3,)\n%2 = variable \"block/weights\" : float (3,)\n");
}

TEST_CASE("builder: numbers take the dtype of what they stand beside") {
  CHECK(to_string(graph_of([](builder& b) { return placeholder_in(b, "n", shape(2), dtype::i64) + 1; })) ==
        "%0 = placeholder \"n\" : int64 (2,)\n%1 = constant 1 weak : double ()\n%2 = constant 1 : int64 ()\n%3 = add %0 %2 : int64 (2,)\nreturn %3\n");
  // among themselves they are computed at once, in double
  constexpr placeholder<"x", float> x;
  CHECK(to_string(trace<decltype(x * ((1_c / 4_c) * 3_c))>().graph).find("%6 = constant 0.75 : float ()\n%7 = mul %0 %6") != std::string::npos);
}

namespace {
template <int N, class X> constexpr auto nested(X x) {
  if constexpr (N == 0) return x;
  else return nested<N - 1>(tapeless::sin(x));
}
}  // namespace

TEST_CASE("builder: expressions nest deeper than calls may in constant expressions") {
  constexpr placeholder<"x", float> x;
  constexpr auto y = nested<200>(nested<200>(x));
  constexpr auto z = nested<200>(y);
  constexpr int nodes = trace<decltype(z)>().graph.size();
  CHECK(nodes == 601);
}
