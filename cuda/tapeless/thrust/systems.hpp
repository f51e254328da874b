#pragma once
#include <tapeless/core/abi.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cpp/execution_policy.h>
#if defined(_OPENMP)
#include <omp.h>
#include <thrust/system/omp/execution_policy.h>
#endif
#if defined(__CUDACC__)
#include <thrust/system/cuda/execution_policy.h>
#include <thrust/system/cuda/error.h>
#include <thrust/system_error.h>
#endif

/// Where tl::thrust runs what. A system has
///   each(items, elements, f)   f(0), f(1), ... in any order, by Thrust; they touch so many elements in all
///   grain                      how many elements an item takes: on the card one, so that neighbours read neighbours
///   shares()                   among how many threads a matrix product of the processor is divided
///   is_host                    whether its memory is the processor's, which may read it at any time
///   reserve, release, copy, clear, read    memory of the system
namespace tapeless::inline TAPELESS_ABI::systems {

/// Memory of the processor.
struct host_memory {
  static constexpr bool is_host = true, multiplies_on_host = true;
  static std::byte* reserve(std::int64_t bytes) { return static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), alignment)); }
  static void release(std::byte* p) { ::operator delete(p, alignment); }
  static void copy(void* to, const void* from, std::int64_t bytes) { std::memmove(to, from, static_cast<std::size_t>(bytes)); }
  static void clear(void* to, std::int64_t bytes) { std::memset(to, 0, static_cast<std::size_t>(bytes)); }
  template <class T> static T read(const void* from) { return *static_cast<const T*>(from); }

 private:
  static constexpr std::align_val_t alignment{64};
};

/// One thread of the processor.
struct cpp : host_memory {
  static constexpr std::int64_t grain = 2048;
  static int shares() { return 1; }
  template <class F> static void each(std::int64_t items, std::int64_t, const F& f) {
    ::thrust::for_each_n(::thrust::cpp::par, ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }
};

#if defined(_OPENMP)
/// All threads of the processor, by OpenMP; one of them does what is too small to wake the others for.
struct omp : host_memory {
  static constexpr std::int64_t grain = 2048, least_parallel = 1 << 15;
  static int shares() { return omp_get_max_threads(); }
  template <class F> static void each(std::int64_t items, std::int64_t elements, const F& f) {
    if (items < 2 || elements < least_parallel) return cpp::each(items, elements, f);
    ::thrust::for_each_n(::thrust::omp::par, ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }
};
#endif

#if defined(__CUDACC__)
/// The card that is current when the session is made.
struct cuda {
  static constexpr bool is_host = false, multiplies_on_host = false;
  static constexpr std::int64_t grain = 1;
  static int shares() { return 1; }
  static std::byte* reserve(std::int64_t bytes) {
    void* p = nullptr;
    check(cudaMalloc(&p, static_cast<std::size_t>(bytes)), "cudaMalloc");
    return static_cast<std::byte*>(p);
  }
  static void release(std::byte* p) { static_cast<void>(cudaFree(p)); }
  static void copy(void* to, const void* from, std::int64_t bytes) { check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDefault, cudaStreamPerThread), "cudaMemcpyAsync"); }
  static void clear(void* to, std::int64_t bytes) { check(cudaMemsetAsync(to, 0, static_cast<std::size_t>(bytes), cudaStreamPerThread), "cudaMemsetAsync"); }
  /// Kernels follow each other in one stream, and nobody waits for them but who reads what they have written.
  static void wait() { check(cudaStreamSynchronize(cudaStreamPerThread), "cudaStreamSynchronize"); }
  template <class T> static T read(const void* from) {
    T value;
    copy(&value, from, sizeof value);
    wait();
    return value;
  }
  template <class F> static void each(std::int64_t items, std::int64_t, const F& f) {
    ::thrust::for_each_n(::thrust::cuda::par_nosync.on(cudaStreamPerThread), ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }

 private:
  static void check(cudaError_t e, const char* call) {
    if (e != cudaSuccess) throw ::thrust::system_error(e, ::thrust::cuda_category(), call);
  }
};
#endif

}  // namespace tapeless::systems
