// Sessions whose products a library computes, on a card that the host simulates.
#include "support/on_card.hpp"

#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/cuda/host_products.hpp>
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, 20> x;
constexpr tl::placeholder<"y", float, "N"_d, 5> y;
constexpr tl::variable<"w1", float, 20, 16, tl::glorot_uniform> w1;
constexpr tl::variable<"b1", float, 16> b1;
constexpr tl::variable<"w2", float, 16, 5, tl::glorot_uniform> w2;
constexpr auto h = tl::relu(tl::matmul(x, w1) + b1);
constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(h, w2), y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);
template <class Backend> using training = tl::session_type<Backend, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(update)>>;

std::vector<float> wave(std::size_t n, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(step * static_cast<float>(i));
  return v;
}

}  // namespace

TEST_CASE("a session with a library of products learns as the CPU does, by fewer launches") {
  training<tl::simd> cpu;
  training<tl::cuda_on_host> own;
  training<tl::cuda_products_on_host> library;
  cpu.initialize(1), own.initialize(1), library.initialize(1);
  const auto& count = tl::device::host_card::get().count.kernels;
  decltype(count + 0) by_own = 0, by_library = 0;
  for (const std::int64_t n : {32, 7})
    for (int step = 0; step < 6; ++step) {
      const auto xs = wave(static_cast<std::size_t>(n * 20), 0.1f + static_cast<float>(step)), ys = wave(static_cast<std::size_t>(n * 5), 0.3f);
      const auto run = [&](auto& session) { return static_cast<float>(std::get<0>(session.run(x = tl::view(xs.data(), n, 20), y = tl::view(ys.data(), n, 5)))); };
      const float expected = run(cpu);
      const auto before = count;
      const float a = run(own);
      const auto between = count;
      const float b = run(library);
      by_own = between - before, by_library = count - between;
      CHECK(std::abs(a - expected) <= 1e-5f * std::abs(expected));
      CHECK(std::abs(b - expected) <= 1e-5f * std::abs(expected));
    }
  CHECK(by_library < by_own);
}

TEST_CASE("convolutions and pooling by a library, other dtypes and gradients of pooling by kernels") {
  constexpr tl::placeholder<"images", float, "N"_d, 4, 6, 5> images;
  constexpr tl::placeholder<"kernels", float, 6, 2, 3, 2> kernels;
  constexpr tl::placeholder<"d", double, 1, 1, 4, 4> d;
  constexpr tl::placeholder<"e", double, 1, 1, 2, 2> e;
  const auto z = tl::conv2d<tl::convolution{.stride = {2, 1}, .padding = 1, .groups = 2}>(images, kernels);
  const auto greatest = tl::max_pool2d<tl::pooling{.window = {2, 3}, .stride = 2, .padding = {0, 1, 1, 0}}>(z);
  const auto means = tl::average_pool2d<tl::pooling{.window = 2, .stride = 1, .padding = 1}>(z);
  const auto other = tl::average_pool2d(d);
  const auto total = tl::sum(z * z) + tl::sum(tl::square(greatest)) + tl::sum(tl::square(means));
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(z, greatest, means, tl::derivative(total, images), tl::derivative(total, kernels), tl::conv2d(d, e), other); };
  auto card = on(tl::cuda_products_on_host{});
  auto cpu = on(tl::simd{});
  const auto is = wave(3 * 120, 0.7f), ks = wave(72, 0.9f);
  const std::vector<double> ds(16, 0.5), es(4, 2.0);
  const auto a = card.run(images = tl::view(is.data(), 3, 4, 6, 5), kernels = ks, d = ds, e = es);
  const auto b = cpu.run(images = tl::view(is.data(), 3, 4, 6, 5), kernels = ks, d = ds, e = es);
  CHECK(checks::card_distance(a, b) < 1e-5);
}

namespace {

/// All that sessions say while one call after the other of their first runs fails.
template <class Make> std::string told_failures(Make make_and_run, int code) {
  auto& card = tl::device::host_card::get();
  std::string all;
  for (int k = 0; k < 90; ++k) {
    card.fail_at = card.calls_made + k, card.failure = code;
    try {
      make_and_run();
    } catch (const tl::device_error& e) {
      all += e.what() + std::string("\n");
    }
  }
  card.fail_at = -1;
  return all;
}

}  // namespace

