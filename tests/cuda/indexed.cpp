// Kernels of a device for indexed ops and for what is put together, run on the host.
#include "support/kernels_on_host.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <random>

namespace checks {

using namespace tl::literals;

namespace {

template <class T> std::vector<T> numbers(std::int64_t n, unsigned seed, int below = 9) {
  std::mt19937 draw(seed);
  std::vector<T> x(static_cast<std::size_t>(n));
  for (auto& e : x) e = static_cast<T>(static_cast<int>(draw() % static_cast<unsigned>(2 * below)) - below);
  return x;
}
/// The greatest distance in units of the last place.
template <class A, class B> double ulps(const A& a, const B& b) {
  double most = 0;
  auto y = b.begin();
  for (const auto x : a) {
    const auto e = *y++;
    most = std::max(most, static_cast<double>(std::abs(x - e)) / static_cast<double>(std::abs(e) * std::numeric_limits<decltype(e + x)>::epsilon()));
  }
  return most;
}

}  // namespace

TEST_CASE("a divisor divides as / does") {
  std::mt19937_64 draw(1);
  int wrong = 0;
  for (const std::int64_t n : {1l, 2l, 3l, 7l, 10l, 641l, 65537l, 2147483647l, 1l << 31, (1l << 40) + 3, (1l << 61) + 1}) {
    for (const std::int64_t below : {5000l, 1l << 31, 1l << 40, (1l << 62) + ((1l << 62) - 1)})
      for (int i = 0; i < 2000; ++i) {
        const std::int64_t x = i < 3 ? below - 1 - i : static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(below));
        wrong += tl::device::divisor(n, below).quotient(x) != x / n;
      }
  }
  CHECK(wrong == 0);
  CHECK(tl::device::divisor(3, 100).quotient(1l << 39) != (1l << 39) / 3);  // the control: more than it was made for
}

TEST_CASE("gather and scatter_add: groups of 16 bytes and others, views, indices outside, many indices for few rows") {
  constexpr tl::placeholder<"x", float, 37, "C"_d> x;
  constexpr tl::placeholder<"t", std::int32_t, "C"_d, 37> t;
  constexpr tl::placeholder<"i", std::int64_t, "N"_d, 3> i;
  constexpr tl::placeholder<"k", std::int32_t, "N"_d> k;
  constexpr tl::placeholder<"r", double, "N"_d, "C"_d> r;
  kernels_and_reference both(tl::gather(x, i), tl::gather(tl::transpose(t), tl::transpose(i)), tl::scatter_add<5, "C"_d>(r, k), tl::scatter_add<700, "C"_d>(r, k),
                             tl::scatter_add<9, 3>(i, k));
  for (const auto& [n, c] : {std::pair<std::int64_t, std::int64_t>{0, 3}, {1, 1}, {7, 4}, {300, 5}, {5000, 2}, {64, 130}, {11, 0}}) {
    CAPTURE(n);
    CAPTURE(c);
    const auto xs = numbers<float>(37 * c, 1);
    const auto ts = numbers<std::int32_t>(37 * c, 2);
    auto is = numbers<std::int64_t>(3 * n, 3, 40);
    const auto ks = numbers<std::int32_t>(n, 4, 7);
    const auto rs = numbers<double>(n * c, 5);
    CHECK(both.distance(x = tl::view(xs.data(), 37, c), t = tl::view(ts.data(), c, 37), i = tl::view(is.data(), n, 3), k = tl::view(ks.data(), n), r = tl::view(rs.data(), n, c)) == 0);
  }
}

