#pragma once
// Inputs that every rival makes for itself: programs of C++ here, bench/rivals.py with the same hash.
#include <cstdint>
#include <vector>

namespace bench {

/// The i-th of the numbers of a seed, from a hash of both.
inline double input_at(std::uint64_t i, std::uint64_t seed, double from, double until) {
  std::uint64_t h = (i + seed * 1000003 + 1) * 0x9E3779B97F4A7C15u;
  h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
  h ^= h >> 32;
  return from + (until - from) * (static_cast<double>(h >> 11) * 0x1p-53);
}
inline std::vector<double> inputs(std::size_t count, std::uint64_t seed, double from, double until) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = input_at(i, seed, from, until);
  return x;
}

}  // namespace bench
