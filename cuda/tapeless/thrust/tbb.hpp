#pragma once
#include <tapeless/thrust/thrust.hpp>

#if __has_include(<tbb/parallel_for.h>)
#include <thread>
#include <thrust/system/tbb/execution_policy.h>

namespace tapeless::inline TAPELESS_ABI::systems {

/// All threads of the processor, by TBB, with which the program is linked; one of them does what is too small to wake the others
/// for.
struct tbb {
  static constexpr std::int64_t grain = 2048, least_parallel = 1 << 15;
  static int shares() { return static_cast<int>(std::thread::hardware_concurrency()); }
  template <class F> static void each(std::int64_t items, std::int64_t elements, const F& f) {
    if (items < 2 || elements < least_parallel) return cpp::each(items, elements, f);
    ::thrust::for_each_n(::thrust::tbb::par, ::thrust::counting_iterator<std::int64_t>(0), items, f);
  }
};

}  // namespace tapeless::systems
#endif
