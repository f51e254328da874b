#include "support/plan_faults.hpp"

#include <tapeless/run/program.hpp>

using namespace tapeless;
using namespace tapeless::test;

namespace {

constexpr graph layer() {
  return graph_of([](builder& b) {
    const ref w = placeholder_in(b, "w", shape(6, 2)), x = placeholder_in(b, "x", shape(4, 6));
    return sum<0>(exp(matmul(x, w)));
  });
}

}  // namespace

TEST_CASE("report: arithmetic is counted for what is computed") {
  const auto r = plan_graph(layer());
  // 2 . 4 . 2 . 6 in the product; 8 exponentials; 8 additions.
  CHECK(flops_of(r.graph, r.plan, {}) == 96 + 8 + 8);
  const auto rows = plan_of([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(4, 6));
    return sqrt(sum<1>(x * x));
  });
  CHECK(flops_of(rows.graph, rows.plan, {}) == 24 + 24 + 4);
  const auto convolved = plan_of([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(2, 3, 8, 8)), w = placeholder_in(b, "w", shape(5, 3, 3, 3)), y = conv2d(x, w);
    return std::array{y, add_derivative(b, sum(y * y), x), add_derivative(b, sum(y * y), w)};
  });
  // 2 . 5 . 6 . 6 results, 3 . 3 . 3 weights each, three times over; y^2 does not need computing, its gradient 2y is y + y
  CHECK(flops_of(convolved.graph, convolved.plan, {}) == 3 * 2 * (2 * 5 * 6 * 6) * 27 + 360);
  const auto dynamic = plan_of([](builder& b) { return exp(placeholder_in(b, "x", shape(dim(symbol("N"))))); });
  binding b;
  b.add(symbol("N"), 9);
  CHECK(flops_of(dynamic.graph, dynamic.plan, b) == 9);
}

TEST_CASE("report: kernels in words") {
  CHECK(plan_text(plan_graph(layer())) ==
        "kernel 0: matmul (4, 2); reads %1 %0; writes %2\n"
        "kernel 1: columns over (4, 2): exp sum; reads %2; writes %4\n");
  CHECK(to_string(plan_report{.nodes_written = 5, .nodes_simplified = 4, .kernels = 2, .arena_bytes = 128, .flops = 112, .bytes = 96}) ==
        "5 nodes written, 4 after simplification, 2 kernels, 128 bytes of arena, 112 FLOPs and 96 bytes moved per run");
}

TEST_CASE("report: kernels are clusters of the drawing") {
  const auto r = plan_graph(layer());
  const auto dot = to_dot(r.graph, r.plan);
  const auto cluster = dot.find("subgraph cluster_1");
  REQUIRE(cluster != std::string::npos);
  const auto kernel = dot.substr(cluster, dot.find('}', cluster) - cluster);
  CHECK(kernel.find("exp") != std::string::npos);
  CHECK(kernel.find("sum") != std::string::npos);
  CHECK(kernel.find("matmul") == std::string::npos);
}
