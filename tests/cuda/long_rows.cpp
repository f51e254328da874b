#include "support/device_loops.hpp"
#include "support/waves.hpp"

#include <tapeless/tapeless.hpp>

#include <doctest/doctest.h>

#include <string_view>

// Loops of a card that add up across rows, where rows are few and long, or many and short.

namespace checks {

using namespace tl::literals;
using tl::test::waves;

constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
constexpr tl::placeholder<"dy", float, "M"_d, "N"_d> dy;
constexpr tl::placeholder<"gain", float, "N"_d> gain;
constexpr auto centred = x - tl::mean<1>(x, tl::keepdims);
constexpr auto y = centred * tl::rsqrt(tl::mean<1>(centred * centred, tl::keepdims) + 1e-3_c) * gain;
constexpr auto loss = tl::sum(y * dy);
constexpr auto entropy = tl::mean(tl::logsumexp<1>(x) - tl::mean<1>(x * dy));
constexpr auto down = tl::softmax<0>(x);

/// Above 0 on the whole, so that sums do not vanish beside what they are made of.
std::vector<float> hills(std::int64_t n, double step) {
  auto v = waves<float>(n, step);
  for (auto& e : v) e = e * 0.5f + 0.75f;
  return v;
}

template <class Given> double greatest(const Given& t) {
  if constexpr (tl::element<Given>) return std::abs(static_cast<double>(t));
  else {
    double most = 0;
    for (const auto e : t) most = std::max(most, std::abs(static_cast<double>(e)));
    return most;
  }
}
template <class Given> double greatest_difference(const Given& p, const Given& q) {
  if constexpr (tl::element<Given>) return std::abs(static_cast<double>(p) - static_cast<double>(q));
  else {
    double most = p.shape() == q.shape() ? 0 : 1e30;
    auto other = q.begin();
    for (const auto e : p) most = std::max(most, std::abs(static_cast<double>(e) - static_cast<double>(*other++)));
    return most;
  }
}
/// The greatest difference from tl::simd, as a part of the greatest number.
template <class P, class Q> double difference(const P& p, const Q& q) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return std::max({greatest_difference(std::get<I>(p), std::get<I>(q)) / (greatest(std::get<I>(q)) + 1e-30)...}); }(std::make_index_sequence<std::tuple_size_v<P>>{});
}

template <class Tested, class Plain, class F> void compare_both(Tested& device, Plain& simd, std::int64_t m, std::int64_t n, double tolerance, F feeds) {
  CAPTURE(m);
  CAPTURE(n);
  const auto xs = hills(m * n, 0.7), dys = hills(m * n, 0.3), gains = waves<float>(n, 0.4);
  const auto run = [&](auto& s) { return feeds(s, tl::view(xs.data(), m, n), tl::view(dys.data(), m, n), tl::view(gains.data(), n)); };
  CHECK(difference(run(device), run(simd)) < tolerance);
}

TEST_CASE("long rows: sums across rows") {
  tl::session_type<device_loops, decltype(y), decltype(tl::derivative(loss, x)), decltype(tl::derivative(loss, gain)), decltype(entropy)> device;
  tl::session_type<tl::simd, decltype(y), decltype(tl::derivative(loss, x)), decltype(tl::derivative(loss, gain)), decltype(entropy)> simd;
  for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{1, 270001}, {3, 100001}, {200, 2048}, {40000, 8}, {90, 3}})
    compare_both(device, simd, m, n, 1e-4, [](auto& s, auto xs, auto dys, auto gains) { return s.run(x = xs, dy = dys, gain = gains); });
}
// The difference is that of tl::simd, which adds a long column one by one.
TEST_CASE("long rows: columns, and sums across them") {
  tl::session_type<device_loops, decltype(down), decltype(tl::mean<1>(down * dy)), decltype(tl::sum(tl::max<0>(x) * gain))> device;
  tl::session_type<tl::simd, decltype(down), decltype(tl::mean<1>(down * dy)), decltype(tl::sum(tl::max<0>(x) * gain))> simd;
  for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{40000, 8}, {270001, 1}, {9000, 31}, {3, 90000}, {70, 5}})
    compare_both(device, simd, m, n, 3e-4, [](auto& s, auto xs, auto dys, auto gains) { return s.run(x = xs, dy = dys, gain = gains); });
}

