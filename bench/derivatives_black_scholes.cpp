// The price of an option and its derivatives of first, second and third order, in double: by numbers one after the other, and
// by arrays of samples in one loop.
#include "derivatives.hpp"

#include <cmath>

namespace tl = tapeless;

namespace {

constexpr auto call = [](auto s, auto k, auto v, auto t) {
  const auto deviation = v * tl::sqrt(t);
  const auto d1 = tl::log(s / k) / deviation + tl::constant_of<0.5> * deviation;
  const auto normal = [](auto x) { return tl::constant_of<0.5> * tl::erfc(-x * tl::constant_of<0.70710678118654752440>); };
  return s * normal(d1) - k * normal(d1 - deviation);
};

[[gnu::noinline]] std::array<double, 5> gradient_by_hand(double s, double k, double v, double t) {
  const double root = std::sqrt(t), deviation = v * root, d1 = std::log(s / k) / deviation + 0.5 * deviation, d2 = d1 - deviation;
  const double half_root = 0.70710678118654752440;
  const double n1 = 0.5 * std::erfc(-d1 * half_root), n2 = 0.5 * std::erfc(-d2 * half_root);
  const double density = 0.39894228040143267794 * std::exp(-0.5 * d1 * d1);
  return {s * n1 - k * n2, n1, -n2, s * density * root, s * density * v / (2 * root)};
}

struct samples {
  bench::input s, k, v, t;
  explicit samples(std::int64_t count) : s(count, 21, 90, 110), k(count, 22, 90, 110), v(count, 23, 0.05, 0.3), t(count, 24, 0.5, 1.5) {}
  template <class F> auto at(std::size_t i, const F& f) const { return f(s[i], k[i], v[i], t[i]); }
};

/// All different derivatives up to an order, the value first; `Extents` of the samples.
template <int Order, int... Extents> constexpr auto derivatives() {
  constexpr tl::placeholder<"s", double, Extents...> s;
  constexpr tl::placeholder<"k", double, Extents...> k;
  constexpr tl::placeholder<"v", double, Extents...> v;
  constexpr tl::placeholder<"t", double, Extents...> t;
  constexpr std::tuple x{s, k, v, t};
  constexpr auto price = call(s, k, v, t);
  // Of samples, the derivative of their sum by one is that of its price.
  constexpr auto by = []<int I>(auto y, std::integral_constant<int, I>) { return tl::derivative(tl::sum(y), std::get<I>(decltype(x)())); };
  constexpr auto further = [=]<int... I>(auto y, auto first, auto self, auto order, std::integer_sequence<int, I...>) {
    if constexpr (order.value == 0) return std::tuple(y);
    else
      return std::tuple_cat(std::tuple(y), [&] {
        if constexpr (I >= first.value) return self(by(y, std::integral_constant<int, I>()), std::integral_constant<int, I>(), self, std::integral_constant<int, order.value - 1>(), std::make_integer_sequence<int, 4>());
        else return std::tuple();
      }()...);
  };
  return further(price, std::integral_constant<int, 0>(), further, std::integral_constant<int, Order>(), std::make_integer_sequence<int, 4>());
}
template <int Order, int... Extents> auto session_of() {
  return std::apply([](auto... y) { return tl::session<bench::policy>(y...); }, derivatives<Order, Extents...>());
}
template <int... Extents> auto run(auto& session, const auto& s, const auto& k, const auto& v, const auto& t) {
  return session.run(tl::placeholder<"s", double, Extents...>() = s, tl::placeholder<"k", double, Extents...>() = k, tl::placeholder<"v", double, Extents...>() = v,
                     tl::placeholder<"t", double, Extents...>() = t);
}

/// Where the derivative by an input stands among derivatives(): they go f, s, ss, sss, ssk, ..., sk, ..., k, kk, ...
template <int Order> double of_first_order(const std::vector<double>& all, std::size_t input) {
  constexpr std::size_t place[3][4]{{1, 2, 3, 4}, {1, 6, 10, 13}, {1, 16, 26, 32}};
  return all[place[Order - 1][input]];
}

template <int Order> void scalar(bench::row& row) {
  auto session = session_of<Order>();
  constexpr std::size_t count = 1024;
  const samples x(count);
  const auto ours = [&](std::size_t i) { return x.at(i, [&](auto... numbers) { return run<>(session, numbers...); }); };
  for (std::size_t i = 0; i < count; i += 100) {
    const auto all = bench::flat(ours(i));
    const auto hand = x.at(i, gradient_by_hand);
    std::vector<double> first{all[0]};
    for (std::size_t input = 0; input < 4; ++input) first.push_back(of_first_order<Order>(all, input));
    row.expect_close(first, hand, 1e-12);
  }
  row.found(bench::flat(ours(0)));
  std::size_t i = 0, j = 0;
  row.measure({}, bench::side{"tapeless",
                              [&] {
                                const auto r = ours(i);
                                i = (i + 1) % count, bench::consume(&r);
                              }},
              bench::side{"gradient by hand", [&] {
                            const auto r = x.at(j, gradient_by_hand);
                            j = (j + 1) % count, bench::consume(&r);
                          }});
}

/// One run over arrays, against numbers one after the other.
template <int Order> void over_samples(bench::row& row) {
  constexpr int n = 1 << 20;
  auto session = session_of<Order, n>();
  auto single = session_of<Order>();
  const samples x(n);
  const auto ours = [&] { return run<n>(session, x.s, x.k, x.v, x.t); };
  constexpr std::size_t results = std::tuple_size_v<decltype(run<>(single, 1.0, 1.0, 1.0, 1.0))>;
  std::vector<std::vector<double>> to(results, std::vector<double>(n));
  const auto loop = [&] {
    for (std::size_t i = 0; i < n; ++i)
      std::apply([&](const auto&... r) {
        std::size_t to_array = 0;
        ((to[to_array++][i] = r), ...);
      }, x.at(i, [&](auto... numbers) { return run<>(single, numbers...); }));
    bench::consume(to[0].data());
  };
  loop();
  const auto all = ours();
  std::apply([&](const auto&... r) {
    std::size_t of = 0;
    (row.expect_close(r, to[of++], 1e-11), ...);
  }, all);
  row.measure({0, 4 * 8.0 * n, 8.0 * n * results, true}, bench::side{"tapeless",
                                                                      [&] {
                                                                        const auto r = ours();
                                                                        bench::consume(&r);
                                                                      }},
              bench::side{"scalar loop", loop});
}

/// The function as users of plain numbers call it.
void by_function(bench::row& row) {
  auto gradient = tl::value_and_grad(call);
  constexpr std::size_t count = 1024;
  const samples x(count);
  for (std::size_t i = 0; i < count; ++i) row.expect_close(bench::flat(x.at(i, gradient)), x.at(i, gradient_by_hand), 1e-12);
  row.found(bench::flat(x.at(0, gradient)));
  std::size_t i = 0, j = 0;
  row.measure({}, bench::side{"tapeless",
                              [&] {
                                const auto r = x.at(i, gradient);
                                i = (i + 1) % count, bench::consume(&r);
                              }},
              bench::side{"gradient by hand", [&] {
                            const auto r = x.at(j, gradient_by_hand);
                            j = (j + 1) % count, bench::consume(&r);
                          }});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv,
                      {{"Black-Scholes, value and gradient", by_function},
                       {"Black-Scholes, Hessian", scalar<2>},
                       {"Black-Scholes, third order", scalar<3>},
                       {"Black-Scholes, gradient of 2^20", over_samples<1>},
                       {"Black-Scholes, Hessian of 2^20", over_samples<2>}});
}
