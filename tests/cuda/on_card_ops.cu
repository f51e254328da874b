#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

// What each op gives on a card, beside the reference.

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, "N"_d> x;  // all signs and magnitudes
constexpr tl::placeholder<"u", float, "N"_d> u;  // -1 to 1
constexpr tl::placeholder<"p", float, "N"_d> p;  // above 0

/// Names and expressions of the same place.
constexpr const char* names[]{"exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "reciprocal", "square", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "softplus",
                              "erf", "erfc", "relu", "relu6", "elu", "leaky_relu", "silu", "gelu", "gelu_tanh", "log_sigmoid", "floor", "ceil", "round", "trunc", "abs", "sign", "neg",
                              "add", "sub", "mul", "div", "minimum", "maximum", "atan2", "pow", "mod", "xlogy", "hypot", "where"};
constexpr std::tuple ops{tl::exp(x), tl::exp2(x), tl::expm1(x), tl::log(p), tl::log2(p), tl::log1p(p), tl::sqrt(p), tl::rsqrt(p), tl::reciprocal(x), tl::square(x), tl::sin(x), tl::cos(x), tl::tan(u), tl::asin(u), tl::acos(u),
                         tl::atan(x), tl::sinh(x), tl::cosh(x), tl::tanh(x), tl::sigmoid(x), tl::softplus(x), tl::erf(x), tl::erfc(x), tl::relu(x), tl::relu6(x), tl::elu(x), tl::leaky_relu(x), tl::silu(x), tl::gelu(x),
                         tl::gelu_tanh(x), tl::log_sigmoid(x), tl::floor(x), tl::ceil(x), tl::round(x), tl::trunc(x), tl::abs(x), tl::sign(x), -x, x + p, x - p, x * p, x / p, tl::minimum(x, u), tl::maximum(x, u),
                         tl::atan2(x, p), tl::pow(p, u), tl::mod(x, p), tl::xlogy(u, p), tl::hypot(x, p), tl::where(x > u, x, p)};
static_assert(std::size(names) == std::tuple_size_v<std::remove_const_t<decltype(ops)>>);

std::vector<float> waves(std::size_t n, float least, float most, float step) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = least + (most - least) * (0.5f + 0.5f * std::sin(step * static_cast<float>(i)));
  return v;
}

/// How many floats lie between two; 0 also where both are no numbers. A number that is tiny in both is the same where a card and
/// the processor may differ about the smallest.
std::int64_t steps_between(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : std::numeric_limits<std::int32_t>::max();
  if (std::abs(a) < std::numeric_limits<float>::min() && std::abs(b) < std::numeric_limits<float>::min()) return 0;
  const auto place = [](float f) {
    const auto bits = std::bit_cast<std::int32_t>(f);
    return static_cast<std::int64_t>(bits < 0 ? std::numeric_limits<std::int32_t>::min() - bits : bits);
  };
  return std::abs(place(a) - place(b));
}

struct worst {
  std::int64_t steps = 0;
  std::string where;
  void see(const char* name, float at, float mine, float other) {
    const auto s = steps_between(mine, other);
    if (s <= steps) return;
    char text[200];
    std::snprintf(text, sizeof text, "%s(%.9g) is %.9g, expected %.9g: %lld steps", name, static_cast<double>(at), static_cast<double>(mine), static_cast<double>(other), static_cast<long long>(s));
    steps = s, where = text;
  }
};

/// All of them in one session. Sees the worst.
void compare_ops(worst& of_all, const std::vector<float>& xs, const std::vector<float>& us, const std::vector<float>& ps) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    auto card = tl::session<tl::cuda>(std::get<I>(ops)...);
    auto plain = tl::session<tl::reference>(std::get<I>(ops)...);
    const auto on_card = card.run(x = xs, u = us, p = ps);
    const auto expected = plain.run(x = xs, u = us, p = ps);
    const auto see = [&](const char* name, const float* mine, const float* other) {
      for (std::size_t i = 0; i < xs.size(); ++i) of_all.see(name, xs[i], mine[i], other[i]);
    };
    (see(names[I], std::get<I>(on_card).data(), std::get<I>(expected).data()), ...);
  }(std::make_index_sequence<std::size(names)>());
}

TEST_CASE("elementwise ops on a card are at most 3 steps from the reference") {
  worst of_all;
  for (const float most : {2.0f, 40.0f, 3e4f}) {
    const std::size_t n = 4099;  // a tail behind the accesses of 16 bytes
    compare_ops(of_all, waves(n, -most, most, 0.73f), waves(n, -1, 1, 0.31f), waves(n, 1e-3f, most, 0.17f));
  }
  MESSAGE("worst: ", of_all.where);
  CHECK(of_all.steps <= 3);
  CHECK(steps_between(1.0f, 1.0f + 4e-7f) == 3);  // the measure itself
}