TEST_CASE("an error of a library names the op, its extents, the stream and the line") {
  const auto xs = wave(640, 0.3f), ys = wave(160, 0.2f), is = wave(360, 0.7f), ks = wave(72, 0.9f);
  const auto of_products = told_failures([&] { training<tl::cuda_products_on_host>().run(x = xs, y = ys); }, 10013);
  INFO(of_products);
  CHECK(of_products.find("cuda: product by a library for kernel 1 [matmul] (N, 16) float (32x20 by 20x16, epilogue relu_bias_mask) on stream 0x") != std::string::npos);
  CHECK(of_products.find(": none: a library that is simulated has no errors [tapeless/cuda/product_issue.hpp:") != std::string::npos);
  constexpr tl::placeholder<"images", float, "N"_d, 4, 6, 5> images;
  constexpr tl::placeholder<"kernels", float, 6, 2, 3, 2> kernels;
  const auto of_convolutions = told_failures([&] { tl::session<tl::cuda_products_on_host>(tl::conv2d<tl::convolution{.groups = 2}>(images, kernels)).run(images = tl::view(is.data(), 3, 4, 6, 5), kernels = ks); }, 10013);
  INFO(of_convolutions);
  CHECK(of_convolutions.find("cuda: convolution by a library for kernel 0 [conv2d] (N, 6, 4, 4) float (result of 3x4x6x5 images by 6x2x3x2 kernels) on stream 0x") != std::string::npos);
  const auto of_pooling = told_failures([&] { tl::session<tl::cuda_products_on_host>(tl::max_pool2d(images)).run(images = tl::view(is.data(), 3, 4, 6, 5)); }, 10013);
  INFO(of_pooling);
  CHECK(of_pooling.find("cuda: pooling by a library for kernel 0 [max_pool] (N, 4, 3, 2) float (greatest of 2x2 windows of 3x4x6x5 images) on stream 0x") != std::string::npos);
}

TEST_CASE("an error in the body of a loop names the op of the body") {
  constexpr tl::placeholder<"start", float, 2, 4> start;
  constexpr tl::placeholder<"steps", float, 3, 2, 4> steps;
  constexpr tl::variable<"turn", float, 4, 4> turn;
  const auto ends = wave(8, 0.4f), each = wave(24, 0.5f);
  const auto end = tl::fold([](auto at, auto step) { return tl::matmul(at + step, turn); }, start, steps);
  const auto all = told_failures([&] { tl::session<tl::cuda_products_on_host>(end).run(start = ends, steps = each); }, 10013);
  INFO(all);
  CHECK(all.find("launch of loop for kernel 0 [add] over (2, 4) (1 blocks") != std::string::npos);
  CHECK(all.find("product by a library for kernel 1 [matmul] (2, 4) float (2x4 by 4x4, epilogue none)") != std::string::npos);
}

TEST_CASE("a fault that shows when somebody waits is told with its kernel where each launch is checked") {
  auto& card = tl::device::host_card::get();
  const auto xs = wave(640, 0.3f), ys = wave(160, 0.2f);
  std::string message;
  const auto run = [&](auto& session, std::int64_t kernels_before) {
    message.clear();
    card.fault_at = card.count.kernels + kernels_before;
    try {
      const float value = std::get<0>(session.run(x = xs, y = ys));
      static_cast<void>(value);
    } catch (const tl::device_error& e) {
      message = e.what();
    }
    card.fault_at = -1, card.told = 0;
  };
  training<tl::cuda_products_on_host> session;
  session.run(x = xs, y = ys);
  run(session, 2);
  INFO(message);
  CHECK(message.find("cudaErrorIllegalAddress") != std::string::npos);
  CHECK(message.find("kernel") == std::string::npos);  // of a captured run nobody knows
  session.check_each_launch(true);
  std::string all;
  for (int k = 0; k < 8; ++k) run(session, k), all += message + "\n";
  INFO(all);
  CHECK(all.find("cuda: waiting for the product by a library for kernel 1 [matmul] (N, 16) float (32x20 by 20x16, epilogue relu_bias_mask) on stream 0x") != std::string::npos);
  CHECK(all.find("cuda: waiting for the launch of loop over rows for kernel 3 [") != std::string::npos);
  session.check_each_launch(false);
  run(session, 100);
  CHECK(message.empty());
}

TEST_CASE("whichever call of a step with epilogues fails, variables are as they were and the next run is right") {
  const auto xs = wave(640, 0.3f), ys = wave(160, 0.2f);
  constexpr auto input = tl::matmul(x, w1) + b1;
  constexpr auto smooth = tl::losses::mean_squared_error(tl::matmul(tl::gelu_tanh(input), w2), y);
  constexpr auto learn = tl::optimizers::sgd(0.1_c).minimize(smooth);
  auto session = tl::session<tl::cuda_products_on_host>(smooth, learn);
  auto plain = tl::session<tl::simd>(smooth, learn);
  session.initialize(1), plain.initialize(1);
  auto& card = tl::device::host_card::get();
  int told = 0;
  bool reached = true;
  for (int k = 0; reached; ++k) {
    REQUIRE(k < 100);
    card.fail_at = card.calls_made + k, card.failure = 999;
    bool ran = true;
    try {
      session.run(x = xs, y = ys);
    } catch (const tl::device_error&) {
      ran = false, ++told;
    }
    reached = card.calls_made > card.fail_at;
    card.fail_at = -1;
    if (ran) plain.run(x = xs, y = ys);
    const auto a = session.run(x = xs, y = ys);
    const auto b = plain.run(x = xs, y = ys);
    CHECK(checks::card_distance(a, b) < 1e-4);
    const auto ours = session[b1].to_host();
    for (std::size_t i = 0; i < 16; ++i) CHECK(std::abs(ours[i] - plain[b1][i]) < 1e-4f);
  }
  CHECK(told > 0);
}
