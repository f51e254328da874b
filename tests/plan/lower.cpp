#include "support/plan_faults.hpp"

using namespace tapeless;
using namespace tapeless::test;

namespace {

constexpr dim N{symbol("N")};
constexpr dim M{symbol("M")};

std::string loops(const planned& r) {
  std::string out;
  for (const auto& k : r.plan.kernels) {
    for (int i = 0; i < k.loop_count; ++i) {
      const auto& l = r.plan.loops[static_cast<std::size_t>(k.first_loop + i)];
      out += (i < k.outer_loops ? "outer " : i < k.outer_loops + k.reduced_loops ? "reduced " : "inner ") + std::to_string(l.first) + ":" + std::to_string(l.last) + " ";
    }
    out += "\n";
  }
  return out;
}
template <class Body> std::string loops_of(Body body) { return loops(plan_of(body)); }

std::string numbers(const planned& r, std::int64_t n, std::int64_t m) {
  binding b;
  b.add(N.name, n), b.add(M.name, m);
  std::string out;
  for (auto number : numbers_of(r.graph, r.plan, b)) out += std::to_string(number) + " ";
  return out;
}

}  // namespace

TEST_CASE("lower: axes that all tensors walk as one become one loop") {
  const auto t = [](builder& b) { return placeholder_in(b, "t", shape(2, N, 5)); };
  CHECK(loops_of([=](builder& b) { return exp(t(b)); }) == "inner 0:3 \n");
  CHECK(loops_of([=](builder& b) { return t(b) + placeholder_in(b, "b", shape(5)); }) == "outer 0:2 inner 2:3 \n");
  CHECK(loops_of([=](builder& b) { return t(b) + placeholder_in(b, "b", shape(N, 1)); }) == "outer 0:1 outer 1:2 inner 2:3 \n");
  CHECK(loops_of([=](builder& b) { return t(b) + placeholder_in(b, "b", {}); }) == "inner 0:3 \n");
  CHECK(loops_of([=](builder& b) { return exp(slice<0, end, end, -1>(t(b))); }) == "outer 0:1 inner 1:3 \n");
  CHECK(loops_of([](builder& b) { return exp(placeholder_in(b, "s", {})); }) == "inner 0:0 \n");
}

TEST_CASE("lower: reduced loops stand next to the inner one, which is the last axis") {
  const auto t = [](builder& b) { return placeholder_in(b, "t", shape(2, N, 5)); };
  CHECK(loops_of([=](builder& b) { return sum(t(b)); }) == "inner 0:3 \n");
  CHECK(loops_of([=](builder& b) { return sum<0>(t(b)); }) == "reduced 0:1 inner 1:3 \n");
  CHECK(loops_of([=](builder& b) { return sum<1>(t(b)); }) == "outer 0:1 reduced 1:2 inner 2:3 \n");
  CHECK(loops_of([=](builder& b) { return sum<2>(t(b)); }) == "outer 0:2 inner 2:3 \n");
  CHECK(loops_of([=](builder& b) { return sum<0, 2>(t(b)); }) == "outer 1:2 reduced 0:1 inner 2:3 \n");
}

TEST_CASE("lower: one plan, other numbers for each binding") {
  const auto r = plan_of([](builder& b) {
    const ref t = placeholder_in(b, "t", shape(M, N, 5)), row = placeholder_in(b, "b", shape(1, 5));
    return t + row;
  });
  // The extents of M x N and of 5; then for t, b and the result an offset and a stride for each of the two loops; then
  // whether so much is written that it goes past the caches.
  CHECK(numbers(r, 3, 2) == "6 5 0 5 1 0 0 1 0 5 1 0 ");
  CHECK(numbers(r, 1, 4) == "4 5 0 5 1 0 0 1 0 5 1 0 ");
  CHECK(numbers(r, 4, 1) == "4 5 0 5 1 0 0 1 0 5 1 0 ");
  CHECK(numbers(r, 1000, 1000) == "1000000 5 0 5 1 0 0 1 0 5 1 1 ");
  CHECK(numbers(r, 0, 4).starts_with("0 5 "));
}

TEST_CASE("lower: five dynamic axes do not overflow what stands for them") {
  static_assert([] {
    const auto r = plan_of([](builder& b) {
      return exp(placeholder_in(b, "t", shape(dim(symbol("A")), dim(symbol("B")), dim(symbol("C")), dim(symbol("D")), dim(symbol("E")))));
    });
    return r.plan.kernels.size() == 1 && r.plan.kernels[0].loop_count == 1;
  }());
}

TEST_CASE("lower: kernels of hundreds of scalar operations keep their slots in a byte") {
  builder b;
  std::vector<ref> in;
  for (int i = 0; i < 150; ++i) {
    const std::string name = "s" + std::to_string(i);
    in.push_back(placeholder_in(b, name, {}));
  }
  ref total = in[0];
  for (std::size_t i = 0; i + 1 < in.size(); i += 2) total = total * 1.5 + in[i] * in[i + 1];
  b.graph.outputs.push_back(total.id);
  const auto r = plan_graph(b.graph);
  CHECK(order_faults(r) == "");
  for (const auto& k : r.plan.kernels) CHECK(k.read_count + k.constant_count + k.step_count < 256);
}
