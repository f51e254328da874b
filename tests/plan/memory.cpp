#include "support/plan_faults.hpp"

using namespace tapeless;
using namespace tapeless::test;

namespace {

constexpr dim N{symbol("N")};

binding bound_to(std::int64_t n) {
  binding b;
  b.add(N.name, n);
  return b;
}
/// exp(exp(exp(x . w) . w) . w): what elementwise kernels write can take over what products wrote.
constexpr graph tower(dim rows) {
  return graph_of([=](builder& b) {
    const ref w = placeholder_in(b, "w", shape(16, 16));
    ref x = placeholder_in(b, "x", shape(rows, 16));
    for (int i = 0; i < 3; ++i) x = exp(matmul(x, w));
    return x;
  });
}

}  // namespace

TEST_CASE("memory: storages that are alive at the same time do not overlap, whatever the binding") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const bool dynamic = seed % 2 == 0;
    const auto r = plan_graph(random_graph(seed, dynamic));
    for (const std::int64_t n : {0, 1, 3, 64}) {
      const auto b = dynamic ? bound_to(n) : binding{};
      CAPTURE(seed);
      CAPTURE(n);
      CAPTURE(plan_text(r));
      REQUIRE(memory_faults(r, plan_memory(r.graph, r.plan, b, 0), b) == "");
    }
  }
}

TEST_CASE("memory: the checker finds storages that overlap, and those outside the arena") {
  const auto r = plan_graph(tower(8));
  auto m = plan_memory(r.graph, r.plan, {}, 0);
  CHECK(memory_faults(r, m, {}) == "");
  auto moved = m;
  for (auto& offset : moved.offsets)
    if (offset >= 0) offset = 0;
  CHECK(memory_faults(r, moved, {}).find("overlap") != std::string::npos);
  m.workspace -= 1;
  CHECK(memory_faults(r, m, {}).find("outside") != std::string::npos);
}

TEST_CASE("memory: chains split by products work in place, and their memory is used again") {
  static_assert([] {
    const auto r = plan_graph(tower(8));
    int in_place = 0;
    for (const auto& s : r.plan.storages) in_place += s.in_place_of >= 0;
    return in_place;
  }() == 3);
  // Two matrices of 8 x 16 floats: what is read and what is written.
  static_assert([] {
    const auto r = plan_graph(tower(8));
    return plan_memory(r.graph, r.plan, {}, 0).arena_bytes;
  }() == 2 * 8 * 16 * 4);
}

TEST_CASE("memory: the arena grows with the dims; scratch memory stands behind it") {
  const auto r = plan_graph(tower(N));
  CHECK(plan_memory(r.graph, r.plan, bound_to(0), 0).arena_bytes == 0);
  CHECK(plan_memory(r.graph, r.plan, bound_to(1), 0).arena_bytes == 2 * 64);
  const auto m = plan_memory(r.graph, r.plan, bound_to(8), 100);
  CHECK(m.workspace == 2 * 8 * 16 * 4);
  CHECK(m.arena_bytes == m.workspace + 128);
}

TEST_CASE("memory: bools do not take over the memory of floats, nor a result that of an operand read otherwise") {
  const auto in_place = [](auto body) {
    const auto r = plan_of([=](builder& b) { return body(matmul(placeholder_in(b, "x", shape(4, 4)), placeholder_in(b, "y", shape(4, 4)))); });
    int n = 0;
    for (const auto& s : r.plan.storages) n += s.in_place_of >= 0;
    return n;
  };
  CHECK(in_place([](ref p) { return exp(p); }) == 1);
  CHECK(in_place([](ref p) { return p < 0.5; }) == 0);
  CHECK(in_place([](ref p) { return p + matrix_transpose(p); }) == 0);
  CHECK(in_place([](ref p) { return exp(apply<slice_op>({.a = 0, .b = 3, .c = -1, .target = shape(4)}, p)); }) == 0);
  CHECK(in_place([](ref p) { return std::array{exp(p), p}; }) == 0);
  CHECK(in_place([](ref p) { return sum<1>(p); }) == 0);
}
