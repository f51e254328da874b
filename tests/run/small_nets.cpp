// Programs that run as one function without a call: dense nets of every small width, one sample and a few, against loops.
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

using numbers = std::vector<long double>;

numbers dense(const numbers& x, std::size_t batch, std::span<const float> w, std::span<const float> b) {
  const std::size_t in = x.size() / batch, out = b.size();
  numbers y(batch * out);
  for (std::size_t n = 0; n < batch; ++n)
    for (std::size_t j = 0; j < out; ++j) {
      y[n * out + j] = b[j];
      for (std::size_t i = 0; i < in; ++i) y[n * out + j] += x[n * in + i] * w[i * out + j];
    }
  return y;
}

/// The largest difference between a net In-Hidden-Out with tanh and its computation in long doubles. `falsify` is added to a
/// weight behind the net's back.
template <std::int64_t Batch, std::int64_t In, std::int64_t Hidden, std::int64_t Out> double error_of(float falsify = 0) {
  constexpr tl::placeholder<"x", float, Batch, In> x;
  auto session = tl::session<tl::simd>(tl::nn::dense<"out", Out>(tl::tanh(tl::nn::dense<"hidden", Hidden>(x))));
  session.initialize(static_cast<std::uint64_t>(100 * Hidden + Out));
  const auto w1 = session.template variable<"hidden/weights">();
  const auto b1 = session.template variable<"hidden/bias">();
  const auto w2 = session.template variable<"out/weights">();
  const auto b2 = session.template variable<"out/bias">();
  for (int i = 0; i < Hidden; ++i) b1[i] = 0.1f * static_cast<float>(i % 5) - 0.2f;
  for (int i = 0; i < Out; ++i) b2[i] = 0.3f - 0.1f * static_cast<float>(i % 7);
  std::vector<float> xs(Batch * In);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<float>(3 * i + 1));
  const auto span_of = [](auto v) { return std::span<const float>(v.data(), static_cast<std::size_t>(v.size())); };
  double worst = 0;
  for (int run = 0; run < 2; ++run) {  // a second run finds what the first left in the arena
    const auto [y] = session.run(x = xs);
    w2.data()[0] += falsify;
    numbers h = dense(numbers(xs.begin(), xs.end()), Batch, span_of(w1), span_of(b1));
    for (auto& v : h) v = std::tanh(v);
    const numbers expected = dense(h, Batch, span_of(w2), span_of(b2));
    REQUIRE(expected.size() == static_cast<std::size_t>(y.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(expected[i] - y.data()[i])));
    for (auto& v : xs) v *= -0.5f;
  }
  return worst;
}

template <std::int64_t Hidden> void check_width() {
  CAPTURE(Hidden);
  CHECK(error_of<1, 5, Hidden, 3>() < 2e-6);
  CHECK(error_of<3, 4, Hidden, 4>() < 2e-6);
}

}  // namespace

TEST_CASE("small nets of many widths") {
  check_width<1>();
  check_width<2>();
  check_width<3>();
  check_width<4>();
  check_width<6>();
  check_width<8>();
  check_width<9>();
  check_width<12>();
  check_width<16>();
  check_width<19>();
  check_width<24>();
  check_width<36>();
}

TEST_CASE("small nets: a false weight is found") { CHECK(error_of<1, 5, 8, 3>(1e-3f) > 1e-5); }

TEST_CASE("small programs whose results are read by several kernels, and outer products") {
  constexpr tl::placeholder<"u", float, 7, 1> u;
  constexpr tl::placeholder<"v", float, 1, 9> v;
  constexpr tl::variable<"w", float, 7, 9> w;
  constexpr auto outer = tl::matmul(u, v);
  auto session = tl::session<tl::simd>(outer, tl::sum(outer), tl::matmul(tl::transpose(outer), outer), tl::assign(w, w + outer));
  session.initialize(0);
  std::array<float, 7> us;
  std::array<float, 9> vs;
  for (std::size_t i = 0; i < us.size(); ++i) us[i] = static_cast<float>(i) - 3;
  for (std::size_t i = 0; i < vs.size(); ++i) vs[i] = 4 - static_cast<float>(i);
  for (int run = 1; run <= 3; ++run) {
    const auto [y, sum, gram] = session.run(u = us, v = vs);
    for (int i = 0; i < 7; ++i)
      for (int j = 0; j < 9; ++j) {
        const float product = (static_cast<float>(i) - 3) * (4 - static_cast<float>(j));
        CHECK(y(i, j) == product);
        CHECK((product != 0 || !std::signbit(y(i, j))));  // sums of products begin with 0
        CHECK(session[w](i, j) == static_cast<float>(run) * product);
      }
    CHECK(sum == 0);  // the elements of u add up to 0
    for (int i = 0; i < 9; ++i)
      for (int j = 0; j < 9; ++j) CHECK(gram(i, j) == 28 * (4 - static_cast<float>(i)) * (4 - static_cast<float>(j)));
  }
}
