// Sessions on a card by Thrust, beside tl::simd: a classifier with an embedding, over a named dim; what adds up across rows; long
// columns. The same bits from run to run.
#include <tapeless/tapeless.hpp>
#include <tapeless/thrust/cuda.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"images", float, "N"_d, 36> images;
constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
constexpr tl::variable<"w", float, 36, 30> w;
constexpr tl::variable<"v", float, 30, 10> v;
constexpr tl::variable<"table", float, 10, 30> table;

constexpr auto hidden = tl::nn::relu(tl::matmul(images, w) + tl::gather(table, labels) * 0.1_c);
constexpr auto logits = tl::matmul(hidden, v);
constexpr auto centred = logits - tl::mean<1>(logits, tl::keepdims);
constexpr auto loss = tl::mean(tl::losses::softmax_cross_entropy(centred / tl::sqrt(tl::mean<1>(tl::square(centred), tl::keepdims) + 0.01_c), tl::one_hot<10>(labels)));
constexpr auto found = tl::arg_max(logits);

template <class Backend> std::vector<float> train() {
  auto session = tl::session<Backend>(loss, found, tl::random_uniform<"noise", float, 8>(), tl::optimizers::momentum(0.05_c, 0.9_c).minimize(loss));
  int next = 0;
  const auto start = [&](auto to) {
    for (auto& x : to) x = 0.5f * std::sin(static_cast<float>(++next));
  };
  start(session[w]), start(session[v]), start(session[table]);
  std::vector<float> results;
  for (int step = 0; step < 4; ++step) {
    const std::size_t n = step == 3 ? 5 : 3000;
    std::vector<float> pixels(n * 36);
    std::vector<std::int32_t> classes(n);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(0.37f * static_cast<float>(i));
    for (std::size_t i = 0; i < n; ++i) classes[i] = static_cast<std::int32_t>(i * 7 % 10);
    const auto [value, places, noise] = session.run(images = tl::view(pixels.data(), static_cast<std::int64_t>(n), 36), labels = classes);
    results.push_back(value);
    for (auto x : noise) results.push_back(x);
  }
  for (float x : session[w]) results.push_back(x);
  for (float x : session[table]) results.push_back(x);
  return results;
}

}  // namespace

TEST_CASE("Thrust trains on a card") {
  const auto expected = train<tl::simd>(), first = train<tl::thrust<tl::systems::cuda>>(), second = train<tl::thrust<tl::systems::cuda>>();
  REQUIRE(first.size() == expected.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(first[i] - expected[i]) <= 1e-4f * (1 + std::abs(expected[i])));
  }
  CHECK(first == second);
}
