#include "support/elementwise.hpp"

#include <tapeless/ops/one_hot.hpp>

namespace checks {

TEST_CASE_TEMPLATE("one_hot and iota", B, simd, reference) {
  constexpr tl::placeholder<"c", std::int32_t, 4> c;
  constexpr tl::placeholder<"d", std::int64_t, "N"_d> d;
  auto session = tl::session<typename B::policy>(tl::one_hot<3>(c), tl::one_hot<2, double>(d), tl::iota<std::int32_t, 5>(), tl::iota<float, 3>());
  const auto [y, z, whole, floating] = session.run(c = std::array{2, 0, -1, 3}, d = std::vector<std::int64_t>{1, 0});
  const std::vector<float> expected{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(std::vector<float>(y.begin(), y.end()) == expected);
  CHECK(std::vector<double>(z.begin(), z.end()) == std::vector<double>{0, 1, 1, 0});
  CHECK(std::vector<std::int32_t>(whole.begin(), whole.end()) == std::vector<std::int32_t>{0, 1, 2, 3, 4});
  CHECK(std::vector<float>(floating.begin(), floating.end()) == std::vector<float>{0, 1, 2});
}

}  // namespace checks
