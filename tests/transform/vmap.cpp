#include "support/mapped.hpp"

#include <doctest/doctest.h>

// Batching rules: each op mapped over samples against a loop of single calls.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::fixed, tl::test::mapped, tl::test::mapped_distance, tl::test::mapped_indices, tl::test::fixed_indices;

constexpr tl::variable<"w", float, 20, 10> from_right;
constexpr tl::variable<"v", float, 30, 20> from_left;
constexpr double few_ulp = 1e-15;

}  // namespace

TEST_CASE("vmap: elementwise ops align operands of each rank") {
  constexpr auto f = [](auto x, auto y, auto z) {
    return std::tuple(tl::exp(x) * y, tl::where(x > y, z, x - z), tl::maximum(z, y) / 3.0, tl::clip(x, y, 0.5), tl::cast<float>(x) + tl::cast<float>(z), y * z + 1.0);
  };
  CHECK(mapped_distance(f, mapped<"x", 3, 4>, mapped<"y">, mapped<"z", 4>) <= few_ulp);
  CHECK(mapped_distance(f, mapped<"x", 3, 4>, fixed<"y">, fixed<"z", 4>) <= few_ulp);
  CHECK(mapped_distance(f, fixed<"x", 3, 4>, mapped<"y">, fixed<"z", 4>) <= few_ulp);
  CHECK(mapped_distance<tl::reference>(f, fixed<"x", 3, 4>, fixed<"y">, mapped<"z", 4>) <= few_ulp);
}
TEST_CASE("vmap: reductions and what is composed of them") {
  constexpr auto f = [](auto x) {
    return std::tuple(tl::sum(x), tl::sum<0>(x), tl::max<1>(x), tl::min<-1>(x, tl::keepdims), tl::prod<0>(x), tl::mean<1>(x), tl::softmax(x), tl::logsumexp<0>(x), tl::variance(x), tl::arg_max<0>(x), tl::arg_min(x));
  };
  CHECK(mapped_distance(f, mapped<"x", 3, 4>) <= 4 * few_ulp);
}
TEST_CASE("vmap: views and assemblies") {
  constexpr auto f = [](auto x, auto y) {
    return std::tuple(tl::transpose(x), tl::reshape<2, -1>(x), tl::broadcast_to<2, 3, 4>(x), tl::broadcast_to<4, 3>(y), tl::slice<1, 1, 3>(x), tl::flip<0>(x), tl::take<1, 2>(x), tl::pad<0, 1, 2>(x, 7.0),
                      tl::concat<1>(x, tl::transpose(tl::broadcast_to<2, 3>(y))), tl::stack<0>(y, y * 2.0), tl::stop_gradient(x) * 2.0, tl::expand_dims<1>(y), tl::flatten(x));
  };
  CHECK(mapped_distance(f, mapped<"x", 3, 4>, mapped<"y", 3>) == 0);
  CHECK(mapped_distance(f, mapped<"x", 3, 4>, fixed<"y", 3>) == 0);
  CHECK(mapped_distance(f, fixed<"x", 3, 4>, mapped<"y", 3>) == 0);
}
TEST_CASE("vmap: products of matrices and vectors, either side mapped or both") {
  constexpr auto f = [](auto a, auto b, auto v, auto w) {
    return std::tuple(tl::matmul(a, b), tl::matmul(a, w), tl::matmul(v, a), tl::matmul(v, v), tl::dot(w, w), tl::matmul(tl::transpose(b), tl::transpose(a)), tl::matmul(tl::broadcast_to<2, 3, 4>(a), b), tl::matmul(v, tl::broadcast_to<2, 3, 4>(a)));
  };
  CHECK(mapped_distance(f, mapped<"a", 3, 4>, mapped<"b", 4, 2>, mapped<"v", 3>, mapped<"w", 4>) <= 4 * few_ulp);
  CHECK(mapped_distance(f, mapped<"a", 3, 4>, fixed<"b", 4, 2>, fixed<"v", 3>, mapped<"w", 4>) <= 4 * few_ulp);
  CHECK(mapped_distance(f, fixed<"a", 3, 4>, mapped<"b", 4, 2>, mapped<"v", 3>, fixed<"w", 4>) <= 4 * few_ulp);
}
TEST_CASE("vmap: a vector times a matrix that all samples share is one product") {
  constexpr tl::placeholder<"x", float, 64, 20> x;
  constexpr auto y = tl::vmap([](auto one) { return tl::matmul(one, from_right); }, x);
  CHECK(tl::to_string(tl::program<decltype(y)>::graph) ==
        "%0 = placeholder \"x\" : float (64, 20)\n"
        "%1 = variable \"w\" : float (20, 10)\n"
        "%2 = matmul %0 %1 : float (64, 10)\n"
        "return %2\n");
  constexpr auto z = tl::vmap([](auto one) { return tl::matmul(from_left, one); }, x);
  CHECK(tl::to_string(tl::program<decltype(z)>::graph) ==
        "%0 = placeholder \"x\" : float (64, 20)\n"
        "%1 = variable \"v\" : float (30, 20)\n"
        "%2 = matmul %0 %1 transpose_b : float (64, 30)\n"
        "return %2\n");
}
TEST_CASE("vmap: rows by index") {
  constexpr auto f = [](auto x, auto i) { return std::tuple(tl::gather(x, i), tl::scatter_add<4, 3>(tl::gather(x, i) * 2.0, i), tl::one_hot<4, double>(i)); };
  CHECK(mapped_distance(f, mapped<"x", 4, 3>, mapped_indices<"i", 6>) == 0);
  CHECK(mapped_distance(f, mapped<"x", 4, 3>, fixed_indices<"i", 6>) == 0);
  CHECK(mapped_distance(f, fixed<"x", 4, 3>, mapped_indices<"i", 6>) == 0);
}
