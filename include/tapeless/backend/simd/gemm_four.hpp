#pragma once

#include <cstdint>
#include <tapeless/backend/simd/gemm_row.hpp>
#include <type_traits>

/// Rows of four times a 4 x 4 matrix, such as the transforms of graphics and robotics: a register holds several rows.
namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// Rows of four in a register; 1 where there are no instructions to go through the fours of a register.
template <class T> inline constexpr std::int64_t fours = [] {
#if defined(__AVX512F__)
  if (sizeof(whole_batch<T>) == 64) return std::int64_t{16 / sizeof(T)};
#elif defined(__AVX__)
  if (sizeof(whole_batch<T>) == 32 && sizeof(T) == 4) return std::int64_t{2};
#endif
  return std::int64_t{1};
}();

/// Element I of each four, in the place of all its elements.
template <int I, class T> [[gnu::always_inline]] inline whole_batch<T> repeated_in_fours([[maybe_unused]] whole_batch<T> x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return _mm512_permute_ps(x, I * 0x55);
  else return _mm512_permutex_pd(x, I * 0x55);
#elif defined(__AVX__)
  return _mm256_permute_ps(x, I * 0x55);
#endif
}

/// Four elements from `from`, again and again.
template <class T> [[gnu::always_inline]] inline whole_batch<T> four_repeated([[maybe_unused]] const T* from) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return _mm512_broadcast_f32x4(_mm_loadu_ps(from));
  else return _mm512_broadcast_f64x4(_mm256_loadu_pd(from));
#elif defined(__AVX__)
  return _mm256_broadcast_ps(reinterpret_cast<const __m128*>(from));
#endif
}

template <class T, std::int64_t M, std::int64_t N, std::int64_t K> inline constexpr bool is_fours = false;
template <class T, std::int64_t M>
requires(std::is_same_v<T, float> || std::is_same_v<T, double>)
inline constexpr bool is_fours<T, M, 4, 4> = fours<T> > 1 && M >= fours<T>;

/// C = A . B for A and C of M contiguous rows of four; the last rows may be computed twice. Whether the strides allow it.
template <class T, std::int64_t M> [[gnu::always_inline]] inline bool multiply_fours(matrix_view<const T> a, matrix_view<const T> b, matrix_view<T> c) {
  using V = whole_batch<T>;
  using lanes = lane_traits<V>;
  if (a.row_stride != 4 || a.column_stride != 1 || b.column_stride != 1 || c.row_stride != 4) return false;
  const V b0 = four_repeated(b.at(0, 0)), b1 = four_repeated(b.at(1, 0)), b2 = four_repeated(b.at(2, 0)), b3 = four_repeated(b.at(3, 0));
  const auto rows = [&](std::int64_t i) __attribute__((always_inline)) {
    const V x = lanes::load(a.data + 4 * i);
    V even = lanes::multiply_add(repeated_in_fours<0, T>(x), b0, V(T(0))), odd = repeated_in_fours<1, T>(x) * b1;
    even = lanes::multiply_add(repeated_in_fours<2, T>(x), b2, even);
    odd = lanes::multiply_add(repeated_in_fours<3, T>(x), b3, odd);
    lanes::store(even + odd, c.data + 4 * i);
  };
  constexpr std::int64_t step = fours<T>;
  std::int64_t i = 0;
  for (; i + step <= M; i += step) rows(i);
  if constexpr (M % step > 0) rows(M - step);
  return true;
}

}  // namespace tapeless::wide::detail
