// Tensors of bfloat16 and float16 on a card that the host simulates.
#include "support/on_card.hpp"

#include <doctest/doctest.h>
#include <tapeless/cuda/cuda_on_host.hpp>
#include <tapeless/tapeless.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace tl = tapeless;
using namespace tl::literals;

namespace {

template <class T> std::vector<T> wave(std::int64_t n, double step, double size = 1) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = static_cast<T>(size * std::sin(step * static_cast<double>(i)));
  return v;
}

}  // namespace

TEST_CASE("casts, moves and sums, with the numbers of the processor") {
  constexpr tl::placeholder<"x", float, "N"_d, 24> x;
  constexpr tl::placeholder<"h", tl::float16, 3, 24> h;
  constexpr tl::placeholder<"p", std::int32_t, 5> p;
  const auto b = tl::cast<tl::bfloat16>(tl::relu(x) + 0.5_c);
  const auto joined = tl::concat<0>(h, tl::cast<tl::float16>(tl::slice<0, 0, 3>(tl::gather(x, p))));
  const auto rows = tl::sum<1>(tl::cast<float>(b) * x);
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(b, tl::transpose(b), joined, rows, tl::cast<double>(h), tl::gather(b, p)); };
  auto card = on(tl::cuda_on_host{});
  auto cpu = on(tl::reference{});
  const auto hs = wave<tl::float16>(72, 0.3, 1000);
  const std::int32_t ps[]{3, 1, 0, 4, 1};
  for (const std::int64_t n : {5, 64, 333}) {
    const auto xs = wave<float>(n * 24, 0.7, 3);
    const auto a = card.run(x = tl::view(xs.data(), n, 24), h = hs, p = ps);
    const auto c = cpu.run(x = tl::view(xs.data(), n, 24), h = hs, p = ps);
    const auto same = [](const auto& f, const auto& g, std::int64_t size) {
      int wrong = 0;
      for (std::int64_t i = 0; i < size; ++i) wrong += f.data()[i].bits != g.data()[i].bits;
      return wrong == 0;
    };
    CHECK(same(std::get<0>(a), std::get<0>(c), n * 24));
    CHECK(same(std::get<1>(a), std::get<1>(c), n * 24));
    CHECK(same(std::get<2>(a), std::get<2>(c), 6 * 24));
    CHECK(same(std::get<5>(a), std::get<5>(c), 5 * 24));
    for (std::int64_t i = 0; i < n; ++i) CHECK(std::abs(std::get<3>(a).data()[i] - std::get<3>(c).data()[i]) < 1e-4f);
    for (std::int64_t i = 0; i < 72; ++i) CHECK(std::get<4>(a).data()[i] == std::get<4>(c).data()[i]);
  }
}

TEST_CASE("what makes a tensor of two bytes is one loop with what that is made of") {
  constexpr tl::placeholder<"x", float, 1000> x;
  constexpr tl::placeholder<"d", double, 1000> d;
  const auto y = tl::cast<tl::bfloat16>(tl::exp(x) * tl::cast<float>(d));
  using planned = tl::device::planned<tl::program<std::remove_const_t<decltype(y)>>>;
  CHECK(planned::kernels == 1);
}
