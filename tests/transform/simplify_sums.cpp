#include "../support/graph_text.hpp"

#include <array>

// Sums in derivatives: of slices' gradients, of products that share an operand, of choices by one condition.

using namespace tapeless;
using namespace tapeless::test;

namespace {

const shape matrix(4, 5);

/// f of four leaves (4, 5), as part of a derivative or not.
template <class F> std::string of_leaves(bool derived, F f) {
  return simplified([&](builder& b) {
    const ref x = placeholder_in(b, "x", matrix), y = placeholder_in(b, "y", matrix), v = placeholder_in(b, "v", shape(5, 5)), w = placeholder_in(b, "w", shape(5, 5));
    b.deriving = derived;
    return f(x, y, v, w);
  });
}
template <class F> std::string derived(F f) { return of_leaves(true, f); }
template <class F> std::string written(F f) { return of_leaves(false, f); }

int times(const std::string& text, const std::string& what) {
  int n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}
bool contains(const std::string& text, const std::string& what) { return times(text, what) > 0; }
/// The four rows of x in a matrix of twelve that begin with row `First`.
template <int First> ref padded(ref x) { return pad<0, First, 8 - First>(x); }

}  // namespace

TEST_CASE("simplify: gradients of slices are put together") {
  const auto all = derived([](ref x, ref y, ref, ref) { return padded<8>(x) + padded<0>(y) + padded<4>(x * y); });
  CHECK(contains(all, "concat %1 %2 %0 axis=0 : float (12, 5)"));
  CHECK(times(all, "pad") == 0);
  CHECK(times(all, "add") == 0);
  const auto gap = derived([](ref x, ref y, ref, ref) { return padded<7>(x) + padded<1>(y); });
  CHECK(times(gap, "concat") == 1);
  CHECK(contains(gap, "broadcast_to %2 : float (2, 5)"));  // the zeros between them
  const auto rest = derived([](ref x, ref y, ref, ref) {
    const ref z = concat<0>(x, y, x);
    return std::array{(padded<8>(x) - z) + padded<0>(y)};
  });
  CHECK(times(rest, "pad") == 0);
  CHECK(times(rest, "sub") == 1);
  CHECK(times(rest, "add") == 0);
}

TEST_CASE("simplify: pads that meet, differ, or are written in the program stay") {
  CHECK(times(derived([](ref x, ref y, ref, ref) { return padded<3>(x) + padded<0>(y); }), "pad") == 2);
  CHECK(times(written([](ref x, ref y, ref, ref) { return padded<4>(x) + padded<0>(y); }), "pad") == 2);
  CHECK(times(derived([](ref x, ref y, ref, ref) { return pad<0, 4, 4>(x, 1.0) + padded<0>(y); }), "pad") == 2);
  CHECK(times(derived([](ref, ref, ref v, ref w) { return pad<0, 0, 5>(pad<1, 5, 0>(v)) + pad<1, 0, 5>(pad<0, 5, 0>(w)); }), "concat") == 0);  // along other axes
}

TEST_CASE("simplify: products in derivatives that share an operand are one") {
  CHECK(derived([](ref x, ref, ref v, ref w) { return matmul(x, v) + matmul(x, w); }) ==
        derived([](ref x, ref, ref v, ref w) { return matmul(x, v + w); }));
  CHECK(derived([](ref x, ref y, ref v, ref) { return matmul(transpose(v), transpose(x)) + matmul(transpose(v), transpose(y)); }) ==
        derived([](ref x, ref y, ref v, ref) { return matmul(transpose(v), transpose(x + y)); }));
  const auto third = derived([](ref x, ref y, ref v, ref w) { return (y + matmul(x, v)) + matmul(x, w); });
  CHECK(times(third, "matmul") == 1);
  CHECK(times(third, "add") == 2);
  // what the program says is computed as it says; what is read elsewhere too is there anyway; without a common operand there is nothing to gain
  CHECK(times(written([](ref x, ref, ref v, ref w) { return matmul(x, v) + matmul(x, w); }), "matmul") == 2);
  CHECK(times(derived([](ref x, ref, ref v, ref w) {
          const ref one = matmul(x, v);
          return std::array{one, one + matmul(x, w)};
        }), "matmul") == 2);
  CHECK(times(derived([](ref x, ref y, ref v, ref w) { return matmul(x, v) + matmul(y, w); }), "matmul") == 2);
}

TEST_CASE("simplify: sums of choices by one condition are one choice") {
  const auto one = derived([](ref x, ref y, ref, ref) { return where(x > y, x, 0.0) + where(x > y, y, 0.0); });
  CHECK(times(one, "where") == 1);
  CHECK(times(derived([](ref x, ref y, ref, ref) { return where(x > y, 0.0, x) + where(x > y, 0.0, y); }), "where") == 1);
  CHECK(times(derived([](ref x, ref y, ref, ref) { return where(x > y, x, 0.0) + where(x > y, 0.0, y); }), "where") == 2);
  CHECK(times(derived([](ref x, ref y, ref, ref) { return where(x > y, x, 1.0) + where(x > y, y, 1.0); }), "where") == 2);
  CHECK(times(derived([](ref x, ref y, ref, ref) { return where(x > y, x, 0.0) + where(y > x, y, 0.0); }), "where") == 2);
}
