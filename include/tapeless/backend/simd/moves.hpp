#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tapeless/core/abi.hpp>
#include <type_traits>
#include <xsimd/xsimd.hpp>

/// Moves between memory and registers that xsimd has no words for, or slow ones: the first n lanes, and truth values of
/// one byte. AVX-512 and AVX2 have instructions for them; elsewhere a loop over a buffer does.
namespace tapeless::inline TAPELESS_ABI::wide::moves {

template <class T> inline constexpr std::size_t lanes = xsimd::batch<T>::size;
template <std::size_t Bytes> using word = std::conditional_t<Bytes == 4, std::int32_t, std::int64_t>;

#if defined(__AVX512BW__) && defined(__AVX512VL__)
template <class T> inline constexpr bool has_mask_registers = sizeof(xsimd::batch<T>) == 64;
#else
template <class T> inline constexpr bool has_mask_registers = false;
#endif
#if defined(__AVX2__)
template <class T> inline constexpr bool has_masked_moves = sizeof(xsimd::batch<T>) == 32;
#else
template <class T> inline constexpr bool has_masked_moves = false;
#endif

/// The lanes below n.
template <class T> inline xsimd::batch_bool<T> first(int n) noexcept {
  using integer = word<sizeof(T)>;
  alignas(64) static constexpr integer count[16]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const xsimd::batch_bool<integer> below =
      xsimd::batch<integer>::load_aligned(count) < xsimd::batch<integer>(static_cast<integer>(n));
  return std::bit_cast<xsimd::batch_bool<T>>(below);
}

/// x, in a register from here on.
template <class T> inline xsimd::batch<T> settled(xsimd::batch<T> x) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__) && defined(__x86_64__)
  asm("" : "+v"(x.data));
#endif
  return x;
}

/// from[0] to from[n - 1], and padding in the lanes behind them.
template <class T> inline xsimd::batch<T> load_first(const T* from, int n, T padding) noexcept {
  const xsimd::batch<T> rest(padding);
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (has_mask_registers<T>) {
    const auto below = static_cast<__mmask16>((1U << n) - 1);
    if constexpr (sizeof(T) == 4)
      return std::bit_cast<xsimd::batch<T>>(_mm512_mask_loadu_epi32(std::bit_cast<__m512i>(rest), below, from));
    else
      return std::bit_cast<xsimd::batch<T>>(
          _mm512_mask_loadu_epi64(std::bit_cast<__m512i>(rest), static_cast<__mmask8>(below), from));
  }
#endif
#if defined(__AVX2__)
  if constexpr (has_masked_moves<T>) {
    const auto below = first<T>(n);
    const auto chosen = std::bit_cast<__m256i>(below);
    if constexpr (sizeof(T) == 4)
      return xsimd::select(
          below, std::bit_cast<xsimd::batch<T>>(_mm256_maskload_epi32(reinterpret_cast<const int*>(from), chosen)),
          rest);
    else
      return xsimd::select(
          below,
          std::bit_cast<xsimd::batch<T>>(_mm256_maskload_epi64(reinterpret_cast<const long long*>(from), chosen)),
          rest);
  }
#endif
  alignas(64) T buffer[lanes<T>];
  rest.store_aligned(buffer);
  for (int i = 0; i < static_cast<int>(lanes<T>) && i < n; ++i) buffer[i] = from[i];
  return xsimd::batch<T>::load_aligned(buffer);
}

/// The first n lanes to to[0] to to[n - 1].
template <class T> inline void store_first(xsimd::batch<T> x, T* to, int n) noexcept {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (has_mask_registers<T>) {
    const auto below = static_cast<__mmask16>((1U << n) - 1);
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_epi32(to, below, std::bit_cast<__m512i>(x));
    else
      _mm512_mask_storeu_epi64(to, static_cast<__mmask8>(below), std::bit_cast<__m512i>(x));
    return;
  }
#endif
  alignas(64) T buffer[lanes<T>];
  x.store_aligned(buffer);
  for (int i = 0; i < static_cast<int>(lanes<T>) && i < n; ++i) to[i] = buffer[i];
}

/// Whether N elements fill quarters of a register, which have instructions of their own: what was stored so is read back at
/// once, while a masked load waits until all that it covers has left the store queue.
template <class T, int N> inline constexpr bool is_part = [] {
#if defined(__AVX512F__)
  return sizeof(xsimd::batch<T>) == 64 && sizeof(T) * N % 16 == 0 && N > 0 && sizeof(T) * N < 64;
#elif defined(__AVX2__)
  return sizeof(xsimd::batch<T>) == 32 && sizeof(T) * N == 16;
#else
  return false;
#endif
}();

