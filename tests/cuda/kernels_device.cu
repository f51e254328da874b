// All kernels of a card that are no loops, beside the same ops on the processor.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include "support/on_card.hpp"

#include <doctest/doctest.h>

namespace {

namespace tl = tapeless;
using namespace tl::literals;
using checks::whole_numbers;

constexpr tl::placeholder<"x", float, 64, 40> x;
constexpr tl::placeholder<"d", double, 30, 7> d;
constexpr tl::placeholder<"j", std::int64_t, 30, 7> j;
constexpr tl::placeholder<"i", std::int64_t, 12> i;
constexpr tl::placeholder<"k", std::int32_t, 12> k;
constexpr tl::placeholder<"images", float, 4, 3, 8, 8> images;
constexpr tl::placeholder<"kernels", float, 5, 3, 3, 3> kernels;

/// The same fetches on both.
template <class... Fetches> struct both {
  explicit both(Fetches...) {}
  tl::session_type<tl::cuda, Fetches...> card;
  tl::session_type<tl::simd, Fetches...> processor;
};

}  // namespace

TEST_CASE("indexed ops, concat and pad") {
  both s(tl::gather(x, i), tl::scatter_add<9, 40>(tl::gather(x, k), k), tl::arg_max(x), tl::arg_min<0>(d), tl::concat<1>(x, x), tl::pad<0, 1, 2>(d), tl::derivative(tl::sum(tl::prod<1>(d)), d));
  const auto xs = whole_numbers<float>(64 * 40, 1);
  const auto ds = whole_numbers<double>(210, 2);
  const std::vector<std::int64_t> is{0, 63, 5, 5, 7, 1, 2, 3, 60, 61, 62, 9};
  const std::vector<std::int32_t> ks{0, 8, 8, 1, 1, 1, 2, 5, 4, 3, 7, 0};
  CHECK(checks::card_distance(s.card.run(x = xs, d = ds, i = is, k = ks), s.processor.run(x = xs, d = ds, i = is, k = ks)) == 0);
}

TEST_CASE("random numbers: uniform ones bit by bit, normal ones up to log, sine and cosine") {
  both s(tl::random_uniform<"u", float, 100>(), tl::random_uniform<"v", double, 7, 3>());
  both n(tl::random_normal<"n", float, 1000>(), tl::random_normal<"m", double, 1000>());
  s.card.initialize(1), s.processor.initialize(1), n.card.initialize(1), n.processor.initialize(1);
  CHECK(checks::card_distance(s.card.run(), s.processor.run()) == 0);
  CHECK(checks::card_distance(n.card.run(), n.processor.run()) < 1e-6);
}

TEST_CASE("matrix products of all dtypes") {
  both s(tl::matmul(x, tl::transpose(x)), tl::matmul(tl::transpose(d), d), tl::matmul(tl::transpose(j), j));
  const auto xs = whole_numbers<float>(64 * 40, 1);
  const auto ds = whole_numbers<double>(210, 2);
  const auto js = whole_numbers<std::int64_t>(210, 3);
  CHECK(checks::card_distance(s.card.run(x = xs, d = ds, j = js), s.processor.run(x = xs, d = ds, j = js)) == 0);
}

TEST_CASE("large products: tiles of both sizes, slices of the depth") {
  constexpr tl::placeholder<"a", float, "M"_d, "K"_d> a;
  constexpr tl::placeholder<"b", float, "K"_d, "N"_d> b;
  both s(tl::matmul(a, b));
  struct extents { std::int64_t m, n, k; };
  for (const auto& e : {extents{2100, 2300, 70}, {64, 64, 5000}, {1, 1000, 1000}, {333, 1, 77}}) {
    const auto as = whole_numbers<float>(e.m * e.k, 1), bs = whole_numbers<float>(e.k * e.n, 2);
    CHECK(checks::card_distance(s.card.run(a = tl::view(as.data(), e.m, e.k), b = tl::view(bs.data(), e.k, e.n)), s.processor.run(a = tl::view(as.data(), e.m, e.k), b = tl::view(bs.data(), e.k, e.n))) == 0);
  }
}

TEST_CASE("convolution, pooling and their gradients") {
  const auto y = tl::conv2d<tl::convolution{.padding = 1}>(images, kernels);
  const auto z = tl::sum(y * y);
  const auto most = tl::max_pool2d<>(images);
  const auto mean = tl::average_pool2d<>(images);
  const auto of_most = tl::derivative(tl::sum(most * most), images);
  both s(y, tl::derivative(z, images), tl::derivative(z, kernels), most, mean, tl::derivative(tl::sum(of_most * of_most), images), tl::derivative(tl::sum(mean * mean), images));
  const auto of_images = whole_numbers<float>(4 * 3 * 64, 1), of_kernels = whole_numbers<float>(135, 2);
  CHECK(checks::card_distance(s.card.run(images = of_images, kernels = of_kernels), s.processor.run(images = of_images, kernels = of_kernels)) < 1e-6);
}
