#include <tapeless/plan/layout.hpp>

#include <numeric>

#include "support/plan_faults.hpp"

using namespace tapeless;
using namespace tapeless::test;

namespace {

/// The elements of a node by their number in the root, in row-major order, found without strides.
std::vector<std::int64_t> elements(const graph& g, int id) {
  const auto& s = g.shape_of(id);
  const auto count = static_cast<std::size_t>(element_count(s));
  std::vector<std::int64_t> out(count);
  if (!g.is(id, op_kind::view)) {
    std::iota(out.begin(), out.end(), 0);
    return out;
  }
  const auto in = elements(g, g.operand_of(id, 0));
  const auto& from = g.shape_of(g.operand_of(id, 0));
  const auto& a = g.attributes_of(id);
  const auto* op = g[id].op;
  if (op == id_of<reshape_op>()) return in;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::int64_t, max_rank> to{}, at{};
    auto rest = static_cast<std::int64_t>(i);
    for (int axis = s.rank - 1; axis >= 0; --axis) to[static_cast<std::size_t>(axis)] = rest % s[axis].constant, rest /= s[axis].constant;
    for (int axis = 0; axis < from.rank; ++axis) {
      const auto n = static_cast<std::size_t>(axis);
      if (op == id_of<broadcast_to_op>()) at[n] = from[axis].is_one() ? 0 : to[n + static_cast<std::size_t>(s.rank - from.rank)];
      else if (op == id_of<slice_op>()) at[n] = axis == a.a ? a.b + a.c * to[n] : to[n];
    }
    if (op == id_of<transpose_op>())
      for (int axis = 0; axis < s.rank; ++axis) at[static_cast<std::size_t>(transpose_op::old_axis(a, axis))] = to[static_cast<std::size_t>(axis)];
    std::int64_t index = 0;
    for (int axis = 0; axis < from.rank; ++axis) index = index * from[axis].constant + at[static_cast<std::size_t>(axis)];
    out[i] = in[static_cast<std::size_t>(index)];
  }
  return out;
}

std::vector<std::int64_t> addressed(const layout& l) {
  std::vector<std::int64_t> out{l.offset};
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(l.rank); ++axis) {
    std::vector<std::int64_t> next;
    for (auto at : out)
      for (std::int64_t i = 0; i < l.extents[axis]; ++i) next.push_back(at + i * l.strides[axis]);
    out = next;
  }
  return out;
}

/// The only strides that could address these elements; whether they do.
bool has_strides(const std::vector<std::int64_t>& e, const shape& s) {
  if (e.empty()) return true;
  layout l{.offset = e.front(), .rank = s.rank};
  std::size_t step = 1;
  for (int axis = s.rank - 1; axis >= 0; --axis) {
    const auto n = static_cast<std::size_t>(axis);
    l.extents[n] = s[axis].constant;
    l.strides[n] = s[axis].constant > 1 ? e[step] - e.front() : 0;
    step *= static_cast<std::size_t>(s[axis].constant);
  }
  return addressed(l) == e;
}

ref random_view(std::mt19937& random, ref x) {
  const auto s = x.shape();
  const int axis = s.rank == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(s.rank));
  switch (random() % 5) {
    case 0: return s.rank < 2 ? x : matrix_transpose(x);
    case 1: return s.rank == 0 ? x : apply<slice_op>(detail::slice_of(s, axis, end, end, -1), x);
    case 2: return s.rank == 0 || s[axis].constant < 3 ? x : apply<slice_op>(detail::slice_of(s, axis, 1, end, random() % 2 == 0 ? 2 : 1), x);
    case 3: {
      shape wide = s;
      bool any = false;
      for (int i = 0; i < s.rank && !any; ++i)
        if (s[i].is_one()) wide[i] = dim(3), any = true;
      return any ? broadcast_to(x, wide) : x;
    }
    default: {
      const auto n = element_count(s);
      const std::int64_t rows = n % 4 == 0 ? 4 : n % 3 == 0 ? 3 : n % 2 == 0 ? 2 : 1;
      return random() % 2 == 0 ? reshape(x, shape(n)) : random() % 2 == 0 ? reshape(x, shape(rows, n / rows)) : reshape(x, shape(n / rows, 1, rows));
    }
  }
}

constexpr dim N{symbol("N")};

constexpr layout layout_in(auto body) {
  builder b;
  const ref y = body(b);
  return layout_of(b.graph, y.id, representative_binding(b.graph));
}

}  // namespace

TEST_CASE("layout: chains of views address the elements that they name, and have a layout wherever strides exist") {
  std::mt19937 random(1);
  int with = 0, without = 0;
  for (int round = 0; round < 3000; ++round) {
    builder b;
    ref x = random() % 2 == 0 ? placeholder_in(b, "x", shape(2, 6, 4)) : placeholder_in(b, "x", shape(3, 1, 4));
    for (int i = 0; i < 5; ++i) x = random_view(random, x);
    REQUIRE(b.mistake.empty());
    // Only up to the first view that has no layout: behind it a copy would stand.
    for (int id = 0; id < b.graph.size(); ++id) {
      const auto l = layout_of(b.graph, id, binding{});
      const auto e = elements(b.graph, id);
      CAPTURE(to_string(b.graph));
      REQUIRE(l.ok == has_strides(e, b.graph.shape_of(id)));
      if (!l.ok) { ++without; break; }
      REQUIRE(addressed(l) == e);
      ++with;
    }
  }
  CHECK(with > 1000);
  CHECK(without > 100);
}

TEST_CASE("layout: dynamic dims") {
  constexpr auto rows = layout_in([](builder& b) { return reshape(placeholder_in(b, "x", shape(N, 4)), shape(N, 2, 2)); });
  static_assert(rows.ok && rows.strides[0] == 4 && rows.strides[1] == 2 && rows.strides[2] == 1);
  constexpr auto flat = layout_in([](builder& b) { return reshape(placeholder_in(b, "x", shape(N, 4)), shape(dim(0, 4, symbol("N")))); });
  static_assert(flat.ok && flat.strides[0] == 1);
  constexpr auto turned = layout_in([](builder& b) { return reshape(matrix_transpose(placeholder_in(b, "x", shape(N, 4))), shape(dim(0, 4, symbol("N")))); });
  static_assert(!turned.ok);
}

TEST_CASE("layout: the extents that stand for dynamic dims divide no static extent") {
  builder b;
  placeholder_in(b, "x", shape(N, 2003, 2 * 2011, dim(symbol("M"))));
  const auto bound = representative_binding(b.graph);
  CHECK(bound(N) == 2017);
  CHECK(bound(dim(symbol("M"))) == 2027);
}
