#pragma once
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

// A loop, the same steps written out, and how far two expressions of the same leaves are from each other.

namespace tapeless::test::loops {

namespace tl = tapeless;
using namespace tl::literals;

inline constexpr tl::placeholder<"xs", double, 5, 3> xs;
inline constexpr tl::placeholder<"start", double, 3> start;
inline constexpr tl::placeholder<"w", double, 3, 3> w;
inline constexpr tl::placeholder<"v", double, 3> v;

template <int I> inline constexpr auto row = tl::take<0, I>(xs);
inline constexpr auto step = [](auto h, auto x) { return tl::tanh(tl::matmul(h, w) + x * h); };
inline constexpr auto looped = tl::fold(step, start, xs);
inline constexpr auto unrolled = [] {
  constexpr auto one = [](auto h, auto x) { return tl::invoke(step, h, x); };
  return one(one(one(one(one(start, row<0>), row<1>), row<2>), row<3>), row<4>);
}();

inline double distance(const auto& a, const auto& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(a.size()); ++i) most = std::max<double>(most, std::abs(a.data()[i] - b.data()[i]) / (1 + std::abs(b.data()[i])));
  return most;
}
/// Two expressions, and how far they may be from each other, or, to see that it is measured, must be.
template <class A, class B> struct expected_pair { A a; B b; double most; bool differ; };
template <class A, class B> constexpr expected_pair<A, B> equal(A a, B b, double most) { return {a, b, most, false}; }
template <class A, class B> constexpr expected_pair<A, B> different(A a, B b, double least) { return {a, b, least, true}; }

/// Computes all pairs from the same numbers in one program: each program takes its time to compile.
template <class Backend, class... A, class... B> void check_pairs(expected_pair<A, B>... pairs) {
  auto session = tl::session<Backend>(pairs.a..., pairs.b..., tl::sum(xs) + tl::sum(start) + tl::sum(w) + tl::sum(v));
  const auto all = session.run(xs = waves<double>(15, 0.7), start = waves<double>(3, 1.1), w = waves<double>(9, 0.31), v = waves<double>(3, 0.9));
  const auto check = [](std::size_t pair, const auto& x, const auto& y, double limit, bool differ) {
    CAPTURE(pair);
    double off = 0;
    if constexpr (tl::element<std::remove_cvref_t<decltype(x)>>) off = std::abs(x - y) / (1 + std::abs(y));
    else off = distance(x, y);
    if (differ) CHECK(off > limit);
    else CHECK(off < limit);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (check(I, std::get<I>(all), std::get<sizeof...(A) + I>(all), pairs.most, pairs.differ), ...);
  }(std::index_sequence_for<A...>{});
}

}  // namespace tapeless::test::loops
