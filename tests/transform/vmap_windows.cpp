#include "support/mapped.hpp"

#include <doctest/doctest.h>

// Batching rules of convolutions and pooling, and of their gradients.

namespace {

namespace tl = tapeless;
using tl::test::fixed, tl::test::mapped, tl::test::mapped_distance;

constexpr auto strided = [](auto x, auto w) { return tl::conv2d<tl::convolution{.stride = 2, .padding = 1}>(x, w); };
constexpr auto grouped = [](auto x, auto w) { return tl::conv2d<tl::convolution{.groups = 2}>(x, w); };
template <class F> struct with_gradients {
  template <class X, class W> constexpr auto operator()(X x, W w) const {
    const auto [dx, dw] = tl::grad([](auto a, auto b) { return tl::sum(tl::sin(F{}(a, b))); })(x, w);
    return std::tuple(F{}(x, w), dx, dw);
  }
};
constexpr with_gradients<decltype(strided)> convolved{};
constexpr with_gradients<decltype(grouped)> convolved_in_groups{};

constexpr auto greatest = [](auto x) { return tl::sum(tl::sin(tl::max_pool2d<tl::pooling{.window = 3, .stride = 2, .padding = 1}>(x))); };
constexpr auto averages = [](auto x) { return tl::sum(tl::sin(tl::average_pool2d<tl::pooling{.window = {2, 3}, .stride = 1}>(x))); };
constexpr auto pooled = [](auto x) { return std::tuple(greatest(x), averages(x), tl::grad(greatest)(x), tl::grad(averages)(x), tl::hvp(greatest)(x, x)); };

}  // namespace

TEST_CASE("vmap: convolutions with images mapped, kernels mapped, both") {
  CHECK(mapped_distance(convolved, mapped<"x", 2, 3, 6, 7>, fixed<"w", 4, 3, 3, 3>) <= 1e-14);
  CHECK(mapped_distance(convolved, fixed<"x", 2, 3, 6, 7>, mapped<"w", 4, 3, 3, 3>) <= 1e-14);
  CHECK(mapped_distance(convolved, mapped<"x", 2, 3, 6, 7>, mapped<"w", 4, 3, 3, 3>) <= 1e-14);
}
TEST_CASE("vmap: convolutions in groups") {
  CHECK(mapped_distance(convolved_in_groups, mapped<"x", 2, 4, 5, 5>, fixed<"w", 6, 2, 3, 3>) <= 1e-14);
  CHECK(mapped_distance(convolved_in_groups, fixed<"x", 2, 4, 5, 5>, mapped<"w", 6, 2, 3, 3>) <= 1e-14);
}
TEST_CASE("vmap: pooling and its gradients") { CHECK(mapped_distance(pooled, mapped<"x", 2, 3, 6, 7>) <= 1e-14); }
