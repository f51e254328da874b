#pragma once
#include <tapeless/core/abi.hpp>

#include <cstdint>

#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cpp/execution_policy.h>
#if defined(_OPENMP)
#include <omp.h>
#include <thrust/system/omp/execution_policy.h>
#endif

/// Where tl::thrust runs what. A system has
///   each(items, elements, f)   f(0), f(1), ... in any order, by Thrust; they touch so many elements in all
///   grain                      how many elements an item takes: on a card one, so that neighbours read neighbours
///   shares()                   among how many items a matrix product is divided; not on a card, which has its own
namespace tapeless::inline TAPELESS_ABI::systems {

/// One thread of the processor.
struct cpp {
  static constexpr std::int64_t grain = 2048;
  static int shares() { return 1; }
  template <class F> static void each(std::int64_t items, std::int64_t, const F& f) {
    ::thrust::for_each_n(::thrust::cpp::par, ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }
};

#if defined(_OPENMP)
/// All threads of the processor, by OpenMP; one of them does what is too small to wake the others for.
struct omp {
  static constexpr std::int64_t grain = 2048, least_parallel = 1 << 15;
  static int shares() { return omp_get_max_threads(); }
  template <class F> static void each(std::int64_t items, std::int64_t elements, const F& f) {
    if (items < 2 || elements < least_parallel) return cpp::each(items, elements, f);
    ::thrust::for_each_n(::thrust::omp::par, ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }
};
#endif

}  // namespace tapeless::systems
