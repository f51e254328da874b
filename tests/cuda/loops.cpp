#include "support/backends.hpp"
#include "support/device_loops.hpp"
#include "support/waves.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

// The loop kernels of tl::cuda, on the host, against the reference.

namespace checks {

using tl::test::waves;

/// A program on the kernels of the device and on the reference.
template <class Policy = device_loops, class... Fetches> beside_reference<Policy, Fetches...> compared(Fetches...) { return {}; }

TEST_CASE("loops of a card: elements") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr tl::placeholder<"row", float, "N"_d> row;
  constexpr tl::placeholder<"column", float, "M"_d, 1> column;
  constexpr auto y = tl::tanh(x * row + column) * 0.5_c;
  auto s = compared(y, tl::cast<double>(x) - 1.0_c, x > column, tl::transpose(x) + 1.0_c);
  for (const std::int64_t m : {0, 1, 3, 32})
    for (const std::int64_t n : {0, 1, 4, 7, 64, 300}) {
      const auto xs = waves<float>(m * n, 0.7), rows = waves<float>(n, 0.3), columns = waves<float>(m, 0.9);
      expect(s.compare(1e-6, x = tl::view(xs.data(), m, n), row = tl::view(rows.data(), n), column = tl::view(columns.data(), m, std::int64_t{1})));
    }
}

/// Above 0 on the whole, so that sums do not vanish beside what they are made of.
template <class T> std::vector<T> hills(std::int64_t n, double step) {
  auto v = waves<T>(n, step);
  for (auto& x : v) x = x * T(0.5) + T(0.75);
  return v;
}
template <class T> auto matrix(const std::vector<T>& v, std::int64_t m, std::int64_t n) { return tl::view(v.data(), m, n); }

TEST_CASE("loops of a card: rows") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr tl::placeholder<"dy", float, "M"_d, "N"_d> dy;
  constexpr auto p = tl::softmax<1>(x);
  constexpr auto loss = tl::sum(p * dy);
  auto s = compared(p, tl::derivative(loss, x), tl::logsumexp<1>(x), tl::max<1>(x), tl::sum<1>(tl::cast<double>(x) * tl::cast<double>(dy)));
  for (const std::int64_t m : {0, 1, 3, 70})
    for (const std::int64_t n : {1, 2, 7, 16, 130, 1024, 1030, 5000, 20000, 70001}) {
      if (m * n > 210003) continue;
      CAPTURE(m);
      CAPTURE(n);
      const auto xs = waves<float>(m * n, 0.7), dys = waves<float>(m * n, 0.3);
      expect(s.compare(n > 5000 ? 4e-5 : 2e-6, x = matrix(xs, m, n), dy = matrix(dys, m, n)));  // the reference adds one by one
    }
}

TEST_CASE("loops of a card: columns") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr auto p = tl::softmax<0>(x);
  auto s = compared(p, tl::sum<0>(x), tl::max<0>(tl::cast<double>(x)), tl::variance<0>(x), tl::sum<0>(tl::transpose(x)));
  for (const std::int64_t m : {1, 3, 70, 3000, 40000})
    for (const std::int64_t n : {0, 1, 2, 7, 16, 130, 1024}) {
      if (m * n > 280000) continue;
      CAPTURE(m);
      CAPTURE(n);
      const auto xs = hills<float>(m * n, 0.7);
      expect(s.compare(2e-5, x = matrix(xs, m, n)));
    }
}

TEST_CASE("loops of a card: everything, and few rows") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr tl::placeholder<"k", int, "M"_d, "N"_d> k;
  auto s = compared(tl::sum(x * x), tl::max(x), tl::sum(k), tl::any(x > 2.0_c), tl::mean<1>(x), tl::mean(tl::cast<double>(x)));
  for (const std::int64_t m : {0, 1, 3})
    for (const std::int64_t n : {1, 5, 1024, 60001, 200000}) {
      CAPTURE(m);
      CAPTURE(n);
      const auto xs = hills<float>(m * n, 0.7);
      std::vector<int> ks(static_cast<std::size_t>(m * n));
      for (std::size_t i = 0; i < ks.size(); ++i) ks[i] = static_cast<int>(i * 7919 % 1001) - 500;
      expect(s.compare(2e-4, x = matrix(xs, m, n), k = matrix(ks, m, n)));
    }
}

TEST_CASE("loops of a card: sums across rows") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr tl::placeholder<"dy", float, "M"_d, "N"_d> dy;
  constexpr tl::placeholder<"gain", float, "N"_d> gain;
  constexpr tl::placeholder<"bias", float, "N"_d> bias;
  constexpr auto centred = x - tl::mean<1>(x, tl::keepdims);
  constexpr auto y = centred * tl::rsqrt(tl::mean<1>(centred * centred, tl::keepdims) + 1e-3_c) * gain + bias;
  constexpr auto loss = tl::sum(y * dy);
  constexpr auto nll = tl::mean(tl::logsumexp<1>(x) - tl::sum<1>(x * dy));
  auto s = compared(y, tl::derivative(loss, x), tl::derivative(loss, gain), tl::derivative(loss, bias), nll, tl::derivative(nll, x));
  for (const std::int64_t m : {1, 3, 70, 1200})
    for (const std::int64_t n : {1, 2, 7, 16, 130, 1024, 7000}) {
      if (m * n > 80000) continue;
      CAPTURE(m);
      CAPTURE(n);
      const auto xs = waves<float>(m * n, 0.7), dys = waves<float>(m * n, 0.3), gains = waves<float>(n, 0.4), biases = waves<float>(n, 0.5);
      expect(s.compare(2e-5, x = matrix(xs, m, n), dy = matrix(dys, m, n), gain = tl::view(gains.data(), n), bias = tl::view(biases.data(), n)));
    }
}

