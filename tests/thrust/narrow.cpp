// Tensors of bfloat16 by Thrust's algorithms.
#include <tapeless/tapeless.hpp>
#include <tapeless/thrust/thrust.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tl = tapeless;

TEST_CASE("casts, moves, products and gradients have the reference's numbers") {
  constexpr tl::placeholder<"x", float, 12, 24> x;
  constexpr tl::placeholder<"w", tl::bfloat16, 24, 5> w;
  constexpr tl::placeholder<"p", std::int32_t, 5> p;
  const auto b = tl::cast<tl::bfloat16>(tl::relu(x));
  const auto y = tl::matmul(b, w);
  const auto on = [&]<class Backend>(Backend) { return tl::session<Backend>(y, tl::transpose(b), tl::derivative(tl::sum(y * y), x), tl::gather(tl::concat<0>(b, b), p)); };
  auto by_thrust = on(tl::thrust<tl::systems::cpp>{});
  auto measure = on(tl::reference{});
  std::vector<float> xs;
  std::vector<tl::bfloat16> ws;
  for (int i = 0; i < 288; ++i) xs.push_back(std::sin(0.7f * static_cast<float>(i)));
  for (int i = 0; i < 120; ++i) ws.push_back(tl::bfloat16(std::cos(0.3f * static_cast<float>(i))));
  const std::int32_t ps[]{3, 22, 0, 30, 1};  // one that there is not: a row of NaN
  const auto a = by_thrust.run(x = xs, w = ws, p = ps);
  const auto c = measure.run(x = xs, w = ws, p = ps);
  const auto distance = [](const auto& some, const auto& others, int count) {
    float most = 0;
    for (int i = 0; i < count; ++i) {
      const auto f = static_cast<float>(some.data()[i]), g = static_cast<float>(others.data()[i]);
      most = std::max(most, std::isnan(f) && std::isnan(g) ? 0 : std::isnan(f - g) ? 1e30f : std::abs(f - g));
    }
    return most;
  };
  CHECK(distance(std::get<0>(a), std::get<0>(c), 60) < 1e-5f);
  CHECK(distance(std::get<1>(a), std::get<1>(c), 288) == 0);
  CHECK(distance(std::get<2>(a), std::get<2>(c), 288) < 1e-4f);
  CHECK(distance(std::get<3>(a), std::get<3>(c), 120) == 0);
}
