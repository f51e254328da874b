// What hand-written loops need to write past the caches.
#pragma once
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace bench {

#if defined(__AVX512F__)
using lanes = __m512;
inline void stream(float* to, lanes x) { _mm512_stream_ps(to, x); }
#elif defined(__AVX__)
using lanes = __m256;
inline void stream(float* to, lanes x) { _mm256_stream_ps(to, x); }
#elif defined(__SSE2__)
using lanes = __m128;
inline void stream(float* to, lanes x) { _mm_stream_ps(to, x); }
#else
using lanes = float;
inline void stream(float* to, lanes x) { *to = x; }
#endif
inline constexpr std::int64_t width = sizeof(lanes) / sizeof(float);
inline const lanes& at(const float* p) { return *reinterpret_cast<const lanes*>(p); }

}  // namespace bench
