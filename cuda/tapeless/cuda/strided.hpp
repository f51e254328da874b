#pragma once
#include <tapeless/core/shape.hpp>
#include <tapeless/device/divisor.hpp>
#include <tapeless/device/launch.hpp>

#include <algorithm>
#include <array>

namespace tapeless::inline TAPELESS_ABI::device {

/// A tensor as a kernel's numbers describe it: offset, rank, extents, strides.
struct tensor_numbers {
  std::int64_t offset = 0;
  int rank = 0;
  std::array<std::int64_t, max_rank> extents{}, strides{};

  std::int64_t extent(std::int64_t axis) const { return extents[static_cast<std::size_t>(axis)]; }
  std::int64_t stride(std::int64_t axis) const { return strides[static_cast<std::size_t>(axis)]; }
  std::int64_t size() const { return size_of_axes(0, rank); }
  std::int64_t size_of_axes(int first, int last) const {
    std::int64_t n = 1;
    for (int axis = first; axis < last; ++axis) n *= extent(axis);
    return n;
  }
  /// The axes [first, last), at offset 0.
  tensor_numbers axes(int first, int last) const {
    tensor_numbers t{.rank = last - first};
    for (int axis = first; axis < last; ++axis) {
      t.extents[static_cast<std::size_t>(axis - first)] = extent(axis);
      t.strides[static_cast<std::size_t>(axis - first)] = stride(axis);
    }
    return t;
  }
};

inline tensor_numbers read_tensor(const std::int64_t*& numbers) {
  tensor_numbers t{.offset = *numbers++};
  t.rank = static_cast<int>(*numbers++);
  for (int i = 0; i < t.rank; ++i) t.extents[static_cast<std::size_t>(i)] = *numbers++;
  for (int i = 0; i < t.rank; ++i) t.strides[static_cast<std::size_t>(i)] = *numbers++;
  return t;
}
template <std::size_t N> std::array<tensor_numbers, N> read_tensors(const std::int64_t* numbers) {
  std::array<tensor_numbers, N> t;
  for (auto& one : t) one = read_tensor(numbers);
  return t;
}
template <class T> T* address(void* storage, const tensor_numbers& t) { return static_cast<T*>(storage) + t.offset; }

/// Where the elements of N tensors of equal extents stand, by their number in row-major order. Axes that all of them walk as
/// one are one.
template <std::size_t N> struct strided {
  std::int64_t size = 1;
  int rank = 0;
  divisor extents[max_rank];
  std::int64_t strides[N][max_rank];

  /// `Small`: there are fewer than 2^31 elements for sure.
  template <bool Small = false> TAPELESS_HOST_DEVICE void offsets(std::int64_t element, std::int64_t (&at)[N]) const {
    for (std::size_t i = 0; i < N; ++i) at[i] = 0;
    for (int axis = rank - 1; axis > 0; --axis) {
      const std::int64_t place = Small ? extents[axis].small_divide(element) : extents[axis].divide(element);
      for (std::size_t i = 0; i < N; ++i) at[i] += place * strides[i][axis];
    }
    if (rank > 0)
      for (std::size_t i = 0; i < N; ++i) at[i] += element * strides[i][0];
  }
  TAPELESS_HOST_DEVICE std::int64_t offset(std::int64_t element) const {
    std::int64_t at[N];
    offsets(element, at);
    return at[0];
  }
};

/// The walk over tensors of the first one's extents. With `width` above 1, over groups of so many neighbours.
template <std::size_t N> strided<N> walk_over(const std::array<tensor_numbers, N>& t, std::int64_t width = 1) {
  strided<N> w{};
  w.size = t[0].size() / width;
  std::int64_t extents[max_rank]{};
  for (int axis = 0; axis < t[0].rank; ++axis) {
    const std::int64_t n = t[0].extent(axis);
    if (n == 1) continue;
    bool joins = w.rank > 0;
    for (std::size_t i = 0; i < N; ++i) joins = joins && w.strides[i][w.rank - 1] == t[i].stride(axis) * n;
    if (!joins) extents[w.rank++] = 1;
    extents[w.rank - 1] *= n;
    for (std::size_t i = 0; i < N; ++i) w.strides[i][w.rank - 1] = t[i].stride(axis);
  }
  if (width > 1) {
    extents[w.rank - 1] /= width;
    for (std::size_t i = 0; i < N; ++i) w.strides[i][w.rank - 1] *= width;
  }
  for (int axis = 0; axis < w.rank; ++axis) w.extents[axis] = divisor(extents[axis], w.size);
  return w;
}

/// How many neighbours one access of 16 bytes may move: as many as fit, or one where tensors are not made so.
template <std::size_t N> int access_width(const std::array<tensor_numbers, N>& t, const std::array<const void*, N>& at, std::int64_t element_bytes) {
  const std::int64_t width = 16 / element_bytes;
  const strided<N> w = walk_over<N>(t);
  if (w.rank == 0 || w.extents[w.rank - 1].number % width != 0) return 1;
  for (std::size_t i = 0; i < N; ++i) {
    if (reinterpret_cast<std::uintptr_t>(at[i]) % 16 != 0 || w.strides[i][w.rank - 1] != 1) return 1;
    for (int axis = 0; axis < w.rank - 1; ++axis)
      if (w.strides[i][axis] % width != 0) return 1;
  }
  return static_cast<int>(width);
}

/// Neighbours that one access moves.
template <class T, int Width> struct alignas(sizeof(T) * Width) neighbours {
  T value[static_cast<std::size_t>(Width)];
};

/// The grid of kernels whose threads take items in turns.
inline constexpr int item_threads = 256;
inline grid grid_of_items(std::int64_t items) {
  constexpr std::int64_t most_blocks = 1 << 16;
  return {std::min((items + item_threads - 1) / item_threads, most_blocks), item_threads, 0};
}
/// Calls visit(item) for those of each thread.
template <class Block, class F> TAPELESS_HOST_DEVICE void each_item(const Block& block, std::int64_t items, F visit) {
  block.each([&](int thread) {
    const std::int64_t threads = block.threads, step = block.blocks * threads;
    for (std::int64_t i = block.index * threads + thread; i < items; i += step) visit(i);
  });
}

/// Launches a kernel that has anything to do.
template <class Kernel, class Queue> void launch_on(Queue& queue, const typename Kernel::arguments& a) {
  const launch l = launch_of<Kernel>(a);
  if (l.shape.blocks > 0) queue.launch(l);
}

}  // namespace tapeless::device
