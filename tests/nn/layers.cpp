#include <doctest/doctest.h>
#include <tapeless/nn/nn.hpp>
#include <tapeless/tapeless.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace tl = tapeless;
namespace nn = tapeless::nn;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, "N"_d, 3> x;
constexpr float rows[2][3]{{1, 2, 3}, {-1, 0, 1}};

constexpr auto layer = nn::dense<"layer", 2>;

/// 1, 2, 3, ... in row-major order
void count_up(auto tensor) {
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = static_cast<float>(i + 1);
}

}  // namespace

TEST_CASE("dense is x W + b with variables under its name") {
  auto session = tl::session<tl::simd>(layer(x));
  count_up(session.variable<"layer/weights">());
  count_up(session.variable<"layer/bias">());
  const auto [y] = session.run(x = rows);
  CHECK(y.shape() == std::array<std::int64_t, 2>{2, 2});
  CHECK(y(0, 0) == 1 * 1 + 2 * 3 + 3 * 5 + 1);
  CHECK(y(0, 1) == 1 * 2 + 2 * 4 + 3 * 6 + 2);
  CHECK(y(1, 0) == -1 * 1 + 1 * 5 + 1);
  CHECK(y(1, 1) == -1 * 2 + 1 * 6 + 2);
}

TEST_CASE("dense works on the last axis of any number of axes") {
  constexpr tl::placeholder<"v", float, 3> v;
  constexpr tl::placeholder<"t", float, 2, "N"_d, 3> t;
  auto session = tl::session<tl::simd>(layer(v), layer(t));
  count_up(session.variable<"layer/weights">());
  const auto [of_vector, of_cube] = session.run(v = rows[0], t = tl::view(&rows[0][0], 2, 1, 3));
  CHECK(of_vector.shape() == std::array<std::int64_t, 1>{2});
  CHECK(of_vector[0] == 22);
  CHECK(of_cube.shape() == std::array<std::int64_t, 3>{2, 1, 2});
  CHECK(of_cube(0, 0, 0) == 22);
  CHECK(of_cube(1, 0, 1) == 4);
}

TEST_CASE("a layer applied twice uses the same variables, another name has others") {
  constexpr auto twice = layer(x) + layer(2_c * x);
  constexpr auto other = nn::dense<"other", 2>(x);
  using program = decltype(tl::session<tl::simd>(twice, other))::program;
  std::vector<std::string_view> names;
  for (const auto& l : program::traced.leaves) names.push_back(program::traced.name_of(l));
  CHECK(std::ranges::is_permutation(names, std::vector<std::string_view>{"x", "layer/weights", "layer/bias", "other/weights", "other/bias"}));
}

TEST_CASE("dense begins with glorot_uniform weights and zero bias unless told otherwise") {
  auto session = tl::session<tl::simd>(layer(x), nn::dense<"chosen", 4, tl::constant_value(2), tl::ones>(x), nn::dense_without_bias<"plain", 5>(x));
  session.initialize(3);
  const auto weights = session.variable<"layer/weights">();
  const auto bound = static_cast<float>(std::sqrt(6.0 / (3 + 2)));
  CHECK(std::all_of(weights.begin(), weights.end(), [&](float w) { return std::abs(w) <= bound && w != 0; }));
  CHECK(session.variable<"layer/bias">()[0] == 0);
  CHECK(session.variable<"chosen/weights">()(2, 3) == 2);
  CHECK(session.variable<"chosen/bias">()[3] == 1);
  const auto [a, b, plain] = session.run(x = rows);
  CHECK(plain.shape() == std::array<std::int64_t, 2>{2, 5});
}