/// from[0] to from[N - 1], again and again.
template <int N, class T> inline xsimd::batch<T> load_part([[maybe_unused]] const T* from) noexcept {
  static_assert(is_part<T, N>);
#if defined(__AVX512F__)
  __m512i all;
  if constexpr (sizeof(T) * N >= 32) all = _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  else all = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  if constexpr (sizeof(T) * N == 48) all = _mm512_inserti32x4(all, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + 2), 2);
  return std::bit_cast<xsimd::batch<T>>(all);
#elif defined(__AVX2__)
  return std::bit_cast<xsimd::batch<T>>(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#endif
}

/// The first N lanes.
template <int N, class T> inline void store_part([[maybe_unused]] xsimd::batch<T> x, [[maybe_unused]] T* to) noexcept {
  static_assert(is_part<T, N>);
#if defined(__AVX512F__)
  const auto all = std::bit_cast<__m512i>(x);
  if constexpr (sizeof(T) * N >= 32) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(all));
  else _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(all));
  if constexpr (sizeof(T) * N == 48) _mm_storeu_si128(reinterpret_cast<__m128i*>(to) + 2, _mm512_extracti32x4_epi32(all, 2));
#elif defined(__AVX2__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(std::bit_cast<__m256i>(x)));
#endif
}

/// As many bytes as T has lanes, each 0 or 1, to a mask.
template <class T> inline xsimd::batch_bool<T> load_bytes(const bool* from) noexcept {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (has_mask_registers<T>) {
    __m128i bytes;
    if constexpr (sizeof(T) == 4)
      bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    else
      bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    using bits = typename xsimd::batch_bool<T>::register_type;
    return xsimd::batch_bool<T>(static_cast<bits>(_mm_test_epi8_mask(bytes, bytes)));
  }
#endif
  using integer = word<sizeof(T)>;
#if defined(__AVX2__)
  if constexpr (has_masked_moves<T>) {
    xsimd::batch<integer> words;
    std::int64_t bytes = 0;
    std::memcpy(&bytes, from, lanes<T>);
    const __m128i narrow = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(&bytes));
    if constexpr (sizeof(T) == 4)
      words = _mm256_cvtepu8_epi32(narrow);
    else
      words = _mm256_cvtepu8_epi64(narrow);
    return std::bit_cast<xsimd::batch_bool<T>>(xsimd::batch<integer>(0) < words);
  }
#endif
#if defined(__SSE2__)
  if constexpr (sizeof(xsimd::batch<T>) == 16) {
    std::int32_t bytes = 0;
    std::memcpy(&bytes, from, lanes<T>);
    const __m128i zero = _mm_setzero_si128();
    __m128i wide = _mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), zero), zero);
    if constexpr (sizeof(T) == 8) wide = _mm_unpacklo_epi32(wide, wide);
    return std::bit_cast<xsimd::batch_bool<T>>(_mm_cmpgt_epi32(wide, zero));
  }
#endif
  alignas(64) integer buffer[lanes<T>];
  for (std::size_t i = 0; i < lanes<T>; ++i) buffer[i] = from[i];
  return std::bit_cast<xsimd::batch_bool<T>>(xsimd::batch<integer>(0) < xsimd::batch<integer>::load_aligned(buffer));
}

/// A mask to as many bytes as T has lanes.
template <class T> inline void store_bytes(xsimd::batch_bool<T> x, bool* to) noexcept {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (has_mask_registers<T>) {
    const __m128i bytes = _mm_maskz_set1_epi8(static_cast<__mmask16>(x.data), 1);
    if constexpr (sizeof(T) == 4)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    else
      _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
    return;
  }
#endif
#if defined(__AVX2__)
  if constexpr (has_masked_moves<T>) {
    const auto wide = std::bit_cast<__m256i>(x);
    const __m128i low = _mm256_castsi256_si128(wide), high = _mm256_extracti128_si256(wide, 1);
    const __m128i shorts = _mm_packs_epi32(low, high);  // for eight-byte lanes each truth value stands here twice
    const __m128i bytes = _mm_packs_epi16(shorts, shorts);
    std::int64_t all;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(&all), _mm_and_si128(bytes, _mm_set1_epi8(1)));
    if constexpr (sizeof(T) == 4)
      std::memcpy(to, &all, sizeof(all));
    else
      for (int i = 0; i < 4; ++i) to[i] = (all >> (16 * i) & 1) != 0;
    return;
  }
#endif
  using integer = word<sizeof(T)>;
  alignas(64) integer buffer[lanes<T>];
  const xsimd::batch<integer> ones(1), zeros(0);
  xsimd::select(std::bit_cast<xsimd::batch_bool<integer>>(x), ones, zeros).store_aligned(buffer);
  for (std::size_t i = 0; i < lanes<T>; ++i) to[i] = buffer[i] != 0;
}

}  // namespace tapeless::wide::moves
