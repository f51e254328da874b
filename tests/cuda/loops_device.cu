#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/loop.hpp>
#include <tapeless/device/plan.hpp>

#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

// The loop kernels that the tests run on the host, compiled for the card.

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
constexpr tl::placeholder<"dy", float, "M"_d, "N"_d> dy;
constexpr tl::placeholder<"gain", float, "N"_d> gain;
constexpr tl::placeholder<"bias", float, "N"_d> bias;
constexpr auto centred = x - tl::mean<1>(x, tl::keepdims);
constexpr auto y = centred * tl::rsqrt(tl::mean<1>(centred * centred, tl::keepdims) + 1e-3_c) * gain + bias;
constexpr auto loss = tl::sum(y * dy);
constexpr auto nll = tl::mean(tl::logsumexp<1>(x) - tl::sum<1>(x * dy));
constexpr auto p = tl::softmax<1>(x);

template <class... E> using planned = tl::device::planned<tl::program<std::remove_const_t<E>...>>;
using normal = planned<decltype(y), decltype(tl::derivative(loss, x)), decltype(tl::derivative(loss, gain)), decltype(tl::derivative(loss, bias))>;
using entropy = planned<decltype(nll), decltype(tl::derivative(nll, x))>;
using others = planned<decltype(tl::softmax<0>(x)), decltype(tl::sum<0>(x)), decltype(tl::sum(x * x)), decltype(tl::tanh(x * gain) + bias), decltype(p)>;
constexpr tl::placeholder<"z", float, "N"_d, "M"_d> z;
constexpr tl::placeholder<"u", float, "N"_d, "M"_d> u;
constexpr tl::placeholder<"d", double, "N"_d, "M"_d> d;
constexpr tl::placeholder<"e", double, "N"_d, "M"_d> e;
constexpr tl::placeholder<"b", bool, "N"_d, "M"_d> b;
using turned = planned<decltype(tl::transpose(z)), decltype(x * tl::transpose(z) + tl::tanh(tl::transpose(u)) * gain)>;
using turned_doubles = planned<decltype(tl::transpose(d) - tl::transpose(e))>;
using turned_bools = planned<decltype(tl::transpose(b))>;
using turns_of_doubles = planned<decltype(tl::sin(d)), decltype(tl::cos(d)), decltype(tl::tan(d))>;

/// Launches on the card, and the same on the host.
struct card_queue {
  bool on_card = false;
  int launches = 0, without_code = 0;
  void launch(const tl::device::launch& l) {
    ++launches;
    without_code += l.entry == nullptr;
    if (!on_card) return l.on_host(l.shape, l.arguments);
    void* arguments[]{const_cast<void*>(l.arguments)};
    REQUIRE(cudaLaunchKernel(l.entry, dim3(static_cast<unsigned>(l.shape.blocks)), dim3(static_cast<unsigned>(l.shape.threads)), arguments, static_cast<std::size_t>(l.shape.shared_bytes), nullptr) == cudaSuccess);
  }
};

/// Kernel K of a program, over rows of the given length.
template <class Program, int K> struct one_loop {
  static constexpr auto& k = Program::plan.kernels[K];
  using loop = tl::device::loop_kernel<tl::device::loop_of<Program, K>::hash>;
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> counts;  ///< elements of each access

  explicit one_loop(std::int64_t m, std::int64_t n) {
    tl::binding b;
    b.add(tl::symbol("M"), m), b.add(tl::symbol("N"), n);
    const auto all = tl::numbers_of(Program::graph, Program::plan, b);
    numbers.assign(all.begin() + k.first_number, all.begin() + k.first_number + k.number_count);
    for (int i = 0; i < k.access_count; ++i) counts.push_back(b.count(Program::graph.shape_of(Program::plan.accesses[static_cast<std::size_t>(k.first_access + i)].node)));
  }
  void run(card_queue& queue, float* const* memory) const {
    std::vector<void*> tensors(memory, memory + k.access_count);
    std::byte* scratch = nullptr;
    std::vector<std::byte> on_host;
    const auto bytes = static_cast<std::size_t>(loop::scratch_bytes(numbers.data()));
    if (!queue.on_card) {
      on_host.resize(bytes + 16);
      return loop::issue(queue, tensors.data(), numbers.data(), on_host.data());
    }
    REQUIRE(cudaMalloc(&scratch, bytes + 1) == cudaSuccess);
    loop::issue(queue, tensors.data(), numbers.data(), scratch);
    REQUIRE(cudaDeviceSynchronize() == cudaSuccess);
    cudaFree(scratch);
  }
};

