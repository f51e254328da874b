#include "support/mapped.hpp"

#include <doctest/doctest.h>

// Functions with rules of their own, checkpoints and products of others, mapped over samples.

namespace {

namespace tl = tapeless;
using tl::test::fixed, tl::test::mapped, tl::test::mapped_distance;

/// The gradient is clipped, which the derivative of the value is not.
constexpr auto clipped = tl::custom_vjp<"clipped">([](auto x, auto w) { return x * tl::exp(w); }, [](auto dy, auto y, auto x, auto w) { return std::tuple(tl::clip(dy, -0.1, 0.1) * tl::exp(w), dy * y + 0.0 * x); });
constexpr auto doubled = tl::custom_jvp<"doubled">([](auto x) { return tl::sin(x); }, [](auto dx, auto, auto x) { return 2.0 * dx * tl::cos(x); });

constexpr auto inside = [](auto x, auto w) { return tl::grad([](auto a, auto b) { return tl::sum(clipped(a, b) * 3.0 + doubled(a)); })(x, w); };
constexpr auto one = [](auto x, auto w) { return tl::sum(clipped(x, w) * x + doubled(x)); };
constexpr auto over = [](auto x, auto w) { return tl::grad([](auto a, auto b) { return tl::sum(tl::vmap(one)(a, b)); })(x, w); };
constexpr auto each = [](auto x, auto w) { return tl::vmap(tl::grad(one))(x, w); };
constexpr auto twice = [](auto x, auto w) { return tl::grad([](auto a, auto b) { return tl::sum(tl::vmap(tl::vmap(one))(a, b)); })(x, w); };
constexpr auto twice_each = [](auto x, auto w) { return tl::vmap(tl::vmap(tl::grad(one)))(x, w); };
constexpr auto shared = [](auto x, auto w) { return tl::grad([](auto a, auto b) { return tl::sum(tl::vmap<0, tl::unmapped>(one)(a, b)); })(x, w); };
constexpr auto shared_each = [](auto x, auto w) {
  const auto [dx, dw] = tl::vmap<0, tl::unmapped>(tl::grad(one))(x, w);
  return std::tuple(dx, tl::sum<0>(dw));
};
constexpr auto recomputed = [](auto x) { return tl::sum(tl::square(tl::checkpoint([](auto a) { return tl::tanh(tl::exp(a)); })(x))); };
constexpr auto recomputed_slopes = [](auto x) { return std::tuple(recomputed(x), tl::grad(recomputed)(x), tl::grad([](auto a) { return tl::prod(a); })(x), tl::hvp([](auto a) { return tl::prod(a); })(x, x)); };

}  // namespace

TEST_CASE("vmap: of gradients by rules") {
  CHECK(mapped_distance(inside, mapped<"x", 3>, mapped<"w">) <= 1e-15);
  CHECK(mapped_distance(inside, mapped<"x", 3>, fixed<"w">) <= 1e-15);
}
TEST_CASE("vmap: gradients of mapped functions take the rules of one sample") {
  const double x[2][3]{{1, 2, 3}, {-1, 0.5, 2}}, w[2]{0.1, -0.3};
  const auto check = [](const auto& a, const auto& b) {
    CHECK(tl::test::distance(tl::test::doubles(std::get<0>(a)), tl::test::doubles(std::get<0>(b))) <= 1e-15);
    CHECK(tl::test::distance(tl::test::doubles(std::get<1>(a)), tl::test::doubles(std::get<1>(b))) <= 1e-15);
  };
  check(tl::jit(over)(x, w), tl::jit(each)(x, w));
  check(tl::jit(shared)(x, 0.2), tl::jit(shared_each)(x, 0.2));
  const double y[2][2][3]{{{1, 2, 3}, {-1, 0.5, 2}}, {{0, 2, 1}, {-2, 0.5, 1}}}, v[2][2]{{0.1, -0.3}, {0.2, 0.4}};
  check(tl::jit(twice)(y, v), tl::jit(twice_each)(y, v));
}
TEST_CASE("vmap: checkpoints and products") { CHECK(mapped_distance(recomputed_slopes, mapped<"x", 3>) <= 4e-15); }