TEST_CASE("layers in sequence are layers applied in turn") {
  constexpr auto net = nn::sequential(layer, nn::tanh, nn::sequential(nn::dense<"last", 4>, nn::softmax));
  constexpr auto by_hand = tl::softmax(nn::dense<"last", 4>(tl::tanh(layer(x))));
  auto session = tl::session<tl::simd>(net(x), by_hand);
  session.initialize(5);
  const auto [y, same] = session.run(x = rows);
  CHECK(y.shape() == std::array<std::int64_t, 2>{2, 4});
  CHECK(std::ranges::equal(y, same));
  CHECK(y(0, 0) != y(1, 0));
}

TEST_CASE("dropout drops the asked share and scales what stays; without it the variables are the same") {
  constexpr tl::placeholder<"ones", float, 100, 100> ones;
  constexpr auto drop = nn::dropout<"drop">(0.25_c);
  constexpr auto y = drop(ones);
  auto session = tl::session<tl::simd>(y, tl::derivative(tl::sum(y), ones), drop(2_c * ones));
  session.initialize(1);
  const std::vector<float> data(100 * 100, 1);

  const auto [first, gradient, doubled] = session.run(ones = data);
  const auto dropped = std::count(first.begin(), first.end(), 0.0f);
  CHECK(std::abs(dropped - 2500) < 5 * std::sqrt(10000 * 0.25 * 0.75));
  CHECK(std::count(first.begin(), first.end(), 1 / 0.75f) == 10000 - dropped);
  CHECK(std::ranges::equal(gradient, first));
  CHECK(std::ranges::equal(doubled, first, {}, {}, [](float v) { return 2 * v; }));

  const std::vector<float> before(first.begin(), first.end());
  const auto again = std::get<0>(session.run(ones = data));
  CHECK_FALSE(std::ranges::equal(again, before));
  session.initialize(1);
  const auto replayed = std::get<0>(session.run(ones = data));
  CHECK(std::ranges::equal(replayed, before));
}

TEST_CASE("conv2d has kernels and a bias for each channel under its name") {
  constexpr tl::placeholder<"images", float, "N"_d, 4, 3, 5> images;
  constexpr auto y = nn::conv2d<"edges", 6, tl::per_axis{2, 3}, tl::convolution{.groups = 2}>(images);
  static_assert(y.shape == tl::shape("N"_d, 6, 2, 3));
  auto session = tl::session<tl::simd>(y, nn::conv2d_without_bias<"plain", 3, tl::per_axis{1}, tl::convolution{}, tl::ones>(images));
  session.initialize(1);
  const auto weights = session.variable<"edges/weights">();
  CHECK(weights.shape() == std::array<std::int64_t, 4>{6, 2, 2, 3});
  const auto bound = static_cast<float>(std::sqrt(6.0 / (2 * 6 + 3 * 6)));
  CHECK(std::all_of(weights.begin(), weights.end(), [&](float w) { return std::abs(w) <= bound && w != 0; }));
  CHECK(std::any_of(weights.begin(), weights.end(), [&](float w) { return std::abs(w) > bound / 2; }));
  std::fill(weights.begin(), weights.end(), 1.0f);
  count_up(session.variable<"edges/bias">());
  const std::vector<float> ones(2 * 60, 1);
  const auto [r, plain] = session.run(images = ones);
  CHECK(r(0, 0, 0, 0) == 13);
  CHECK(r(1, 5, 1, 2) == 18);
  CHECK(plain(1, 2, 2, 4) == 4);
}

TEST_CASE("pooling stands between layers") {
  constexpr tl::placeholder<"images", float, 1, 1, 4, 4> images;
  constexpr auto net = nn::sequential(nn::max_pool2d<>, nn::average_pool2d<tl::pooling{.window = {1, 2}}>);
  auto session = tl::session<tl::simd>(net(images));
  const auto [r] = session.run(images = std::array{1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f, 9.f, 10.f, 11.f, 12.f, 13.f, 14.f, 15.f, 16.f});
  CHECK(r.shape() == std::array<std::int64_t, 4>{1, 1, 2, 1});
  CHECK(r(0, 0, 0, 0) == 7);
  CHECK(r(0, 0, 1, 0) == 15);
}