TEST_CASE("loops of a card: views and other dtypes") {
  constexpr tl::placeholder<"x", double, "M"_d, 6, "N"_d> x;
  constexpr tl::placeholder<"k", std::int64_t, "M"_d, 6, "N"_d> k;
  constexpr tl::placeholder<"b", bool, "M"_d, 6, "N"_d> b;
  constexpr auto turned = tl::transpose<2, 0, 1>(x);
  auto s = compared(turned * 2.0_c + tl::sum<1>(turned, tl::keepdims), tl::sum<0, 2>(x), tl::sum<1>(k), tl::max<0, 2>(k), tl::any<2>(b), tl::all<0>(b), tl::logical_and(b, x > 0.0_c),
                    tl::softmax<2>(x), tl::logsumexp<1>(x), tl::where(b, x, tl::cast<double>(k)), tl::sum<0, 1>(tl::where(b, x, -x)), tl::cast<int>(b) + 1_c, tl::prod<1>(x));
  for (const std::int64_t m : {0, 1, 5, 41})
    for (const std::int64_t n : {1, 2, 9, 32, 257}) {
      CAPTURE(m);
      CAPTURE(n);
      const auto count = static_cast<std::size_t>(m * 6 * n);
      const auto xs = waves<double>(m * 6 * n, 0.7);
      std::vector<std::int64_t> ks(count);
      const auto bs = std::make_unique<bool[]>(count + 1);
      for (std::size_t i = 0; i < count; ++i) ks[i] = static_cast<std::int64_t>(i * 7919 % 1001) * 10'000'000'000 - 5, bs[i] = i * 31 % 7 < 5;
      expect(s.compare(1e-12, x = tl::view(xs.data(), m, std::int64_t{6}, n), k = tl::view(ks.data(), m, std::int64_t{6}, n), b = tl::view(bs.get(), m, std::int64_t{6}, n)));
    }
}

// Sums have the same bits wherever operands stand.
TEST_CASE("loops of a card: operands that are not aligned") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  auto s = tl::session<device_loops>(tl::sum<0>(x), tl::sum<1>(x), tl::sum(x), tl::softmax<1>(x), tl::exp(x));
  for (const std::int64_t m : {3, 70, 3000})
    for (const std::int64_t n : {1, 16, 60, 1024}) {
      if (m * n > 80000) continue;
      CAPTURE(m);
      CAPTURE(n);
      auto there = waves<float>(m * n, 0.7), shifted = there;
      shifted.insert(shifted.begin(), 1.0f);
      const auto aligned = s.run(x = matrix(there, m, n));
      const auto other = s.run(x = tl::view(static_cast<const float*>(shifted.data() + 1), m, n));
      const auto same = [&]<std::size_t... I>(std::index_sequence<I...>) { return ((detail::numbers_of(std::get<I>(aligned)) == detail::numbers_of(std::get<I>(other))) && ...); };
      CHECK(same(std::make_index_sequence<5>{}));
    }
}

TEST_CASE("loops of a card: few long rows are dealt out to many blocks") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  auto s = tl::session<device_loops>(tl::softmax<1>(x));
  const auto launches = [&](std::int64_t m, std::int64_t n) {
    const auto xs = waves<float>(m * n, 0.7);
    const int before = device_loops::launches;
    (void)s.run(x = matrix(xs, m, n));
    return device_loops::launches - before;
  };
  CHECK(launches(70, 1000) == 1);
  CHECK(launches(1, 1000) == 1);
  CHECK(launches(2, 60000) > 1);  // one for each pass
}

TEST_CASE("loops of a card: division by multiplication") {
  for (const std::int64_t d : {1, 2, 3, 5, 7, 60, 1000, 65537, 2147483647})
    for (const std::int64_t most : {std::int64_t{1} << 30, std::int64_t{1} << 40})
      for (std::int64_t n = 0; n < most; n = n * 3 / 2 + 1)
        for (const std::int64_t x : {n, n / d * d, n / d * d + d - 1})
          if (x <= most && tl::device::divisor(d, most + 1).quotient(x) != x / d) FAIL(x, " / ", d);
}

// A card that forgets a launch is found out: elements, the columns that finish what chunks left, sums across rows.
TEST_CASE("loops of a card: a launch less") {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  constexpr tl::placeholder<"gain", float, "N"_d> gain;
  const auto xs = hills<float>(3000 * 16, 0.7), gains = waves<float>(16, 0.4);
  auto first = compared<device_loops_with<0>>(x * 2.0_c);
  CHECK(!first.compare(1e-4, x = matrix(xs, 3000, 16)).none());
  auto second = compared<device_loops_with<1>>(tl::sum<0>(x), tl::derivative(tl::sum(tl::softmax<1>(x) * gain), gain));
  const auto found = second.compare(1e-4, x = matrix(xs, 3000, 16), gain = tl::view(gains.data(), std::int64_t{16}));
  CHECK(found.text().find("fetch 0") != std::string::npos);
  auto none = compared<device_loops_with<2>>(tl::sum<0>(x), tl::sum(x));
  expect(none.compare(1e-4, x = matrix(xs, 3000, 16)));
}

}  // namespace checks
