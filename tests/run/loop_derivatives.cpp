#include "support/loops.hpp"

// Loops against the same steps written out, whose derivatives other tests hold against numbers from outside.

using namespace tapeless::test::loops;
using tapeless::test::waves;

TEST_CASE_TEMPLATE("loops: values and derivatives of every mode", Backend, tl::simd, tl::reference) {
  constexpr auto a = tl::sum(looped * looped);
  constexpr auto b = tl::sum(unrolled * unrolled);
  CHECK(distance_of<Backend>(looped, unrolled) < 1e-14);
  CHECK(distance_of<Backend>(tl::derivative(a, w), tl::derivative(b, w)) < 1e-13);
  CHECK(distance_of<Backend>(tl::derivative(a, xs), tl::derivative(b, xs)) < 1e-13);
  CHECK(distance_of<Backend>(tl::jvp(looped, start, v), tl::jvp(unrolled, start, v)) < 1e-13);
  CHECK(distance_of<Backend>(tl::vjp(looped, start, v), tl::vjp(unrolled, start, v)) < 1e-13);
  CHECK(distance_of<Backend>(tl::hvp(a, start, v), tl::hvp(b, start, v)) < 1e-12);
  // reverse over reverse
  constexpr auto length = [](auto d) { return tl::sum(d * d); };
  CHECK(distance_of<Backend>(tl::derivative(length(tl::derivative(a, w)), w), tl::derivative(length(tl::derivative(b, w)), w)) < 1e-12);
  CHECK(distance_of<Backend>(looped, start) > 1e-3);  // two things that differ
}
