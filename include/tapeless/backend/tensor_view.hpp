#pragma once
#include <tapeless/core/shape.hpp>

#include <array>

namespace tapeless::inline TAPELESS_ABI {

/// A tensor in memory: extents and strides (in elements) by axis.
template <class T> struct tensor_view {
  T* data = nullptr;
  int rank = 0;
  std::array<std::int64_t, max_rank> extents{};
  std::array<std::int64_t, max_rank> strides{};

  constexpr std::int64_t size() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= extents[static_cast<std::size_t>(i)];
    return n;
  }
};

}  // namespace tapeless