// The rows of a low matrix are added up along with its columns.
constexpr tl::placeholder<"low", float, 128, 2100> low;
constexpr tl::placeholder<"row", float, 2100> row;
constexpr tl::placeholder<"column", float, 128, 1> column;
constexpr auto of_columns = tl::sum<0>(low * column);
constexpr auto of_rows = tl::sum<1>(low * row);

TEST_CASE("long rows: a low matrix") {
  using program = tl::device::planned<tl::program<decltype(tl::sum<0>(low * column)), decltype(tl::sum<1>(low * row))>>;
  CHECK(program::kernels == 1);
  CHECK(tl::device::loop_kernel<tl::device::loop_of<program, 0>::hash>::facts::columns);
  CHECK(tl::device::loop_kernel<tl::device::loop_of<program, 0>::hash>::facts::sums == 1);
  tl::session_type<device_loops, decltype(of_columns), decltype(of_rows)> device;
  tl::session_type<tl::simd, decltype(of_columns), decltype(of_rows)> simd;
  const auto lows = hills(128 * 2100, 0.7), rows = hills(2100, 0.3), columns = hills(128, 0.2);
  const auto run = [&](auto& s) { return s.run(low = lows, row = rows, column = columns); };
  CHECK(difference(run(device), run(simd)) < 1e-5);
}

/// Keeps what is launched.
struct launches {
  struct one {
    std::string_view name;
    tl::device::grid shape;
  };
  std::vector<one> all;
  void launch(const tl::device::launch& l) { all.push_back({l.name, l.shape}); }
};
/// The least threads of a launch of the program's loops that goes over the elements.
template <class... E> std::int64_t least_threads(std::int64_t m, std::int64_t n) {
  using program = tl::device::planned<tl::program<std::remove_const_t<E>...>>;
  tl::binding b;
  b.add(tl::symbol("M"), m), b.add(tl::symbol("N"), n);
  const auto all = tl::numbers_of(program::graph, program::plan, b);
  std::int64_t least = std::int64_t{1} << 60;
  const auto see = [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
    constexpr auto& k = program::plan.kernels[K];
    static_assert(k.kind == tl::kernel_kind::loop);
    using loop = tl::device::loop_kernel<tl::device::loop_of<program, static_cast<int>(K)>::hash>;
    if constexpr (k.mode != tl::loop_mode::map) {
      const std::vector<void*> tensors(static_cast<std::size_t>(k.access_count));
      launches queue;
      loop::issue(queue, tensors.data(), all.begin() + k.first_number, nullptr);
      const auto passes = queue.all.size() > 2 ? static_cast<std::size_t>(loop::facts::passes) : 1;
      for (std::size_t i = 0; i < passes; ++i) least = std::min(least, queue.all[i].shape.blocks * queue.all[i].shape.threads);
    }
  };
  [&]<std::size_t... K>(std::index_sequence<K...>) { (see(std::integral_constant<std::size_t, K>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(program::kernels)>{});
  return least;
}

TEST_CASE("long rows: a card has enough to do") {
  constexpr std::int64_t enough = 264 * 256;
  for (const std::int64_t m : {1, 2, 3, 8, 33, 200, 263, 264, 400, 1000, 30000, 1 << 20})
    for (const std::int64_t n : {5, 8, 200, 1000, 1500, 9000, 140000, 1 << 20}) {
      if (m * n <= 1 << 19 || m * n > (std::int64_t{1} << 26)) continue;
      CAPTURE(m);
      CAPTURE(n);
      CHECK(least_threads<decltype(tl::derivative(loss, gain)), decltype(tl::derivative(loss, x))>(m, n) >= enough);
      CHECK(least_threads<decltype(down), decltype(tl::mean<1>(down * dy))>(m, n) >= enough);
    }
  CHECK(least_threads<decltype(tl::derivative(loss, gain)), decltype(tl::derivative(loss, x))>(8, 40000) >= enough);
  CHECK(least_threads<decltype(tl::derivative(loss, gain)), decltype(tl::derivative(loss, x))>(8, 8000) < enough);
}

}  // namespace checks
