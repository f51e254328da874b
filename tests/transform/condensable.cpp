// What is skipped because nothing can be condensed must be what condensing would leave as it is.
#include <tapeless/tapeless.hpp>
#include <tapeless/transform/condense.hpp>
#include <tapeless/transform/simplify.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", double, 3> x;
constexpr tl::placeholder<"y", double, 3> y;

constexpr unsigned next(unsigned seed) { return seed * 1664525u + 1013904223u; }
template <unsigned Seed, int Depth> constexpr auto expression() {
  constexpr unsigned choice = (Seed >> 16) % 9, left = next(Seed), right = next(left ^ 0x9e3779b9u);
  if constexpr (Depth == 0) {
    if constexpr (choice < 4) return x;
    else if constexpr (choice < 8) return y;
    else return 1.5_c * x;
  } else {
    constexpr auto a = expression<left, Depth - 1>();
    if constexpr (choice == 0) return tl::tanh(a);
    else if constexpr (choice == 1) return tl::exp(a);
    else if constexpr (choice == 2) return 2.5_c * a;
    else if constexpr (choice == 3) return tl::sqrt(a);
    else if constexpr (choice == 4) return a + expression<right, Depth - 1>();
    else if constexpr (choice == 5) return a - expression<right, Depth - 1>();
    else if constexpr (choice == 6) return a * expression<right, Depth - 1>();
    else if constexpr (choice == 7) return a / expression<right, Depth - 1>();
    else return a / 3_c;
  }
}

std::vector<std::string> operations(const tl::graph& g) {
  std::vector<std::string> all;
  for (const auto& n : g.nodes) all.emplace_back(n.op->name);
  std::sort(all.begin(), all.end());
  return all;
}
struct outcome {
  bool skipped, changed;
};
template <class... Fetches> outcome condense(Fetches...) {
  const tl::graph g = tl::simplify(tl::trace<Fetches...>().graph);
  return {!tl::detail::is_condensable(g), operations(tl::compact(tl::detail::condenser(g).result())) != operations(g)};
}
template <unsigned Seed, int Depth> outcome condense_random() {
  constexpr auto f = tl::sum(expression<Seed, Depth>() * x * y);
  constexpr auto slope = tl::derivative(f, x);
  if constexpr (Seed % 3 == 0) return condense(f, slope, tl::derivative(tl::sum(slope * y), y));
  else return condense(f, slope);
}

}  // namespace

TEST_CASE("condensable: random programs that are skipped have nothing to condense") {
  int skipped = 0, changed = 0;
  const auto look = [&](outcome o) {
    CHECK_FALSE((o.skipped && o.changed));
    skipped += o.skipped, changed += o.changed;
  };
  [&]<unsigned... Seed>(std::integer_sequence<unsigned, Seed...>) {
    (look(condense_random<next(Seed), 1>()), ...);
    (look(condense_random<next(Seed + 100), 2>()), ...);
  }(std::make_integer_sequence<unsigned, 24>{});
  CHECK(skipped > 4);
  CHECK(changed > 4);
}

namespace {
/// The derivative of Order by x of a sum of f.
template <int Order, class F> constexpr auto slope(F f) {
  if constexpr (Order == 0) return f;
  else return tl::derivative(tl::sum(slope<Order - 1>(f)), x);
}
template <class F, int... I> outcome condense_slopes(F f, std::integer_sequence<int, I...>) { return condense(slope<I + 1>(f)...); }
}  // namespace

TEST_CASE("condensable: quotients of quotients and shared divisors are not skipped") {
  constexpr tl::placeholder<"u", double> u;
  constexpr tl::placeholder<"v", double> v;
  CHECK_FALSE(condense(tl::log(u / v), tl::derivative(tl::log(u / v), u)).skipped);
  CHECK_FALSE(condense_slopes(tl::exp(x / y), std::make_integer_sequence<int, 2>{}).skipped);
  const outcome shared = condense_slopes(tl::sin(x / y), std::make_integer_sequence<int, 4>{});
  CHECK(shared.changed);
  CHECK_FALSE(shared.skipped);
}

TEST_CASE("condensable: networks are skipped, and this would tell if something else were") {
  constexpr tl::placeholder<"m", double, 4, 3> m;
  constexpr tl::placeholder<"w", double, 3, 2> w;
  constexpr auto loss = tl::sum(tl::tanh(tl::matmul(m, w)));
  CHECK(condense(loss, tl::derivative(loss, w)).skipped);
  const outcome cube = condense(tl::derivative(tl::sum(tl::derivative(tl::sum(x * x * x), x)), x));
  CHECK(cube.changed);
  CHECK_FALSE(cube.skipped);
}
