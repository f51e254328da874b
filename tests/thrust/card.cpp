// Thrust's items on a card that the host simulates: sessions with a recurrent net, a choice, dropout and an embedding, beside
// tl::simd. What runs here is what nvcc compiles, but for the call of for_each.
#include "support/numbers.hpp"

#include <tapeless/nn/nn.hpp>
#include <tapeless/optim/sgd.hpp>
#include <tapeless/tapeless.hpp>
#include <tapeless/thrust/cuda_on_host.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"words", std::int32_t, "T"_d> words;
constexpr tl::placeholder<"target", float, 8> target;
constexpr tl::placeholder<"flag", float> flag;
constexpr tl::variable<"table", float, 11, 6> table;
constexpr tl::variable<"u", float, 8, 8> u;
constexpr tl::variable<"w", float, 8, 6> w;
constexpr tl::variable<"start", float, 8> start;

constexpr auto embedded = tl::gather(table, words);
constexpr auto last = tl::invoke([](auto h, auto rows, auto uu, auto ww) {
  return tl::fold([=](auto state, auto row) { return tl::tanh(tl::matmul(uu, state) + tl::matmul(ww, row)); }, h, rows);
}, start, embedded, u, w);
constexpr auto chosen = tl::cond(flag > 0_c, last * 2_c, tl::softmax(last));
constexpr auto noise = tl::random_uniform<"noise", float, 8>();
constexpr auto loss = tl::sum(tl::square(chosen + 0.01_c * noise - target));

template <class Backend> std::vector<float> train() {
  auto session = tl::session<Backend>(loss, last, tl::optimizers::sgd(0.05_c).minimize(loss));
  const auto numbers = checks::points<float>(-0.5, 0.5, 300, 3);
  std::ranges::copy_n(numbers.begin(), 66, session[table].begin());
  std::ranges::copy_n(numbers.begin() + 66, 64, session[u].begin());
  std::ranges::copy_n(numbers.begin() + 130, 48, session[w].begin());
  std::vector<float> seen;
  for (int step = 0; step < 5; ++step) {
    std::vector<std::int32_t> sentence;
    for (int i = 0; i < 3 + step; ++i) sentence.push_back((i * 7 + step) % 11);
    const std::vector<float> wanted(numbers.begin() + 200, numbers.begin() + 208);
    const auto [value, h] = session.run(words = sentence, target = wanted, flag = step % 2 == 0 ? 1.0f : -1.0f);
    seen.push_back(value);
    for (float x : h) seen.push_back(x);
  }
  for (float x : session[table]) seen.push_back(x);
  for (float x : session[u]) seen.push_back(x);
  return seen;
}

}  // namespace

TEST_CASE("Thrust on a simulated card") {
  const auto expected = train<tl::simd>(), found = train<tl::thrust<tl::systems::cuda_on_host>>();
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(checks::distance(found[i], expected[i], 1) <= 1e-5);
  }
  CHECK(tl::device::host_card::get().count.kernels > 100);
  CHECK(tl::device::host_card::get().live() == 0);
}
