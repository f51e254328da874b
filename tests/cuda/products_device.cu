// Products by cuBLASLt, with epilogues, beside the same on the processor.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cublas.hpp>

#include "support/on_card.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "N"_d, 64> x;
constexpr tl::placeholder<"y", float, "N"_d, 16> y;
constexpr tl::variable<"w1", float, 64, 32, tl::glorot_uniform> w1;
constexpr tl::variable<"b1", float, 32> b1;
constexpr tl::variable<"w2", float, 32, 24, tl::glorot_uniform> w2;
constexpr tl::variable<"b2", float, 24> b2;
constexpr tl::variable<"w3", float, 24, 16, tl::glorot_uniform> w3;
constexpr auto h = tl::gelu_tanh(tl::matmul(tl::relu(tl::matmul(x, w1) + b1), w2) + b2);
constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(h, w3), y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

// The plan of both of nvcc's compilers.
using training = tl::session_type<tl::cuda_cublas<>, std::remove_const_t<decltype(loss)>, std::remove_const_t<decltype(update)>>::program;
constexpr int finished_by(tl::device::epilogue e) {
  int n = 0;
  for (const auto& k : training::plan.kernels) n += k.finish == static_cast<int>(e);
  return n;
}
static_assert(finished_by(tl::device::epilogue::relu_bias_mask) == 1 && finished_by(tl::device::epilogue::drelu_sums) == 1);
static_assert(finished_by(tl::device::epilogue::gelu_bias_input) == 1 && finished_by(tl::device::epilogue::dgelu_sums) == 1);

template <tl::product_mode Mode> double distance_after_training() {
  auto card = tl::session<tl::cuda_cublas<Mode>>(loss, update);
  auto processor = tl::session<tl::simd>(loss, update);
  card.initialize(1), processor.initialize(1);
  double most = 0;
  for (const std::int64_t n : {64, 7, 1000}) {
    const auto xs = checks::whole_numbers<float>(n * 64, 1, 2), ys = checks::whole_numbers<float>(n * 16, 2, 2);
    for (int step = 0; step < 5; ++step)
      most = std::max(most, checks::card_distance(card.run(x = tl::view(xs.data(), n, 64), y = tl::view(ys.data(), n, 16)), processor.run(x = tl::view(xs.data(), n, 64), y = tl::view(ys.data(), n, 16))));
  }
  return most;
}

}  // namespace

TEST_CASE("training with epilogues, in the modes that a user may choose") {
  CHECK(distance_after_training<tl::product_mode::f32>() < 1e-4);
  CHECK(distance_after_training<tl::product_mode::tf32>() < 1e-2);
}

TEST_CASE("gelu behind a product; products of doubles; batches") {
  constexpr tl::placeholder<"a", double, 3, 20, 12> a;
  constexpr tl::placeholder<"b", double, 12, 8> b;
  auto card = tl::session<tl::cuda_cublas<>>(tl::gelu_tanh(tl::matmul(x, w1) + b1), tl::matmul(a, b));
  auto processor = tl::session<tl::simd>(tl::gelu_tanh(tl::matmul(x, w1) + b1), tl::matmul(a, b));
  card.initialize(1), processor.initialize(1);
  const auto xs = checks::whole_numbers<float>(640, 1, 2);
  const auto as = checks::whole_numbers<double>(720, 2), bs = checks::whole_numbers<double>(96, 3);
  CHECK(checks::card_distance(card.run(x = tl::view(xs.data(), 10, 64), a = as, b = bs), processor.run(x = tl::view(xs.data(), 10, 64), a = as, b = bs)) < 1e-5);
}

TEST_SUITE("without a card") {
  TEST_CASE("a session says that there is none") {
    int cards = 0;
    if (cudaGetDeviceCount(&cards) == cudaSuccess && cards > 0) return;
    std::string message;
    try {
      auto session = tl::session<tl::cuda_cublas<>>(loss);
    } catch (const tl::error& e) {
      message = e.what();
    }
    CHECK(message.find("cuda: looking for a card") != message.npos);
  }
}
