#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

namespace tapeless::test {

/// sin(i * step) for i < n: numbers of both signs without a period that a kernel could have.
template <class T> std::vector<T> waves(std::int64_t n, double step) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(std::sin(static_cast<double>(i) * step));
  return v;
}

}  // namespace tapeless::test
