#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/arg_max.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("arg_max: the first of equal ones") {
  check_case<values::argmax_axis_0, real>([](auto x) { return tl::arg_max<0>(x); });
  check_case<values::argmax_last_axis, real>([](auto x) { return tl::arg_max(x); });
}

TEST_CASE("arg_min: the first of equal ones") {
  check_case<values::argmin_axis_0, real>([](auto x) { return tl::arg_min<0>(x); });
  check_case<values::argmin_last_axis, real>([](auto x) { return tl::arg_min(x); });
}

TEST_CASE_TEMPLATE("NaN wins; one element; keepdims; integers; views", B, simd, reference) {
  constexpr tl::placeholder<"x", float, 2, 4> x;
  constexpr tl::placeholder<"i", std::int32_t, 3, 1> i;
  auto session = tl::session<typename B::policy>(tl::arg_max(x), tl::arg_min(x), tl::arg_max(x, tl::keepdims), tl::arg_max(i), tl::arg_max<0>(i),
                                                 tl::arg_min(tl::transpose(x)));
  const auto none = std::numeric_limits<float>::quiet_NaN();
  const auto [most, least, kept, single, rows, turned] = session.run(x = std::array{1.f, none, 9.f, none, 4.f, 2.f, 4.f, 2.f}, i = std::array{-5, 7, 7});
  CHECK(most[0] == 1);
  CHECK(most[1] == 0);
  CHECK(least[0] == 1);
  CHECK(least[1] == 1);
  CHECK(kept.shape() == std::array<std::int64_t, 2>{2, 1});
  CHECK(kept(1, 0) == 0);
  for (int k = 0; k < 3; ++k) CHECK(single[k] == 0);
  CHECK(rows[0] == 1);
  CHECK(turned[0] == 0);
  CHECK(turned[1] == 0);
  CHECK(turned[2] == 1);
}

}  // namespace checks
