#pragma once
#include <tapeless/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Kernel bodies are written once for the threads of a card and for a processor, which runs a block's threads one after
/// the other. A body is a function of a block:
///
///   template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
///     typename Block::template per_thread<float> sum(block);           // on the card a register
///     block.each([&](int thread) { sum[thread] = a.x[block.index * block.threads + thread]; });
///     block.reduce(sum, [](float x, float y) { return x + y; });       // all threads have the total
///     block.each([&](int thread) { if (thread == 0) a.y[block.index] = sum[thread]; });
///   }
///
/// What one thread writes to shared memory, another may read behind a `barrier()` only. Outside of `each` stands what all
/// threads do alike.
namespace tapeless::inline TAPELESS_ABI::device {

/// How many blocks of how many threads run a kernel.
struct grid {
  std::int64_t blocks = 1;
  int threads = 1;
  std::int64_t shared_bytes = 0;
};

inline constexpr int warp = 32;            ///< threads that run in step
inline constexpr int most_threads = 1024;  ///< of a block

/// A block whose threads a processor runs in turns, with the same arithmetic in the same order as the card.
class host_block {
 public:
  std::int64_t index = 0;   ///< of the block
  std::int64_t blocks = 1;
  int threads = 1;
  std::byte* shared = nullptr;

  template <class T> class per_thread {
   public:
    TAPELESS_HOST_DEVICE explicit per_thread(const host_block& b) : values_(static_cast<T*>(std::malloc(sizeof(T) * static_cast<std::size_t>(b.threads)))) {}
    TAPELESS_HOST_DEVICE ~per_thread() { std::free(values_); }
    per_thread(const per_thread&) = delete;
    per_thread& operator=(const per_thread&) = delete;
    TAPELESS_HOST_DEVICE T& operator[](int thread) { return values_[thread]; }

   private:
    T* values_;
  };

  template <class F> TAPELESS_HOST_DEVICE void each(F f) const {
    for (int thread = 0; thread < threads; ++thread) f(thread);
  }
  TAPELESS_HOST_DEVICE void barrier() const {}
  /// Combines the values of `Width` neighbouring threads (a power of two, at most a warp), halves onto each other; all of
  /// them get the result.
  template <int Width, class T, class F> TAPELESS_HOST_DEVICE void reduce_neighbours(per_thread<T>& x, F combine) const { reduce_neighbours(x, Width, combine); }
  template <class T, class F> TAPELESS_HOST_DEVICE void reduce_neighbours(per_thread<T>& x, int width, F combine) const {
    per_thread<T> before(*this);
    for (int distance = width / 2; distance > 0; distance /= 2) {
      for (int t = 0; t < threads; ++t) before[t] = x[t];
      for (int t = 0; t < threads; ++t) x[t] = combine(before[t], before[t ^ distance]);
    }
  }
};

#if defined(__CUDACC__)
/// The block that runs on the card; each of its threads has a copy.
class device_block {
 public:
  std::int64_t index, blocks;
  int threads;
  std::byte* shared;

  __device__ explicit device_block(std::byte* memory) : index(blockIdx.x), blocks(gridDim.x), threads(static_cast<int>(blockDim.x)), shared(memory) {}

  template <class T> class per_thread {
   public:
    __device__ explicit per_thread(const device_block&) {}
    __device__ T& operator[](int) { return value_; }

   private:
    T value_;
  };

  template <class F> __device__ void each(F f) const { f(static_cast<int>(threadIdx.x)); }
  __device__ void barrier() const { __syncthreads(); }
  template <int Width, class T, class F> __device__ void reduce_neighbours(per_thread<T>& x, F combine) const {
#if defined(__CUDA_ARCH__)
#pragma unroll
    for (int distance = Width / 2; distance > 0; distance /= 2) x[0] = combine(x[0], static_cast<T>(__shfl_xor_sync(0xffffffffu, x[0], distance)));
#endif
  }
  template <class T, class F> __device__ void reduce_neighbours(per_thread<T>& x, int width, F combine) const {
#if defined(__CUDA_ARCH__)
    for (int distance = width / 2; distance > 0; distance /= 2) x[0] = combine(x[0], static_cast<T>(__shfl_xor_sync(0xffffffffu, x[0], distance)));
#endif
  }
};
#endif

}  // namespace tapeless::device
