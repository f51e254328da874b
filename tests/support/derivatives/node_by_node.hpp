#pragma once
#include <tapeless/graph/builder.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace checks {

namespace tl = tapeless;

/// An op of a test's own, which no list of ops has: its hash, and what it does to numbers.
template <class N> struct own_op {
  std::uint64_t hash = 0;
  N (*function)(const N*) = nullptr;
};

/// Where an op is differentiated: its operands, all of one length, weights of the result, and directions.
template <class N> struct slope_points {
  std::vector<std::vector<N>> x{}, v{};
  std::vector<N> dy{};
};
/// The derivatives of an op along vectors.
///   first[i]   = dy * d value / d x_i
///   second[i]  = d (sum of v_k * first[k] over k) / d x_i
template <class N> struct slopes {
  std::vector<std::vector<N>> first{}, second{};
};

/// Computed node by node, which compiles nothing; ops/compiled holds compiled derivatives to the same bars. It stands in a
/// file of its own, because it knows all ops. `build` adds the op to a graph.
slopes<float> slopes_of(tl::ref (*build)(std::span<const tl::ref>), const slope_points<float>& at, const own_op<float>& own);
slopes<double> slopes_of(tl::ref (*build)(std::span<const tl::ref>), const slope_points<double>& at, const own_op<double>& own);

}  // namespace checks
