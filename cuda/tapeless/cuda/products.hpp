#pragma once
#include <tapeless/cuda/assembly.hpp>
#include <tapeless/cuda/product_tile.hpp>
#include <tapeless/ops/matmul.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// How many numbers of an operand's tile a thread loads at once.
template <class In> inline constexpr int numbers_of_group = sizeof(In) == 8 ? 2 : 4;

/// Matrices as operands of a tiled product. `In`: what the operands are stored as.
template <class T, class In = T> struct matrices {
  using value = T;
  static constexpr const char* name = "matmul";
  static constexpr int width = numbers_of_group<In>;
  static constexpr bool converts = !std::is_same_v<T, In>;
  struct place {
    std::int64_t at[3];  ///< of the result and the operands
  };

  const In *left, *right;
  T* result;
  std::int64_t rows, columns, depth, batches;
  std::int64_t left_row, left_depth, right_depth, right_column, result_row, result_column;
  tile_order order_a, order_b;
  strided<3> walk;  ///< over the batch

  TAPELESS_HOST_DEVICE place at(std::int64_t batch) const {
    place p;
    walk.template offsets<true>(batch, p.at);  // a grid has no more blocks
    return p;
  }
  TAPELESS_HOST_DEVICE const In* a_at(const place& p, std::int64_t row, std::int64_t k) const { return left + p.at[1] + row * left_row + k * left_depth; }
  TAPELESS_HOST_DEVICE const In* b_at(const place& p, std::int64_t k, std::int64_t column) const { return right + p.at[2] + k * right_depth + column * right_column; }
  TAPELESS_HOST_DEVICE T a(const place& p, std::int64_t row, std::int64_t k) const { return static_cast<T>(*a_at(p, row, k)); }
  TAPELESS_HOST_DEVICE T b(const place& p, std::int64_t k, std::int64_t column) const { return static_cast<T>(*b_at(p, k, column)); }
  TAPELESS_HOST_DEVICE neighbours<T, width> group_a(const place& p, std::int64_t row, std::int64_t k) const { return group(a_at(p, row, k)); }
  TAPELESS_HOST_DEVICE neighbours<T, width> group_b(const place& p, std::int64_t k, std::int64_t column) const { return group(b_at(p, k, column)); }
  TAPELESS_HOST_DEVICE void put(const place& p, std::int64_t row, std::int64_t column, T x) const { result[p.at[0] + row * result_row + column * result_column] = x; }

 private:
  static TAPELESS_HOST_DEVICE neighbours<T, width> group(const In* from) {
    if constexpr (std::is_same_v<T, In>) {
      return *reinterpret_cast<const neighbours<T, width>*>(from);
    } else {
      const auto stored = *reinterpret_cast<const neighbours<In, width>*>(from);
      neighbours<T, width> g;
      for (int i = 0; i < width; ++i) g.value[i] = static_cast<T>(stored.value[i]);
      return g;
    }
  }
};

/// A product as a kernel's numbers tell it, before its operands have addresses.
struct product_numbers {
  std::int64_t m, n, k;
  tensor_numbers a, b, y;  ///< matrices behind leading axes, operands not transposed any more
  strided<3> batches;      ///< of y, a, b
};

inline product_numbers read_product(const std::int64_t* numbers, const attributes& flags) {
  auto tensors = read_tensors<3>(numbers);
  tensor_numbers &a = tensors[0], &b = tensors[1], &y = tensors[2];  // with OpenMP, clang 16 captures no structured bindings
  const auto turn = [](tensor_numbers& t) {
    const auto last = static_cast<std::size_t>(t.rank - 1);
    std::swap(t.extents[last], t.extents[last - 1]);
    std::swap(t.strides[last], t.strides[last - 1]);
  };
  if (flags.a == 1) turn(a);
  if (flags.b == 1) turn(b);
  const int leading = y.rank - 2;
  // Operands have fewer leading axes than the result, or ones of extent 1, where they are the same for all.
  const auto spread = [leading, &y](const tensor_numbers& t) {
    tensor_numbers s = y.axes(0, leading);
    for (int axis = 0; axis < leading; ++axis) {
      const int own = axis - (y.rank - t.rank);
      s.strides[static_cast<std::size_t>(axis)] = own < 0 || t.extent(own) == 1 ? 0 : t.stride(own);
    }
    return s;
  };
  return {y.extent(leading), y.extent(leading + 1), a.extent(a.rank - 1), a, b, y, walk_over<3>({y.axes(0, leading), spread(a), spread(b)})};
}

/// How an operand's tiles are loaded: by groups, where neighbours stand so in all of its lines.
template <class T> tile_order order_of(const T* at, std::int64_t side_extent, std::int64_t side_stride, std::int64_t depth_extent, std::int64_t depth_stride, const strided<3>& walk, std::size_t operand) {
  constexpr std::int64_t width = numbers_of_group<T>;
  bool even = reinterpret_cast<std::uintptr_t>(at) % (width * sizeof(T)) == 0;
  for (int axis = 0; axis < walk.rank; ++axis) even = even && walk.strides[operand][axis] % width == 0;
  if (side_stride == 1 && (depth_stride != 1 || side_extent > 1)) return even && side_extent % width == 0 && depth_stride % width == 0 ? tile_order::groups_along_side : tile_order::along_side;
  if (depth_stride == 1) return even && depth_extent % width == 0 && side_stride % width == 0 ? tile_order::groups_along_depth : tile_order::along_depth;
  return side_stride <= depth_stride ? tile_order::along_side : tile_order::along_depth;
}

template <class T, class In = T> matrices<T, In> matrices_of(const product_numbers& p, void* const* tensors) {
  matrices<T, In> s{};
  s.rows = p.m, s.columns = p.n, s.depth = p.k, s.batches = p.batches.size, s.walk = p.batches;
  s.left_row = p.a.stride(p.a.rank - 2), s.left_depth = p.a.stride(p.a.rank - 1);
  s.right_depth = p.b.stride(p.b.rank - 2), s.right_column = p.b.stride(p.b.rank - 1);
  s.result_row = p.y.stride(p.y.rank - 2), s.result_column = p.y.stride(p.y.rank - 1);
  if (tensors == nullptr) return s;
  s.left = address<const In>(tensors[0], p.a), s.right = address<const In>(tensors[1], p.b), s.result = address<T>(tensors[2], p.y);
  s.order_a = order_of(s.left, s.rows, s.left_row, s.depth, s.left_depth, s.walk, 1);
  s.order_b = order_of(s.right, s.columns, s.right_column, s.depth, s.right_depth, s.walk, 2);
  return s;
}

/// Matrix products by a kernel of the library's own: all dtypes, strides and batches.
template <> struct op_launches<matmul_op> {
  template <class T, class In, class> static std::int64_t scratch_bytes(const attributes& a, const std::int64_t* numbers) {
    return tile_scratch_bytes(matrices_of<T, In>(read_product(numbers, a), nullptr));
  }
  template <class T, class In, class, class Queue> static void issue(Queue& queue, const attributes& a, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    launch_tiles(queue, matrices_of<T, In>(read_product(numbers, a), tensors), scratch);
  }
};

}  // namespace tapeless::device