TEST_CASE("arg_max and arg_min: teams of all sizes, equal ones, NaN") {
  constexpr tl::placeholder<"x", float, "R"_d, "N"_d> x;
  constexpr tl::placeholder<"n", std::int64_t, "N"_d, "R"_d> n;
  kernels_and_reference both(tl::arg_max(x), tl::arg_min(x, tl::keepdims), tl::arg_max<0>(x), tl::arg_min<0>(n), tl::arg_max<0>(tl::transpose(n)));
  for (const auto& [rows, count] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 15}, {9, 33}, {5, 300}, {2, 2500}, {2500, 20}, {1, 2049}}) {
    CAPTURE(rows);
    CAPTURE(count);
    auto xs = numbers<float>(rows * count, 1, 50);
    if (rows > 2) xs[static_cast<std::size_t>(count + count / 2)] = std::numeric_limits<float>::quiet_NaN(), xs[static_cast<std::size_t>(2 * count - 1)] = xs[static_cast<std::size_t>(count + count / 2)];
    const auto ns = numbers<std::int64_t>(rows * count, 2, 50);
    CHECK(both.distance(x = tl::view(xs.data(), rows, count), n = tl::view(ns.data(), count, rows)) == 0);
  }
}

TEST_CASE("products of others, iota, concat, pad") {
  constexpr tl::placeholder<"x", double, "N"_d, 5> x;
  constexpr tl::placeholder<"y", float, "N"_d, 3, 4> y;
  constexpr tl::placeholder<"b", std::int32_t, "N"_d, 4> b;
  const auto flags = b > 0_c;
  kernels_and_reference both(tl::derivative(tl::sum(tl::prod<1>(x)), x), tl::derivative(tl::sum(tl::prod<0>(x)), x), tl::one_hot<6>(b),
                             tl::concat<1>(y, tl::flip<1>(y), tl::slice<1, 1>(y)), tl::concat<2>(y, y), tl::concat<0>(flags, tl::logical_not(flags), flags),
                             tl::pad<1, 2, 3>(y), tl::pad<-1, 1, 0>(b, 7_c), tl::derivative(tl::sum(tl::slice<1, 4, 0, -2>(x) * 2_c), x));
  for (const std::int64_t n : {0, 1, 2, 17, 130}) {
    CAPTURE(n);
    const auto xs = numbers<double>(n * 5, 1, 2);
    const auto ys = numbers<float>(n * 12, 2);
    const auto bs = numbers<std::int32_t>(n * 4, 3);
    CHECK(both.distance(x = tl::view(xs.data(), n, 5), y = tl::view(ys.data(), n, 3, 4), b = tl::view(bs.data(), n, 4)) == 0);
  }
}

TEST_CASE("random numbers are those of the CPU, uniform ones bit by bit") {
  constexpr tl::placeholder<"x", float, "N"_d> x;
  constexpr tl::placeholder<"y", double, "N"_d> y;
  tl::session_type<kernels_on_host, decltype(tl::random_uniform_like<"u">(x)), decltype(tl::random_normal_like<"n">(y)), decltype(tl::transpose(tl::random_normal<"m", float, 3, 5>())),
                   decltype(tl::random_uniform<"v", double, 7>())> device;
  auto host = tl::session<tl::simd>(tl::random_uniform_like<"u">(x), tl::random_normal_like<"n">(y), tl::transpose(tl::random_normal<"m", float, 3, 5>()), tl::random_uniform<"v", double, 7>());
  device.initialize(3), host.initialize(3);
  for (const std::int64_t n : {0, 1, 5, 1000, 1003}) {
    const auto xs = numbers<float>(n, 1);
    const auto ys = numbers<double>(n, 1);
    const auto a = device.run(x = tl::view(xs.data(), n), y = tl::view(ys.data(), n));
    const auto b = host.run(x = tl::view(xs.data(), n), y = tl::view(ys.data(), n));
    CAPTURE(n);
    CHECK(std::ranges::equal(std::get<0>(a), std::get<0>(b)));
    CHECK(ulps(std::get<1>(a), std::get<1>(b)) <= 3);
    CHECK(ulps(std::get<2>(a), std::get<2>(b)) <= 3);
    CHECK(std::ranges::equal(std::get<3>(a), std::get<3>(b)));
    CHECK(std::get<3>(a)[0] != std::get<3>(b)[1]);
  }
}

}  // namespace checks
