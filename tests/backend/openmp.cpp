#include <tapeless/backend/openmp.hpp>
#include <tapeless/nn/losses.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/optim/optim.hpp>
#include <tapeless/run/session.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

// Whatever the number of threads, results are the bits that one thread computes.

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using tl::test::waves;

template <class T> bool same_bits(const T& a, const T& b) {
  if constexpr (requires { a.data(); }) return a.size() == b.size() && std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0;
  else return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Runs what is fetched with several numbers of threads and counts the results that differ from those of tl::simd.
template <class... Fetches, class... Feeds> int differences(tl::fetch_list<Fetches...>, const Feeds&... feeds) {
  auto one = tl::session<tl::simd>(Fetches{}...);
  const auto expected = one.run(feeds...);
  int differing = 0;
  for (const int threads : {1, 2, 3, 7}) {
    omp_set_num_threads(threads);
    auto many = tl::session<tl::simd_parallel>(Fetches{}...);
    for (int again = 0; again < 3; ++again) {
      const auto found = many.run(feeds...);
      [&]<std::size_t... I>(std::index_sequence<I...>) { ((differing += !same_bits(std::get<I>(found), std::get<I>(expected))), ...); }(std::index_sequence_for<Fetches...>{});
    }
  }
  return differing;
}

}  // namespace

TEST_CASE("openmp: elementwise chains, reductions over all, rows and columns") {
  constexpr tl::placeholder<"x", float, "N"_d, 257> x;
  constexpr tl::placeholder<"b", float, 257> b;
  constexpr auto y = tl::exp(x) * b;
  constexpr auto fetched = tl::fetch(y, tl::sum(y), tl::max<1>(x), tl::sum<0>(y * x), tl::softmax(x), tl::mean(tl::square(x - b)));
  const auto bs = waves<float>(257, 0.3);
  for (const std::int64_t n : {1, 2, 40, 1001}) {
    CAPTURE(n);
    CHECK(differences(fetched, x = waves<float>(n * 257, 0.7), b = bs) == 0);
  }
}

TEST_CASE("openmp: a sum over all elements is taken by chunks, as by one thread") {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  constexpr tl::placeholder<"m", double, "N"_d, 3> m;
  constexpr tl::placeholder<"c", double, 3> c;
  const std::int64_t n = 300'000;
  CHECK(differences(tl::fetch(tl::sum(x), tl::max(x), tl::mean(tl::exp(x)), tl::sum(m * c)), x = waves<double>(n, 0.01), m = waves<double>(3 * n, 0.02), c = waves<double>(3, 1)) == 0);
}

TEST_CASE("openmp: products with their epilogues, and what does not depend on each other") {
  constexpr tl::placeholder<"x", float, 150, 120> x;
  constexpr tl::placeholder<"w", float, 120, 130> w;
  constexpr auto y = tl::tanh(tl::matmul(x, w) + 1_c);
  CHECK(differences(tl::fetch(y, tl::matmul(tl::transpose(y), y), tl::matmul(w, tl::transpose(w)), tl::sum(y)), x = waves<float>(150 * 120, 0.7), w = waves<float>(120 * 130, 0.9)) == 0);
}

TEST_CASE("openmp: convolutions and pooling, by images, rows and kernels") {
  constexpr tl::placeholder<"x", float, "N"_d, 3, 20, 17> x;
  constexpr tl::placeholder<"w", float, 16, 3, 5, 5> w;
  constexpr tl::placeholder<"v", float, 20, 16, 3, 3> v;
  constexpr auto h = tl::max_pool2d<>(tl::conv2d<tl::convolution{.padding = 2}>(x, w));
  constexpr auto y = tl::conv2d<tl::convolution{.padding = 1}>(h, v);  // of Winograd's form
  constexpr auto loss = tl::sum(tl::square(y) + tl::average_pool2d<tl::pooling{.window = 3, .stride = 1, .padding = 1}>(y));
  const auto ws = waves<float>(16 * 75, 0.7), vs = waves<float>(20 * 144, 0.3);
  for (const std::int64_t n : {1, 2, 9})
    CHECK(differences(tl::fetch(y, loss, tl::derivative(loss, x), tl::derivative(loss, w), tl::derivative(loss, v)), x = waves<float>(n * 1020, 0.11), w = ws, v = vs) == 0);
}

TEST_CASE("openmp: training moves the variables by the same bits") {
  constexpr tl::placeholder<"x", float, 64, 100> x;
  constexpr tl::variable<"first", float, 100, 120, tl::glorot_uniform> first;
  constexpr tl::variable<"bias", float, 120> bias;
  constexpr tl::variable<"second", float, 120, 100, tl::glorot_uniform> second;
  constexpr auto loss = tl::losses::mean_squared_error(tl::matmul(tl::relu(tl::matmul(x, first) + bias), second), x);
  constexpr auto update = tl::optimizers::adam(1e-3_c).minimize(loss);
  const auto xs = waves<float>(64 * 100, 0.11);
  auto one = tl::session<tl::simd>(loss, update);
  one.initialize(1);
  for (int step = 0; step < 20; ++step) one.run(x = xs);
  for (const int threads : {2, 5}) {
    omp_set_num_threads(threads);
    auto many = tl::session<tl::simd_parallel>(loss, update);
    many.initialize(1);
    for (int step = 0; step < 20; ++step) many.run(x = xs);
    CHECK(same_bits(many[first], one[first]));
    CHECK(same_bits(many[bias], one[bias]));
    CHECK(same_bits(many[second], one[second]));
  }
}

TEST_CASE("openmp: kernels wait for what they conflict with, and small ones are spread") {
  using tl::simd_detail::assign_turns, tl::simd_detail::load, tl::simd_detail::turn;
  // 0 -> 2, 1 -> 3; 4 is large
  const std::vector<load> loads{{100, true}, {100, true}, {10, true}, {10, false}, {9000, true}, {9000, false}};
  std::vector<turn> turns(6);
  assign_turns(turns, loads, 1000, 2, [](std::size_t before, std::size_t k) { return (before == 0 && k == 2) || (before == 1 && k == 3); });
  CHECK(turns[0].owner == 0);
  CHECK(turns[1].owner == 1);
  CHECK(turns[2].waits);
  CHECK(turns[2].owner == 0);
  CHECK_FALSE(turns[3].waits);  // both have met before 2
  CHECK(turns[3].owner == 1);
  CHECK(turns[4].owner == -1);
  CHECK_FALSE(turns[4].waits);
  CHECK(turns[5].owner >= 0);  // large, but not to be divided
}
