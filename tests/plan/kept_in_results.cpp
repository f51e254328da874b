#include "support/backends.hpp"
#include "support/plan_faults.hpp"

#include <cmath>

using namespace tapeless;
using namespace tapeless::test;

// What a pass over a long row keeps for the pass that writes a result stands in that result until then.

namespace {

/// How many steps are kept in results, and in buffers.
struct counts {
  int homes = 0, buffered = 0;
  friend bool operator==(const counts&, const counts&) = default;
};
counts kept_by(const planned& r) {
  counts n;
  for (const auto& s : r.plan.steps) n.homes += s.kept != 0 && s.home > 0, n.buffered += s.kept != 0 && s.home == 0;
  int expected = 0;
  for (const auto& k : r.plan.kernels) expected += k.kept_count;
  CHECK(expected == n.buffered);
  return n;
}
template <class Body> counts kept_in(Body body) { return kept_by(plan_of(body)); }

ref softmax_of(ref x, int axis) {
  const attributes along{.a = std::int64_t{1} << axis, .b = 1};
  const ref e = exp(x);
  return e / apply<sum_op>(along, e);
}

std::vector<double> waves_of(std::size_t n, int phase) {
  std::vector<double> w(n);
  for (std::size_t i = 0; i < n; ++i) w[i] = 3 * std::sin(static_cast<double>(i) * 0.7 + phase);
  return w;
}

}  // namespace

TEST_CASE("kept in results: of long rows, where nothing else is read there") {
  const auto x = [](builder& b, dim n, dtype type = dtype::f64) { return placeholder_in(b, "x", shape(3, n), type); };
  CHECK(kept_in([=](builder& b) { return softmax_of(x(b, 2000), 1); }) == counts{1, 0});
  CHECK(kept_in([=](builder& b) { return softmax_of(x(b, 500), 1); }) == counts{0, 1});   // a short row
  CHECK(kept_in([](builder& b) { return softmax_of(placeholder_in(b, "x", shape(2000, 24), dtype::f64), 0); }) == counts{1, 0});
  CHECK(kept_in([=](builder& b) { return sum<1>(square(softmax_of(x(b, 2000), 1)) + softmax_of(x(b, 2000), 1)); }) == counts{0, 1});  // nothing of the row is written
  CHECK(kept_in([](builder& b) {  // elements of one width only
          return cast<float>(softmax_of(placeholder_in(b, "x", shape(3, 5000), dtype::f64), 1));
        }).homes <= 1);
}

TEST_CASE("kept in results: not where the result takes over what is still read") {
  const auto r = plan_of([](builder& b) {
    const ref x = placeholder_in(b, "x", shape(4, 3000), dtype::f64), w = placeholder_in(b, "w", shape(3000, 3000), dtype::f64);
    const ref m = matmul(x, w);
    return exp(m) / apply<sum_op>({.a = 2, .b = 1}, exp(m)) * m;  // in place of m
  });
  bool in_place = false;
  for (const auto& s : r.plan.storages) in_place = in_place || s.in_place_of >= 0;
  CHECK(in_place);
  CHECK(kept_by(r) == counts{0, 1});
}

TEST_CASE("kept in results: an assigned variable holds its old value until the last pass") {
  const auto r = plan_of([](builder& b) {
    const ref v = variable_in(b, "v", shape(3000), dtype::f64), e = exp(v), y = e / apply<sum_op>({.a = 1, .b = 1}, e) + v;
    add_assignment(b, v, y);
    return std::array{apply<sum_op>({.a = 1}, e)};
  });
  CHECK(kept_by(r).homes == 0);
}

TEST_CASE("kept in results: the numbers of the reference, whole registers and parts of them") {
  const auto check = []<std::int64_t N>(std::integral_constant<std::int64_t, N>) {
    constexpr placeholder<"x", double, 2, N> x;
    constexpr placeholder<"t", double, N, 11> t;
    constexpr auto rows = exp(x) / sum<1>(exp(x), keepdims);
    constexpr auto columns = exp(t) / sum<0>(exp(t), keepdims);
    constexpr auto lse = log(sum(exp(x)));
    checks::both_backends both(rows, sum<1>(rows * rows), columns, lse, derivative(lse, x));
    const auto xs = waves_of(static_cast<std::size_t>(2 * N), 0), ts = waves_of(static_cast<std::size_t>(11 * N), 1);
    CHECK(both.compare(1e-13, x = xs, t = ts).text() == "");
    // the value is the same bits with its gradient and without
    auto alone = session<simd>(lse);
    auto with = session<simd>(lse, derivative(lse, x));
    CHECK(std::get<0>(alone.run(x = xs)) == std::get<0>(with.run(x = xs)));
  };
  check(std::integral_constant<std::int64_t, 1025>{});
  check(std::integral_constant<std::int64_t, 1100>{});
  check(std::integral_constant<std::int64_t, 1536>{});
  check(std::integral_constant<std::int64_t, 1543>{});
}
