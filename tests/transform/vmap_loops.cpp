#include "support/mapped.hpp"

#include <doctest/doctest.h>

// Loops and choices mapped over samples against a loop of single calls.

namespace {

namespace tl = tapeless;
using tl::test::fixed, tl::test::mapped, tl::test::mapped_distance;

constexpr double few_ulp = 1e-15;

constexpr auto folded = [](auto x, auto xs, auto w) { return tl::fold([](auto prev, auto cur) { return tl::tanh(prev * 0.5 + cur); }, x * w, xs); };
constexpr auto scanned = [](auto x, auto xs, auto w) {
  const auto [last, all] = tl::scan([](auto prev, auto cur) { const auto next = prev * 0.9 + cur; return std::pair(next, next * next); }, x, xs * w);
  return std::tuple(last, all);
};
constexpr auto gradients = [](auto x, auto xs, auto w) { return tl::grad([](auto a, auto as, auto v) { return tl::sum(folded(a, as, v)); })(x, xs, w); };
/// Newton's iteration for the square root: samples take different numbers of steps.
constexpr auto root = [](auto a) {
  const auto x = a * a + 1.0;
  return tl::while_loop([](auto s) { return tl::abs(std::get<0>(s) * std::get<0>(s) - std::get<1>(s)) > 1e-12 * std::get<1>(s); },
                        [](auto s) { return std::tuple(0.5 * (std::get<0>(s) + std::get<1>(s) / std::get<0>(s)), std::get<1>(s)); }, std::tuple(x * 9.0, x));
};
constexpr auto chosen = [](auto x, auto y) { return tl::cond(tl::sum(x) > 0.0, tl::exp(x) + y, x * 2.0); };

}  // namespace

TEST_CASE("vmap: folds and scans, with any of the operands mapped") {
  CHECK(mapped_distance(folded, mapped<"x", 3>, mapped<"s", 4, 3>, mapped<"w">) <= few_ulp);
  CHECK(mapped_distance(folded, mapped<"x", 3>, fixed<"s", 4, 3>, fixed<"w">) <= few_ulp);
  CHECK(mapped_distance(folded, fixed<"x", 3>, mapped<"s", 4, 3>, fixed<"w">) <= few_ulp);
  CHECK(mapped_distance(scanned, fixed<"x", 3>, mapped<"s", 4, 3>, fixed<"w">) <= few_ulp);
  CHECK(mapped_distance<tl::reference>(scanned, mapped<"x", 3>, fixed<"s", 4, 3>, mapped<"w">) <= few_ulp);
}
TEST_CASE("vmap: gradients of loops") {
  CHECK(mapped_distance(gradients, mapped<"x", 3>, mapped<"s", 4, 3>, mapped<"w">) <= 4 * few_ulp);
  CHECK(mapped_distance(gradients, fixed<"x", 3>, fixed<"s", 4, 3>, mapped<"w">) <= 4 * few_ulp);
}
TEST_CASE("vmap: samples that take different numbers of steps, and choices") {
  CHECK(mapped_distance(root, mapped<"a">) <= few_ulp);
  CHECK(mapped_distance(chosen, mapped<"x", 3>, fixed<"y">) <= few_ulp);
  CHECK(mapped_distance(chosen, fixed<"x", 3>, mapped<"y">) <= few_ulp);
}
