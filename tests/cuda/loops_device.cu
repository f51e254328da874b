#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/loop.hpp>
#include <tapeless/device/plan.hpp>

#include <cstdio>

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

struct counting_queue {
  int launches = 0;
  void launch(const tl::device::launch& l) { launches += l.entry != nullptr; }
};

template <class Program, int K> void issue(counting_queue& queue) {
  constexpr auto& k = Program::plan.kernels[K];
  if constexpr (k.kind == tl::kernel_kind::loop) {
    void* tensors[k.access_count]{};
    std::int64_t numbers[k.number_count]{};
    for (auto& n : numbers) n = 64;
    tl::device::loop_kernel<tl::device::loop_of<Program, K>::hash>::issue(queue, tensors, numbers, nullptr);
  }
}
template <class Program> void issue_all(counting_queue& queue) {
  [&]<std::size_t... K>(std::index_sequence<K...>) { (issue<Program, static_cast<int>(K)>(queue), ...); }(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});
}

int main() {
  counting_queue queue;
  issue_all<normal>(queue);
  issue_all<entropy>(queue);
  issue_all<others>(queue);
  std::printf("%d launches\n", queue.launches);
}
