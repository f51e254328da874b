#include "../support/graph_text.hpp"

#include <limits>
#include <tapeless/graph/dot.hpp>

using namespace tapeless;
using namespace tapeless::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T> struct printed {
  T value;
  std::string_view expected;
  constexpr bool right() const {
    text t;
    return print_decimal(t, value).view() == expected;
  }
};
constexpr printed<double> doubles[]{
    {0.0, "0"}, {-0.0, "-0"}, {2.0, "2"}, {-17.0, "-17"}, {100000.0, "100000"}, {0.5, "0.5"}, {0.001, "0.001"}, {1e-05, "1e-05"},
    {0.000123, "0.000123"}, {-12345.678, "-12345.678"}, {1.0 / 3, "0.3333333333333333"}, {0.7978845608028654, "0.7978845608028654"},
    {1e100, "1e+100"}, {1.5e20, "1.5e+20"}, {infinity, "inf"}, {-infinity, "-inf"}, {std::numeric_limits<double>::quiet_NaN(), "nan"},
};
constexpr printed<float> floats[]{{0.1f, "0.1"}, {0.044715f, "0.044715"}, {1e-7f, "1e-07"}, {3.4028235e38f, "3.4028235e+38"}};
constexpr bool right_while_compiling = [] {
  for (const auto& p : doubles)
    if (!p.right()) return false;
  for (const auto& p : floats)
    if (!p.right()) return false;
  return true;
}();

constexpr graph layer() {
  builder b;
  const ref x = placeholder_in(b, "x", shape(64, dim(symbol("N")))), w = variable_in(b, "w", shape(100, 10));
  const ref y = apply<matmul_op>({.a = 1}, x, transpose(w));
  const ref rows = sum<0>(y), total = sum(0.5 * rows);
  b.graph.outputs.push_back(total.id);
  b.graph.outputs.push_back(max<1>(y, keepdims).id);
  add_assignment(b, w, w * 0.001);
  return b.graph;
}
constexpr std::string_view layer_text =
    "%0 = placeholder \"x\" : float (64, N)\n"
    "%1 = variable \"w\" : float (100, 10)\n"
    "%2 = transpose %1 axes=(1, 0) : float (10, 100)\n"
    "%3 = matmul %0 %2 transpose_a : float (N, 100)\n"
    "%4 = sum %3 axes=(0,) : float (100,)\n"
    "%5 = constant 0.5 weak : double ()\n"
    "%6 = constant 0.5 : float ()\n"
    "%7 = mul %6 %4 : float (100,)\n"
    "%8 = sum %7 axes=(0,) : float ()\n"
    "%9 = max %3 axes=(1,) keepdims : float (N, 1)\n"
    "%10 = constant 0.001 weak : double ()\n"
    "%11 = constant 0.001 : float ()\n"
    "%12 = mul %1 %11 : float (100, 10)\n"
    "return %8 %9\n"
    "assign %1 <- %12\n";
constexpr auto frozen_layer = freeze<[] { return layer(); }>();

template <class F> std::string last_line(F f) {
  const std::string all = to_string(graph_of([&](builder& b) { return f(placeholder_in(b, "x", shape(4, 6))); }));
  const auto end = all.rfind("\nreturn"), begin = all.rfind('\n', end - 1) + 1;
  return all.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("print_decimal: the fewest digits that read back, the same while compiling and at run time") {
  static_assert(right_while_compiling);
  for (const auto& p : doubles) {
    CAPTURE(p.value);
    CHECK(p.right());
  }
  for (const auto& p : floats) {
    CAPTURE(p.value);
    CHECK(p.right());
  }
}

TEST_CASE("print: a line for each node, results, assignments; in constant expressions too") {
  static_assert(equals(print(layer()), layer_text));
  CHECK(to_string(frozen_layer) == layer_text);
  CHECK(to_string(graph{}) == "");
}

TEST_CASE("print: attributes") {
  CHECK(last_line([](ref x) { return sum(x); }) == "%1 = sum %0 axes=(0, 1) : float ()");
  CHECK(last_line([](ref x) { return slice<1, 1, 6, 2>(x); }) == "%1 = slice %0 axis=1 start=1 step=2 : float (4, 3)");
  CHECK(last_line([](ref x) { return pad<0, 1, 2>(x, 0.25); }) == "%1 = pad %0 axis=0 first=1 step=1 fill=0.25 : float (7, 6)");
  CHECK(last_line([](ref x) { return concat<-1>(x, x); }) == "%1 = concat %0 %0 axis=1 : float (4, 12)");
  CHECK(last_line([](ref x) { return arg_max<0>(x, keepdims); }) == "%1 = arg_max %0 axis=0 keepdims : int64 (1, 6)");
  CHECK(last_line([](ref x) { return cast<double>(x); }) == "%1 = cast_double %0 : double (4, 6)");
  CHECK(last_line([](ref x) { return reshape<24>(x); }) == "%1 = reshape %0 : float (24,)");
  CHECK(last_line([](ref x) { return x + std::numeric_limits<double>::infinity(); }) == "%3 = add %0 %2 : float (4, 6)");
}

TEST_CASE("to_dot: nodes, edges, clusters, escapes") {
  const graph g = graph_of([](builder& b) { return exp(placeholder_in(b, "a \"b\"\\", shape(2)) * 2.0); });
  const graph s = simplify(g);
  CHECK(to_dot(s) ==
        "digraph {\n"
        "  node [shape=ellipse fontname=\"sans-serif\"];\n"
        "  n0 [label=\"placeholder \\\"a \\\"b\\\"\\\\\\\"\\nfloat (2,)\" shape=box style=filled fillcolor=lightgrey];\n"
        "  n1 [label=\"constant 2\\nfloat ()\" shape=plaintext];\n"
        "  n2 [label=\"mul\\nfloat (2,)\"];\n"
        "  n3 [label=\"exp\\nfloat (2,)\"];\n"
        "  n0 -> n2;\n"
        "  n1 -> n2;\n"
        "  n2 -> n3;\n"
        "  n3 [peripheries=2];\n"
        "}\n");
  const std::string clustered = to_dot(s, {-1, -1, 1, 1});
  CHECK(clustered.find("  subgraph cluster_1 {\n    label=\"1\";\n    n2 [label=\"mul\\nfloat (2,)\"];\n    n3 [label=\"exp\\nfloat (2,)\"];\n  }\n") != std::string::npos);
  CHECK(clustered.find("cluster_0") == std::string::npos);
  CHECK(to_dot(frozen_layer).find("  n12 -> n1 [style=dashed constraint=false];\n") != std::string::npos);
}
