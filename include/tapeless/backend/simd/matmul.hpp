#pragma once
#include <tapeless/backend/simd/gemm.hpp>
#include <tapeless/backend/tensor_view.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Matrix products by the kernels of gemm.hpp. What may stand in its place has the same members.
struct own_products {
  /// How many rows of a product that only `finished` reads need memory.
  template <class T> static constexpr std::int64_t block_rows(std::int64_t m, std::int64_t n, std::int64_t k) { return gemm_block_rows<T>(m, n, k); }
  template <class T, class... Rest> [[gnu::always_inline]] static void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c, T* workspace, const Rest&... finished_and_share) noexcept {
    wide::gemm<T>(m, n, k, a, b, c, workspace, finished_and_share...);
  }
  template <class T, std::int64_t M, std::int64_t N, std::int64_t K, matrix_layout A = matrix_layout::any, matrix_layout B = matrix_layout::any, class... Rest>
  [[gnu::always_inline]] static void gemm_static(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c, T* workspace, const Rest&... finished_and_share) noexcept {
    wide::gemm_static<T, M, N, K, A, B>(a, b, c, workspace, finished_and_share...);
  }
};

/// The last two axes of a tensor as a matrix, transposed where the flag says so.
template <class T> constexpr matrix_view<T> matrix_of(const tensor_view<T>& t, T* data, bool transposed) {
  const auto r = static_cast<std::size_t>(t.rank);
  const auto row = t.strides[r - 2], column = t.strides[r - 1];
  return transposed ? matrix_view<T>{data, column, row} : matrix_view<T>{data, row, column};
}

/// y = a . b for each index of y's leading axes, over which a and b broadcast.
/// `Multiply` is called with the three matrices; extents are its concern.
template <class T, class Multiply> void batched(const tensor_view<T>& y, const tensor_view<const T>& a, const tensor_view<const T>& b, bool transpose_a, bool transpose_b, Multiply multiply) {
  const auto leading = [](const auto& t, int axis, int rank) -> std::int64_t {
    const int own = axis - (rank - t.rank);
    return own < 0 || t.extents[static_cast<std::size_t>(own)] == 1 ? 0 : t.strides[static_cast<std::size_t>(own)];
  };
  std::int64_t count = 1;
  for (int i = 0; i < y.rank - 2; ++i) count *= y.extents[static_cast<std::size_t>(i)];
  for (std::int64_t index = 0; index < count; ++index) {
    std::int64_t rest = index, at_y = 0, at_a = 0, at_b = 0;
    for (int axis = y.rank - 3; axis >= 0; --axis) {
      const auto n = y.extents[static_cast<std::size_t>(axis)], i = rest % n;
      rest /= n;
      at_y += i * y.strides[static_cast<std::size_t>(axis)];
      at_a += i * leading(a, axis, y.rank);
      at_b += i * leading(b, axis, y.rank);
    }
    multiply(matrix_of<const T>(a, a.data + at_a, transpose_a), matrix_of<const T>(b, b.data + at_b, transpose_b), matrix_of<T>(y, y.data + at_y, false));
  }
}

}  // namespace tapeless::wide
