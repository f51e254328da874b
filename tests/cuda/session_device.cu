#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include <cmath>
#include <doctest/doctest.h>
#include <string>
#include <vector>

// Sessions on a card, beside the same on the processor.

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, 100> x;
constexpr tl::placeholder<"y", float, "N"_d, 10> y;
constexpr tl::variable<"w1", float, 100, 32, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 32, 10, tl::glorot_uniform> w2;
constexpr auto h = tl::relu(tl::matmul(x, w1));
constexpr auto y_pred = tl::matmul(h, w2) + 0.1_c * tl::random_uniform<"noise", float, 10>();
constexpr auto loss = tl::losses::mean_squared_error(y_pred, y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}

struct on_the_card {
  explicit on_the_card(const std::vector<float>& values) : queue(tl::device::cuda_calls::table()), memory(queue, values.size() * 4) {
    queue.copy(memory.data(), values.data(), values.size() * 4);
    queue.synchronize();
  }
  float* data() const { return reinterpret_cast<float*>(memory.data()); }
  tl::device::queue queue;
  tl::device::card_memory memory;
};

TEST_CASE("a net trains on a card as on the processor, fed by the host and from the card") {
  auto session = tl::session<tl::cuda>(loss, update);
  auto again = tl::session<tl::cuda>(loss, update);
  auto plain = tl::session<tl::simd>(loss, update);
  for (int step = 0; step < 60; ++step) {
    const std::size_t n = step % 20 < 15 ? 64 : 2000;
    const auto xs = wave(n * 100, 0.37f), ys = wave(n * 10, 0.11f);
    auto [b] = plain.run(x = xs, y = ys);
    auto [c] = again.run(x = xs, y = ys);
    if (step % 7 == 3) {
      const on_the_card dx(xs), dy(ys);
      auto [a] = session.run(x = tl::device_pointer(dx.data(), n, 100), y = tl::device_pointer(dy.data(), n, 10));
      CHECK(a == doctest::Approx(b).epsilon(1e-4));
      CHECK(a == c);  // the same bits
    } else {
      auto [a] = session.run(x = xs, y = ys);
      CHECK(a == doctest::Approx(b).epsilon(1e-4));
      CHECK(a == c);
    }
  }
  const auto mine = session[w1].to_host(), other = again[w1].to_host();
  CHECK(std::equal(mine.begin(), mine.end(), other.begin()));
}

constexpr tl::placeholder<"start", float, 3> start;

TEST_CASE("the card decides which branch and whether another step") {
  constexpr auto h = tl::while_loop([](auto v) { return tl::sum(tl::square(v)) < 1000; }, [](auto v) { return tl::cond(tl::sum(v) > 3, v + 1, v * -2 + 0.5); }, start);
  auto session = tl::session<tl::cuda>(h);
  auto plain = tl::session<tl::simd>(h);
  for (float first : {0.3f, -2.f, 40.f}) {
    const std::vector<float> s{first, 0.5f, -0.25f};
    auto [a] = session.run(start = s);
    auto [b] = plain.run(start = s);
    for (std::int64_t i = 0; i < 3; ++i) CHECK(a(i) == doctest::Approx(b(i)));
  }
}

TEST_SUITE("without a card") {
  TEST_CASE("a session says that there is none") {
    int cards = 0;
    if (cudaGetDeviceCount(&cards) == cudaSuccess && cards > 0) return;
    std::string message;
    try {
      auto session = tl::session<tl::cuda>(loss, update);
    } catch (const tl::device_error& e) {
      message = e.what();
      CHECK((e.code == tl::device::no_card || e.code == tl::device::driver_too_old));
    }
    INFO(message);
    CHECK(message.find("cuda: looking for a card: cudaError") == 0);
    CHECK((message.find("no driver is installed") != message.npos || message.find("the driver is for CUDA") != message.npos || message.find("no card") != message.npos));
  }
}

}  // namespace
