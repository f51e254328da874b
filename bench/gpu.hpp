#pragma once
// What the benchmark programs for a card share: numbers on the card, and the roofs, which are measured beside each row.
#include <cuda_runtime.h>

#include <cstring>
#include <memory>

#include "support.hpp"

namespace bench {

inline void expect(cudaError_t status) {
  if (status != cudaSuccess) std::fprintf(stderr, "%s\n", cudaGetErrorString(status)), std::exit(1);
}

/// Element i of array `seed`, in [from, to): the same in bench/rivals_gpu.py. Repeats after 2^20 elements.
__host__ __device__ inline float number_at(std::uint32_t i, std::uint32_t seed, float from, float to) {
  std::uint32_t h = (i & 0xFFFFFu) * 2654435761u + seed * 0x9E3779B9u;
  h ^= h >> 16, h *= 0x85EBCA6Bu, h ^= h >> 13, h *= 0xC2B2AE35u, h ^= h >> 16;
  return from + (to - from) * (static_cast<float>(h >> 8) * 0x1p-24f);
}

static __global__ void fill(float* x, std::int64_t n, std::uint32_t seed, float from, float to) {
  for (std::int64_t i = blockIdx.x * std::int64_t(blockDim.x) + threadIdx.x; i < n; i += std::int64_t(gridDim.x) * blockDim.x) x[i] = number_at(static_cast<std::uint32_t>(i), seed, from, to);
}
static __global__ void copy_kernel(float4* to, const float4* from, std::int64_t n) {
  for (std::int64_t i = blockIdx.x * std::int64_t(blockDim.x) + threadIdx.x; i < n; i += std::int64_t(gridDim.x) * blockDim.x) to[i] = from[i];
}
/// Four loads in flight for each thread; what they add up to is written only if it is a number that it is not.
static __global__ void read_kernel(float* to, const float4* from, std::int64_t n) {
  const std::int64_t step = std::int64_t(gridDim.x) * blockDim.x;
  float sum = 0;
  for (std::int64_t i = blockIdx.x * std::int64_t(blockDim.x) + threadIdx.x; i < n; i += 4 * step) {
    float4 v[4]{};
#pragma unroll
    for (int j = 0; j < 4; ++j)
      if (i + j * step < n) v[j] = from[i + j * step];
#pragma unroll
    for (int j = 0; j < 4; ++j) sum += (v[j].x + v[j].y) + (v[j].z + v[j].w);
  }
  if (sum == 1e30f) *to = sum;
}

/// Memory of the card.
template <class T> class card_array {
 public:
  explicit card_array(std::int64_t count) : count_(count) { expect(cudaMalloc(&data_, static_cast<std::size_t>(count) * sizeof(T))); }
  explicit card_array(const std::vector<T>& values) : card_array(static_cast<std::int64_t>(values.size())) {
    expect(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  card_array(const card_array&) = delete;
  card_array& operator=(const card_array&) = delete;
  ~card_array() { cudaFree(data_); }

  T* data() const { return data_; }
  std::int64_t size() const { return count_; }
  std::vector<T> to_host() const {
    std::vector<T> values(static_cast<std::size_t>(count_));
    expect(cudaMemcpy(values.data(), data_, values.size() * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  T* data_ = nullptr;
  std::int64_t count_;
};
/// Numbers on the card that rivals draw, too.
struct card_numbers : card_array<float> {
  card_numbers(std::int64_t count, std::uint32_t seed, float from = -1, float to = 1) : card_array(count) {
    fill<<<1024, 256>>>(data(), count, seed, from, to);
    expect(cudaDeviceSynchronize());
  }
};

/// Two sides: the card's own copy and a kernel's, of as many bytes as a row reads and writes in all.
class copy_roof {
 public:
  explicit copy_roof(const work& of) : bytes_(std::max<std::int64_t>(16, static_cast<std::int64_t>((of.read + of.written) / 32) * 16)), from_(bytes_), to_(bytes_) {
    expect(cudaMemset(from_.data(), 0, static_cast<std::size_t>(bytes_)));
  }
  auto by_call() const {
    return side{"copy", [this] { expect(cudaMemcpyAsync(to_.data(), from_.data(), static_cast<std::size_t>(bytes_), cudaMemcpyDeviceToDevice)); }};
  }
  auto by_kernel() const {
    return side{"copy", [this] { copy_kernel<<<4096, 256>>>(reinterpret_cast<float4*>(to_.data()), reinterpret_cast<const float4*>(from_.data()), bytes_ / 16); }};
  }

 private:
  std::int64_t bytes_;
  card_array<char> from_, to_;
};
/// A side that only reads.
inline auto read_roof(const card_numbers& x) {
  auto to = std::make_shared<card_array<float>>(1);
  return side{"read", [&x, to] { read_kernel<<<2112, 256>>>(to->data(), reinterpret_cast<const float4*>(x.data()), x.size() / 4); }};
}

/// Appends what has been fetched, a number or a tensor, for row::found.
template <class T> void append(std::vector<double>& to, const T& fetched) {
  if constexpr (requires { fetched.begin(); }) to.insert(to.end(), fetched.begin(), fetched.end());
  else to.push_back(static_cast<double>(fetched));
}
/// Tells what a run has fetched.
template <class Results> void tell(row& r, const Results& results) {
  std::vector<double> all;
  std::apply([&](const auto&... fetched) { (append(all, fetched), ...); }, results);
  r.found(all);
}

/// serve(), on a card. `program --card` names it, or fails; without a card, rows are named and not measured.
inline int serve_on_card(int argc, char** argv, rows all) {
  cudaDeviceProp card{};
  int driver = 0;
  const bool there = cudaGetDeviceProperties(&card, 0) == cudaSuccess && cudaDriverGetVersion(&driver) == cudaSuccess;
  if (argc == 2 && std::strcmp(argv[1], "--card") == 0) {
    if (there) std::printf("%s, compute capability %d.%d, CUDA %d.%d\n", card.name, card.major, card.minor, driver / 1000, driver % 1000 / 10);
    return there ? 0 : 1;
  }
  if (!there && !(argc == 2 && std::strcmp(argv[1], "--list") == 0)) {
    for (const auto& [name, make] : all) std::printf("%s: not measured (no card)\n", name.c_str());
    return 0;
  }
  for (auto& [name, make] : all) {
    make = [make = std::move(make)](row& r) {
      r.wait_with([] { expect(cudaDeviceSynchronize()); });
      make(r);
    };
  }
  return serve(argc, argv, all);
}

}  // namespace bench