template <class Program, class F> void each_loop(F f) {
  [&]<std::size_t... K>(std::index_sequence<K...>) { (f(std::integral_constant<int, static_cast<int>(K)>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
}
template <class Program> int count_without_code(std::int64_t m = 3, std::int64_t n = 8) {
  card_queue queue;
  each_loop<Program>([&](auto kernel) {
    const one_loop<Program, kernel.value> loop(m, n);
    std::vector<std::vector<float>> values;
    std::vector<float*> memory;
    for (const auto n : loop.counts) memory.push_back(values.emplace_back(2 * static_cast<std::size_t>(n) + 4, 0.0f).data());
    loop.run(queue, memory.data());
  });
  return queue.launches > 0 ? queue.without_code : -1;
}
/// The greatest difference of what all kernels compute on the card and on the host.
template <class Program> double difference(std::int64_t m, std::int64_t n) {
  double most = 0;
  each_loop<Program>([&](auto kernel) {
    const one_loop<Program, kernel.value> loop(m, n);
    std::vector<float*> memory, on_host;
    std::vector<std::vector<float>> values;
    for (const auto count : loop.counts) {
      auto& v = values.emplace_back(static_cast<std::size_t>(count) + 1);
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.5f + 0.4f * std::sin(0.7f * static_cast<float>(i) + static_cast<float>(memory.size()));
      REQUIRE(cudaMalloc(&memory.emplace_back(), v.size() * sizeof(float)) == cudaSuccess);
      REQUIRE(cudaMemcpy(memory.back(), v.data(), v.size() * sizeof(float), cudaMemcpyHostToDevice) == cudaSuccess);
    }
    for (auto& v : values) on_host.push_back(v.data());
    card_queue card{.on_card = true}, host{};
    loop.run(card, memory.data());
    loop.run(host, on_host.data());
    for (std::size_t i = 0; i < memory.size(); ++i) {
      std::vector<float> found(values[i].size());
      REQUIRE(cudaMemcpy(found.data(), memory[i], found.size() * sizeof(float), cudaMemcpyDeviceToHost) == cudaSuccess);
      for (std::size_t j = 0; j < found.size(); ++j) most = std::max(most, std::abs(static_cast<double>(found[j]) - static_cast<double>(values[i][j])) / (1 + std::abs(static_cast<double>(values[i][j]))));
      cudaFree(memory[i]);
    }
  });
  return most;
}

TEST_SUITE("without a card") {
  TEST_CASE("loops: every launch has code for the card") {
    CHECK(count_without_code<normal>() == 0);
    CHECK(count_without_code<entropy>() == 0);
    CHECK(count_without_code<others>() == 0);
    CHECK(count_without_code<turned>(40, 40) == 0);
    CHECK(count_without_code<turned_doubles>(40, 40) == 0);
    CHECK(count_without_code<turned_bools>(40, 40) == 0);
    CHECK(count_without_code<turns_of_doubles>() == 0);
  }
}

TEST_CASE("loops: on the card as on the host") {
  for (const std::int64_t m : {1, 3, 70, 1200})
    for (const std::int64_t n : {1, 7, 64, 1024, 5000}) {
      CAPTURE(m);
      CAPTURE(n);
      CHECK(difference<normal>(m, n) < 1e-4);
      CHECK(difference<entropy>(m, n) < 1e-4);
      CHECK(difference<others>(m, n) < 1e-4);
      CHECK(difference<turned>(m, n) < 1e-4);
    }
}
