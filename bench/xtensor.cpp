// xtensor with xsimd, into memory allocated beforehand.
#include <xtensor/xnoalias.hpp>
#include <xtensor/xreducer.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xtensor.hpp>

#include "support.hpp"

namespace {

template <std::size_t Rank> xt::xtensor<float, Rank> random(const std::array<std::size_t, Rank>& shape) {
  xt::xtensor<float, Rank> x(shape);
  const bench::numbers<float> values(static_cast<std::int64_t>(x.size()));
  std::copy(values.begin(), values.end(), x.begin());
  return x;
}

void chain(bench::row& row, std::size_t n) {
  const auto a = random<1>({n}), b = random<1>({n}), c = random<1>({n}), d = random<1>({n});
  auto y = xt::xtensor<float, 1>::from_shape({n});
  row.measure({}, bench::side{"xtensor", [&] {
                xt::noalias(y) = xt::maximum(a * b + c, 0.0f) * d - a;
                bench::consume(y.data());
              }});
}

template <class Reduce> auto reduction(Reduce reduce) {
  return [=](bench::row& row) {
    const auto x = random<2>({1000, 1000});
    auto y = xt::xtensor<float, 1>::from_shape({1000});
    row.measure({}, bench::side{"xtensor", [&] {
                  reduce(x, y);
                  bench::consume(y.data());
                }});
  };
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  for (int e = 8; e <= 24; e += 2) rows.emplace_back("chain 2^" + std::to_string(e), [e](bench::row& row) { chain(row, std::size_t(1) << e); });
  rows.emplace_back("sum axis 0 of 1000x1000", reduction([](const auto& x, auto& y) { xt::noalias(y) = xt::sum(x, {0}); }));
  rows.emplace_back("sum axis 1 of 1000x1000", reduction([](const auto& x, auto& y) { xt::noalias(y) = xt::sum(x, {1}); }));
  rows.emplace_back("sum all of 1000x1000", reduction([](const auto& x, auto& y) { y(0) = xt::sum(x, xt::evaluation_strategy::immediate)(); }));
  return bench::serve(argc, argv, rows);
}
