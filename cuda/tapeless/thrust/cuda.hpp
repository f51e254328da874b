#pragma once
#include <tapeless/cuda/cuda_calls.hpp>
#include <tapeless/thrust/card.hpp>

#if defined(__CUDACC__)
#include <thrust/system/cuda/execution_policy.h>

namespace tapeless::inline TAPELESS_ABI::systems {

/// A card of NVIDIA's, in a unit that nvcc compiles: `tl::thrust<tl::systems::cuda>`. Items are issued to the session's stream
/// without waiting, so that runs are captured and launched as one.
struct cuda {
  using calls = device::cuda_calls;

  struct items {
    static constexpr std::int64_t grain = 1;
    device::queue* queue;

    template <class F> void each(std::int64_t count, std::int64_t, const F& f) const {
      if (count > 0) ::thrust::for_each_n(::thrust::cuda::par_nosync.on(static_cast<cudaStream_t>(queue->stream())), ::thrust::counting_iterator<std::int64_t>(0), count, f);
    }
  };
};

}  // namespace tapeless::systems
#endif
