#pragma once

/// Names the instruction set that a translation unit is compiled for. All of tapeless lives in an inline namespace of this
/// name, so that the linker keeps what units with different -m flags make of one template apart. Define it beforehand, to
/// anything that starts with for_, where two units differ in flags that are told apart by no name below.
#ifndef TAPELESS_INSTRUCTION_SET
#if defined(__x86_64__) || defined(__i386__)
#if defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__FMA__)
#if defined(__AVX512FP16__)
#define TAPELESS_INSTRUCTION_SET for_avx512_fp16
#elif defined(__AVX512VBMI2__) && defined(__AVX512BF16__)
#define TAPELESS_INSTRUCTION_SET for_avx512_bf16
#elif defined(__AVX512VBMI2__)
#define TAPELESS_INSTRUCTION_SET for_avx512_vbmi2
#elif defined(__AVX512VNNI__)
#define TAPELESS_INSTRUCTION_SET for_avx512_vnni
#elif defined(__BMI2__)
#define TAPELESS_INSTRUCTION_SET for_avx512_bmi2
#else
#define TAPELESS_INSTRUCTION_SET for_avx512
#endif
#elif defined(__AVX512F__)
#define TAPELESS_INSTRUCTION_SET for_avx512f
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
#define TAPELESS_INSTRUCTION_SET for_avx2_fma_bmi2
#elif defined(__AVX2__) && defined(__FMA__)
#define TAPELESS_INSTRUCTION_SET for_avx2_fma
#elif defined(__AVX2__)
#define TAPELESS_INSTRUCTION_SET for_avx2
#elif defined(__AVX__) && defined(__FMA__)
#define TAPELESS_INSTRUCTION_SET for_avx_fma
#elif defined(__FMA4__)
#define TAPELESS_INSTRUCTION_SET for_fma4
#elif defined(__AVX__)
#define TAPELESS_INSTRUCTION_SET for_avx
#elif defined(__SSE4_2__)
#define TAPELESS_INSTRUCTION_SET for_sse4_2
#elif defined(__SSE4_1__)
#define TAPELESS_INSTRUCTION_SET for_sse4_1
#elif defined(__SSSE3__)
#define TAPELESS_INSTRUCTION_SET for_ssse3
#elif defined(__SSE3__)
#define TAPELESS_INSTRUCTION_SET for_sse3
#else
#define TAPELESS_INSTRUCTION_SET for_sse2
#endif
#elif defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS == 128
#define TAPELESS_INSTRUCTION_SET for_sve128
#elif defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS == 256
#define TAPELESS_INSTRUCTION_SET for_sve256
#elif defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS == 512
#define TAPELESS_INSTRUCTION_SET for_sve512
#elif defined(__ARM_FEATURE_SVE)
#define TAPELESS_INSTRUCTION_SET for_sve
#elif defined(__ARM_NEON) && defined(__ARM_FEATURE_DOTPROD)
#define TAPELESS_INSTRUCTION_SET for_neon_dotprod
#elif defined(__ARM_NEON)
#define TAPELESS_INSTRUCTION_SET for_neon
#else
#define TAPELESS_INSTRUCTION_SET for_any
#endif
#endif

// Two more flags change what the same source means.
#if defined(__FAST_MATH__) && defined(__cpp_exceptions)
#define TAPELESS_ABI TAPELESS_INSTRUCTION_SET::inline fast_math
#elif defined(__FAST_MATH__)
#define TAPELESS_ABI TAPELESS_INSTRUCTION_SET::inline fast_math::inline without_exceptions
#elif defined(__cpp_exceptions)
#define TAPELESS_ABI TAPELESS_INSTRUCTION_SET
#else
#define TAPELESS_ABI TAPELESS_INSTRUCTION_SET::inline without_exceptions
#endif
