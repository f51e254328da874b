// Tensors of two bytes an element on a card: in loops, in products of tl::cuda's own, and between products by cuBLASLt.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cublas.hpp>
#include <tapeless/cuda/cuda.hpp>

#include "support/on_card.hpp"

#include <doctest/doctest.h>

namespace {

namespace tl = tapeless;
using namespace tl::literals;

constexpr tl::placeholder<"x", float, "N"_d, 64> x;
constexpr tl::placeholder<"y", float, "N"_d, 16> y;
constexpr tl::variable<"w1", float, 64, 32, tl::glorot_uniform> w1;
constexpr tl::variable<"w2", float, 32, 16, tl::glorot_uniform> w2;
constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(tl::relu(tl::matmul(x, w1)), w2), y);
constexpr auto update = tl::optimizers::sgd(0.1_c).minimize(loss);

}  // namespace

TEST_CASE("training with what lies between products in two bytes") {
  auto card = tl::session<tl::cuda_cublas<tl::product_mode::bf16>>(loss, update);
  auto processor = tl::session<tl::simd>(loss, update);
  card.initialize(1), processor.initialize(1);
  for (const std::int64_t n : {64, 7, 1000}) {
    const auto xs = checks::whole_numbers<float>(n * 64, 1, 2), ys = checks::whole_numbers<float>(n * 16, 2, 2);
    for (int step = 0; step < 5; ++step)
      CHECK(checks::card_distance(card.run(x = tl::view(xs.data(), n, 64), y = tl::view(ys.data(), n, 16)), processor.run(x = tl::view(xs.data(), n, 64), y = tl::view(ys.data(), n, 16))) < 2e-2);
  }
}

TEST_CASE("casts and products have the processor's numbers") {
  constexpr tl::placeholder<"h", tl::float16, "N"_d, 64> h;
  const auto b = tl::cast<tl::bfloat16>(tl::relu(x) + 0.3_c);
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(tl::cast<float>(b), tl::matmul(b, tl::cast<tl::bfloat16>(w1)), tl::cast<float>(tl::cast<tl::bfloat16>(tl::cast<float>(h)))); };
  auto card = on(tl::cuda{});
  auto processor = on(tl::simd{});
  card.initialize(1), processor.initialize(1);
  const auto xs = checks::whole_numbers<float>(33 * 64, 1, 2000);
  std::vector<tl::float16> hs;
  for (const float v : xs) hs.push_back(tl::float16(v / 7));
  const auto a = card.run(x = tl::view(xs.data(), 33, 64), h = tl::view(hs.data(), 33, 64));
  const auto c = processor.run(x = tl::view(xs.data(), 33, 64), h = tl::view(hs.data(), 33, 64));
  CHECK(checks::card_distance(std::tuple(std::get<0>(a), std::get<2>(a)), std::tuple(std::get<0>(c), std::get<2>(c))) == 0);
  CHECK(checks::card_distance(std::tuple(std::get<1>(a)), std::tuple(std::get<1>(c))) < 1e-5);
}
