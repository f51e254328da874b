// Test data that Python and C++ make alike, bit for bit; the twin of tests/models/oracles/generator.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace oracle {

/// Element `index` of the tensor's row-major order, and what it should hold.
struct sample {
  std::size_t index;
  double value;
};

constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// Word `index` of splitmix64 started at mix(seed).
constexpr std::uint64_t bits(std::uint64_t seed, std::uint64_t index) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
  return mix(mix(seed + golden) + (index + 1) * golden);
}

/// Uniform in [-1, 1), a multiple of 2^-52, so exact in double.
constexpr double uniform(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(bits(seed, index) >> 11) * 0x1p-52 - 1.0;
}

/// `count` numbers in [-scale, scale), scaled in double and then rounded to T.
template <class T>
constexpr std::vector<T> uniform_vector(std::uint64_t seed, std::size_t count, double scale = 1.0) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>(uniform(seed, i) * scale);
  return values;
}

/// `count` whole numbers 0 … below-1.
constexpr std::vector<std::int32_t> integer_vector(std::uint64_t seed, std::size_t count, std::uint64_t below) {
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::int32_t>(bits(seed, i) % below);
  return values;
}

}  // namespace oracle
