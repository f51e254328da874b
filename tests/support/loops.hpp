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
/// Runs two expressions on the same numbers; how far they are from each other.
template <class Backend, class A, class B> double distance_of(A a, B b) {
  auto session = tl::session<Backend>(a, b, tl::sum(xs) + tl::sum(start) + tl::sum(w) + tl::sum(v));
  const auto [x, y, all] = session.run(xs = waves<double>(15, 0.7), start = waves<double>(3, 1.1), w = waves<double>(9, 0.31), v = waves<double>(3, 0.9));
  if constexpr (A::shape.rank == 0) return std::abs(x - y) / (1 + std::abs(y));
  else return distance(x, y);
}

}  // namespace tapeless::test::loops
