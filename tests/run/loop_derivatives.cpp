#include "support/loops.hpp"

// Loops against the same steps written out, whose derivatives other tests hold against numbers from outside.

using namespace tapeless::test::loops;
using tapeless::test::waves;

TEST_CASE("loops: values and derivatives of every mode") {
  constexpr auto a = tl::sum(looped * looped);
  constexpr auto b = tl::sum(unrolled * unrolled);
  constexpr auto length = [](auto d) { return tl::sum(d * d); };
  check_pairs<tl::simd>(
      equal(looped, unrolled, 1e-14),
      equal(tl::derivative(a, w), tl::derivative(b, w), 1e-13),
      equal(tl::derivative(a, xs), tl::derivative(b, xs), 1e-13),
      equal(tl::jvp(looped, start, v), tl::jvp(unrolled, start, v), 1e-13),
      equal(tl::vjp(looped, start, v), tl::vjp(unrolled, start, v), 1e-13),
      equal(tl::hvp(a, start, v), tl::hvp(b, start, v), 1e-12),
      equal(tl::derivative(length(tl::derivative(a, w)), w), tl::derivative(length(tl::derivative(b, w)), w), 1e-12),  // reverse over reverse
      different(looped, start, 1e-3));
  check_pairs<tl::reference>(equal(looped, unrolled, 1e-14), equal(tl::derivative(a, w), tl::derivative(b, w), 1e-13), equal(tl::jvp(looped, start, v), tl::jvp(unrolled, start, v), 1e-13));
}
