#include "support/loops.hpp"

// Loops against the same steps written out, whose derivatives other tests hold against numbers from outside.

using namespace tapeless::test::loops;
using tapeless::test::waves;

TEST_CASE_TEMPLATE("loops: inside loops", Backend, tl::simd, tl::reference) {
  // h <- sum over j of tanh(h + x_j) x_i, for each row x_i
  constexpr auto nested = tl::invoke([](auto rows, auto first) {
    return tl::fold([=](auto h, auto x) {
      return tl::fold([=](auto s, auto y) { return s + tl::tanh(h + y) * x; }, h * 0.5, rows);
    }, first, rows);
  }, xs, start);
  constexpr auto sweep = [](auto h, auto x) { return h * 0.5_c + (tl::tanh(h + row<0>) + tl::tanh(h + row<1>) + tl::tanh(h + row<2>) + tl::tanh(h + row<3>) + tl::tanh(h + row<4>)) * x; };
  constexpr auto written = sweep(sweep(sweep(sweep(sweep(start, row<0>), row<1>), row<2>), row<3>), row<4>);
  check_pairs<Backend>(
      equal(nested, written, 1e-13),
      equal(tl::derivative(tl::sum(nested), xs), tl::derivative(tl::sum(written), xs), 1e-12),
      equal(tl::jvp(nested, start, v), tl::jvp(written, start, v), 1e-12),
      equal(tl::derivative(tl::sum(nested), start), tl::derivative(tl::sum(written), start), 1e-12));
}
