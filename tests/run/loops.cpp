#include "support/loops.hpp"

// Loops against the same steps written out, whose derivatives other tests hold against numbers from outside.

using namespace tapeless::test::loops;
using tapeless::test::waves;

TEST_CASE_TEMPLATE("loops: scan, map_fn and repeat", Backend, tl::simd, tl::reference) {
  constexpr auto both = [](auto h, auto x) {
    auto y = tl::invoke(step, h, x);
    return std::pair(y, std::tuple(y * 2, x + h));
  };
  constexpr auto scanned = tl::scan(both, start, xs);
  constexpr auto last = scanned.first;
  constexpr auto doubled = std::get<0>(scanned.second);
  constexpr auto sums = std::get<1>(scanned.second);
  constexpr auto loss = tl::sum(doubled * sums) + tl::sum(last);
  constexpr auto one = [](auto h, auto x) { return tl::invoke(step, h, x); };
  constexpr auto h1 = one(start, row<0>);
  constexpr auto h2 = one(h1, row<1>);
  constexpr auto h3 = one(h2, row<2>);
  constexpr auto h4 = one(h3, row<3>);
  constexpr auto h5 = one(h4, row<4>);
  constexpr auto written = 2_c * (tl::sum(h1 * (row<0> + start)) + tl::sum(h2 * (row<1> + h1)) + tl::sum(h3 * (row<2> + h2)) + tl::sum(h4 * (row<3> + h3)) + tl::sum(h5 * (row<4> + h4))) + tl::sum(h5);
  constexpr auto mapped = tl::map_fn([](auto x) { return tl::exp(x) * tl::sum(x); }, xs);
  constexpr auto at_once = tl::exp(xs) * tl::sum<1>(xs, tl::keepdims);
  constexpr auto block = [](auto h) { return tl::tanh(tl::matmul(h, w)); };
  constexpr auto thrice = tl::repeat<3>(block, start);
  constexpr auto by_hand = tl::invoke(block, tl::invoke(block, tl::invoke(block, start)));
  check_pairs<Backend>(
      equal(last, unrolled, 1e-14),
      equal(tl::take<0, 4>(doubled), unrolled * 2_c, 1e-14),
      equal(tl::take<0, 0>(sums), start + row<0>, 1e-15),
      equal(loss, written, 1e-14),
      equal(tl::derivative(loss, w), tl::derivative(written, w), 1e-13),
      equal(tl::derivative(loss, start), tl::derivative(written, start), 1e-13),
      equal(mapped, at_once, 1e-15),
      equal(tl::derivative(tl::sum(mapped), xs), tl::derivative(tl::sum(at_once), xs), 1e-14),
      equal(thrice, by_hand, 1e-15),
      equal(tl::derivative(tl::sum(thrice), w), tl::derivative(tl::sum(by_hand), w), 1e-14));
}

TEST_CASE_TEMPLATE("loops: carried values may change places, and be numbers", Backend, tl::simd, tl::reference) {
  // Fibonacci numbers, whose derivatives by the first two are Fibonacci numbers
  constexpr tl::placeholder<"a", double> a;
  constexpr tl::placeholder<"b", double> b;
  constexpr auto fibonacci = tl::repeat<10>([](auto s) {
    auto [x, y] = s;
    return std::tuple(y, x + y);
  }, std::tuple(a, b));
  constexpr auto last = std::get<0>(fibonacci);
  auto session = tl::session<Backend>(last, std::get<1>(fibonacci), tl::derivative(last, a), tl::derivative(last, b));
  const auto [f10, f11, by_a, by_b] = session.run(a = 0.0, b = 1.0);
  CHECK(f10 == 55);
  CHECK(f11 == 89);
  CHECK(by_a == 34);
  CHECK(by_b == 55);
  constexpr auto count = tl::fold([](auto n, auto) { return n + 1; }, 0_c, xs);
  auto counting = tl::session<Backend>(count);
  CHECK(std::get<0>(counting.run(xs = waves<double>(15, 0.7))) == 5);
}

TEST_CASE("loops: a body is one kernel, and what it does not need is not carried") {
  using program = tl::program<decltype(looped), decltype(tl::derivative(tl::sum(looped), start))>;
  using forward = tl::body_program<program, 0, tl::region_part::step>;
  using reverse = tl::body_program<program, 1, tl::region_part::step>;
  CHECK(forward::kernels == 3);  // what keeps the carried value for the way back, the product, and all that follows
  CHECK(reverse::kernels == 3);
  constexpr auto unused = std::get<0>(tl::fold([](auto s, auto x) {
    auto [a, b] = s;
    return std::tuple(a + x, tl::matmul(b, w));
  }, std::tuple(start, start), xs));
  using part = tl::program<decltype(unused)>;
  CHECK(tl::body_program<part, 0, tl::region_part::step>::kernels == 1);
}

TEST_CASE("loops: extents that are fed, inside the body too") {
  constexpr tl::placeholder<"rows", float, "T"_d, "B"_d, 4> rows;
  constexpr auto total = tl::fold([](auto s, auto x) { return tl::tanh(s * 0.9 + x); }, tl::sum<0>(rows) * 0_c, rows);
  constexpr auto loss = tl::sum(total * total);
  auto session = tl::session<tl::simd>(loss, tl::derivative(loss, rows));
  auto plain = tl::session<tl::reference>(loss, tl::derivative(loss, rows));
  for (const auto& [t, b] : {std::pair<std::int64_t, std::int64_t>(3, 2), {7, 5}, {1, 1}, {0, 3}}) {
    const auto x = waves<float>(t * b * 4, 0.3);
    const auto [value, dx] = session.run(rows = tl::view(x.data(), t, b, std::int64_t{4}));
    const auto [same, dx_same] = plain.run(rows = tl::view(x.data(), t, b, std::int64_t{4}));
    CHECK(std::abs(value - same) < 1e-5);
    CHECK(distance(dx, dx_same) < 1e-5);
  }
}
