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

/// A tensor from its numbers as a plan tells them: offset, rank, extents, strides.
template <class T> tensor_view<T> read_tensor(void* storage, const std::int64_t*& numbers) {
  tensor_view<T> t;
  t.data = static_cast<T*>(storage) + *numbers++;
  t.rank = static_cast<int>(*numbers++);
  for (int i = 0; i < t.rank; ++i) t.extents[static_cast<std::size_t>(i)] = *numbers++;
  for (int i = 0; i < t.rank; ++i) t.strides[static_cast<std::size_t>(i)] = *numbers++;
  return t;
}

}  // namespace tapeless