/// Shapes of all kinds: reductions, rows, products, windows; with gradients of what can have them.
constexpr tl::placeholder<"m", float, "R"_d, 40> m;
constexpr tl::placeholder<"k", float, 40, 24> k;
constexpr tl::placeholder<"images", float, 3, 2, 11, 11> images;
constexpr tl::placeholder<"kernels", float, 4, 2, 3, 3> kernels;
constexpr tl::placeholder<"which", std::int32_t, 9> which;
constexpr auto normal = (m - tl::mean<1>(m, tl::keepdims)) * tl::rsqrt(tl::variance<1>(m, tl::keepdims) + 1e-3_c);
constexpr auto windows = tl::max_pool2d<>(tl::relu(tl::conv2d<tl::convolution{.padding = 1}>(images, kernels)));
constexpr auto structured = tl::sum(tl::square(tl::matmul(tl::softmax(m), k))) + tl::mean(tl::logsumexp<1>(m)) + tl::sum(tl::tanh(normal) * m) + tl::sum(tl::square(tl::gather(m, which)));
constexpr auto of_windows = tl::sum(windows * windows);

template <class Mine, class Other> double relative_distance(const Mine& mine, const Other& other) {
  if constexpr (requires { other.begin(); }) {
    double error = 0, scale = 0;
    const auto* y = other.data();
    for (const auto* a = mine.data(); const auto e : std::vector<double>(y, y + other.size())) error = std::max(error, std::abs(static_cast<double>(*a++) - e)), scale = std::max(scale, std::abs(e));
    return error / std::max(scale, 1e-30);
  } else {
    return std::abs(static_cast<double>(mine) - static_cast<double>(other)) / std::max(1.0, std::abs(static_cast<double>(other)));
  }
}
template <class... Fetches, class... Feeds> void compare(double tolerance, std::tuple<Fetches...>, Feeds... feeds) {
  auto card = tl::session<tl::cuda>(Fetches()...);
  auto plain = tl::session<tl::reference>(Fetches()...);
  for (int round = 0; round < 3; ++round) {  // the second and third are replayed
    const auto a = card.run(feeds...);
    const auto b = plain.run(feeds...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ([&] {
        INFO("fetch ", I, ", round ", round);
        CHECK(relative_distance(std::get<I>(a), std::get<I>(b)) <= tolerance);
      }(), ...);
    }(std::index_sequence_for<Fetches...>());
  }
}

TEST_CASE("reductions, rows, products and windows on a card, with gradients") {
  for (const std::int64_t rows : {9, 517}) {
    const auto ms = waves(static_cast<std::size_t>(rows * 40), -2, 2, 0.57f), ks = waves(40 * 24, -1, 1, 0.29f);
    const std::vector<std::int32_t> rows_chosen{8, 0, 3, 3, 1, 7, 0, 5, 2};
    compare(2e-5,
            std::tuple(structured, tl::derivative(structured, m), tl::derivative(structured, k), tl::sum<0>(m), tl::max<1>(m), tl::mean(m), tl::variance<0>(m), tl::softmax<0>(m), tl::log_softmax(m), tl::matmul(tl::transpose(m), m)),
            m = tl::view(ms.data(), rows, 40), k = ks, which = rows_chosen);
  }
  const auto pixels = waves(3 * 2 * 11 * 11, -1, 1, 0.41f), weights = waves(4 * 2 * 3 * 3, -1, 1, 0.83f);
  compare(2e-5, std::tuple(windows, tl::derivative(of_windows, images), tl::derivative(of_windows, kernels)), images = pixels, kernels = weights);
}

TEST_CASE("random numbers of a card are those of the processor") {
  constexpr auto drawn = tl::random_uniform<"drawn", float, 1000>();
  constexpr auto around = tl::random_normal<"around", float, 1001>();
  auto card = tl::session<tl::cuda>(drawn, around);
  auto plain = tl::session<tl::simd>(drawn, around);
  card.initialize(5), plain.initialize(5);
  for (int round = 0; round < 3; ++round) {
    const auto [a, b] = card.run();
    const auto [c, d] = plain.run();
    CHECK(std::equal(c.begin(), c.end(), a.begin()));
    CHECK(relative_distance(b, d) <= 1e-6);  // the same bits go through log, sin and cos
  }
}

}  // namespace
