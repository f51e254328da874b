#pragma once
#include <tapeless/backend/simd/vec.hpp>

#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // a fraction of the other
#endif

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {
// Names of one instruction, by register.
#if defined(__SSE2__)
inline void stream_register(void* to, __m128 x) noexcept { _mm_stream_ps(static_cast<float*>(to), x); }
inline void stream_register(void* to, __m128d x) noexcept { _mm_stream_pd(static_cast<double*>(to), x); }
inline void stream_register(void* to, __m128i x) noexcept { _mm_stream_si128(static_cast<__m128i*>(to), x); }
#endif
#if defined(__AVX__)
inline void stream_register(void* to, __m256 x) noexcept { _mm256_stream_ps(static_cast<float*>(to), x); }
inline void stream_register(void* to, __m256d x) noexcept { _mm256_stream_pd(static_cast<double*>(to), x); }
inline void stream_register(void* to, __m256i x) noexcept { _mm256_stream_si256(static_cast<__m256i*>(to), x); }
#endif
#if defined(__AVX512F__)
inline void stream_register(void* to, __m512 x) noexcept { _mm512_stream_ps(static_cast<float*>(to), x); }
inline void stream_register(void* to, __m512d x) noexcept { _mm512_stream_pd(static_cast<double*>(to), x); }
inline void stream_register(void* to, __m512i x) noexcept { _mm512_stream_si512(static_cast<__m512i*>(to), x); }
#endif
}  // namespace detail

/// Writes a register past the caches, where the machine has an instruction for it and `to` is aligned as that wants it: a
/// store that misses would first read the line that it is about to write over. Before other threads read, see stream_end().
template <class T> [[gnu::always_inline]] inline void stream_store(vec<T> x, T* to) noexcept {
  const auto lanes = x.batch();
#if defined(__SSE2__)
  if (reinterpret_cast<std::uintptr_t>(to) % sizeof lanes == 0) return detail::stream_register(to, lanes);
#endif
  x.store(to);
}

/// Orders streamed writes before all that follows.
inline void stream_end() noexcept {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace tapeless::wide
