#include <tapeless/backend/openmp.hpp>
#include <tapeless/tapeless.hpp>

#include "support/waves.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

// A loop beside products that threads share: the same bits as on one thread.
TEST_CASE("loops: on several threads") {
  namespace tl = tapeless;
  constexpr tl::placeholder<"xs", float, 6, 128, 64> xs;
  constexpr tl::variable<"w", float, 64, 256, tl::glorot_uniform> w;
  constexpr auto y = tl::nn::lstm<"cell", 64>(tl::tanh(xs));
  constexpr auto loss = tl::sum(tl::matmul(y, w)) + tl::sum(y * y);
  auto one = tl::session<tl::simd>(loss, tl::derivative(loss, w), tl::derivative(loss, xs));
  auto all = tl::session<tl::simd_parallel>(loss, tl::derivative(loss, w), tl::derivative(loss, xs));
  one.initialize(1), all.initialize(1);
  const auto x = tl::test::waves<float>(6 * 128 * 64, 0.37);
  const auto [value, dw, dx] = one.run(xs = x);
  const auto [same, same_dw, same_dx] = all.run(xs = x);
  CHECK(value == same);
  CHECK(std::equal(dw.data(), dw.data() + dw.size(), same_dw.data()));
  CHECK(std::equal(dx.data(), dx.data() + dx.size(), same_dx.data()));
  CHECK(*std::max_element(dx.data(), dx.data() + dx.size()) > 0);
}
