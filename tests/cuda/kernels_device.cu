// All kernels of a device that are no loops, as programs instantiate them: compiled for the card, with ptxas -v to show that
// none spills. Run, it only looks whether each launch has an entry for the card.
#include <tapeless/cuda/op_issue.hpp>
#include <tapeless/device/plan.hpp>
#include <tapeless/tapeless.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

struct queue_of_entries {
  int launches = 0, missing = 0;
  void launch(const tl::device::launch& l) { ++launches, missing += l.entry == nullptr; }
};

template <class Program, int K> void issue(queue_of_entries& queue) {
  if constexpr (Program::plan.kernels[K].kind != tl::kernel_kind::loop) {
    static std::byte memory[1 << 16];
    std::vector<void*> tensors(static_cast<std::size_t>(Program::plan.kernels[K].access_count), memory);
    constexpr int first = Program::plan.kernels[K].first_number;
    static constexpr auto numbers = Program::plan.numbers;
    tl::device::op_issue<Program, K>::issue(queue, tensors.data(), numbers.data() + first, memory);
  }
}
template <class... Fetches> void issue_all(queue_of_entries& queue, Fetches...) {
  using program = tl::device::planned<tl::program<Fetches...>>;
  [&]<std::size_t... K>(std::index_sequence<K...>) { (issue<program, static_cast<int>(K)>(queue), ...); }(std::make_index_sequence<static_cast<std::size_t>(program::kernels)>{});
}

constexpr tl::placeholder<"x", float, 64, 40> x;
constexpr tl::placeholder<"d", double, 30, 7> d;
constexpr tl::placeholder<"i", std::int64_t, 12> i;
constexpr tl::placeholder<"k", std::int32_t, 12> k;
constexpr tl::placeholder<"j", std::int64_t, 30, 7> j;
constexpr tl::placeholder<"images", float, 4, 3, 8, 8> images;
constexpr tl::placeholder<"kernels", float, 5, 3, 3, 3> kernels;

}  // namespace

int main() {
  queue_of_entries queue;
  issue_all(queue, tl::gather(x, i), tl::scatter_add<9, 40>(tl::gather(x, k), k), tl::arg_max(x), tl::arg_min<0>(d), tl::concat<1>(x, x), tl::pad<0, 1, 2>(d),
            tl::derivative(tl::sum(tl::prod<1>(d)), d), tl::random_uniform<"u", float, 100>(), tl::random_normal<"n", float, 100>(), tl::random_normal<"m", double, 100>(), tl::matmul(x, tl::transpose(x)), tl::matmul(tl::transpose(d), d), tl::matmul(tl::transpose(j), j));
  const auto y = tl::conv2d<tl::convolution{.padding = 1}>(images, kernels);
  const auto z = tl::sum(y * y);
  const auto most = tl::max_pool2d<>(images);
  const auto mean = tl::average_pool2d<>(images);
  const auto of_most = tl::derivative(tl::sum(most * most), images);
  issue_all(queue, y, tl::derivative(z, images), tl::derivative(z, kernels), most, mean, tl::derivative(tl::sum(of_most * of_most), images), tl::derivative(tl::sum(mean * mean), images));
  std::printf("%d launches, %d without an entry\n", queue.launches, queue.missing);
  return queue.launches == 0 || queue.missing != 0;
}
