#pragma once
#include <tapeless/backend/simd/simd.hpp>

#include <limits>

#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#include <mkl_cblas.h>
#endif

namespace tapeless::inline TAPELESS_ABI {

namespace wide {

/// Matrix products of floats and doubles by the cblas that the program is linked with: OpenBLAS, MKL, Accelerate, any.
/// Operands that a BLAS cannot take, such as broadcast ones, and products of integers are left to the library's own kernels.
struct blas_products {
  template <class T> static constexpr std::int64_t block_rows(std::int64_t m, std::int64_t, std::int64_t) { return m; }
  template <class T, class Finished = nothing_finished>
  static void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c, T* workspace, const Finished& finished = {}, gemm_share share = {}) noexcept {
    constexpr bool has_type = std::is_same_v<T, float> || std::is_same_v<T, double>;
    if constexpr (has_type) {
      const operand left(m, k, a), right(k, n, b), result(m, n, c);
      if (m > 0 && n > 0 && k > 0 && left.fits && right.fits && result.fits && result.order == CblasNoTrans) {
        if (share.index != 0) return;
        const auto call = [&](auto function) {
          function(CblasRowMajor, left.order, right.order, static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), T(1), a.data, left.leading, b.data, right.leading, T(0), c.data, result.leading);
        };
        if constexpr (std::is_same_v<T, float>) call(cblas_sgemm);
        else call(cblas_dgemm);
        return finished(0, m, 0, n);
      }
    }
    own_products::gemm<T>(m, n, k, a, b, c, workspace, finished, share);
  }
  template <class T, std::int64_t M, std::int64_t N, std::int64_t K, matrix_layout A = matrix_layout::any, matrix_layout B = matrix_layout::any, class... Rest>
  static void gemm_static(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c, T* workspace, const Rest&... finished_and_share) noexcept {
    gemm<T>(M, N, K, a, b, c, workspace, finished_and_share...);
  }

 private:
  /// A matrix as a BLAS names it; it needs neighbours in rows or in columns, and lines that do not overlap.
  struct operand {
    CBLAS_TRANSPOSE order = CblasNoTrans;
    int leading = 0;
    bool fits = false;

    template <class T> operand(std::int64_t rows, std::int64_t columns, const matrix_view<T>& x) {
      if (!take(rows, columns, x.row_stride, x.column_stride) && take(columns, rows, x.column_stride, x.row_stride)) order = CblasTrans;
    }
    bool take(std::int64_t lines, std::int64_t length, std::int64_t line_stride, std::int64_t stride) {
      const auto step = lines == 1 ? length : line_stride;
      fits = (stride == 1 || length == 1) && step >= length && std::max(lines, step) <= std::numeric_limits<int>::max();
      if (fits) leading = static_cast<int>(step);
      return fits;
    }
  };
};

}  // namespace wide

/// Runs plans as tl::simd does, with matrix products by the BLAS that the program is linked with.
struct blas : simd_with<wide::blas_products> {
  static constexpr symbol device = std::string_view("blas");
};

}  // namespace tapeless
