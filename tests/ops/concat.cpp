#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/concat.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("concat") {
  check_case<values::concat_axis_0, real, real, real>([](auto a, auto b, auto c) { return tl::concat<0>(a, b, c); });
  check_case<values::concat_axis_1, real, real, real>([](auto a, auto b, auto c) { return tl::concat<1>(a, b, c); });
  check_case<values::concat_unequal, real, real>([](auto a, auto b) { return tl::concat<-1>(a, b); });
}

TEST_CASE("stack") {
  check_case<values::stack_axis_0, real, real>([](auto a, auto b) { return tl::stack<0>(a, b); });
  check_case<values::stack_axis_1, real, real>([](auto a, auto b) { return tl::stack<1>(a, b); });
  check_case<values::stack_axis_2, real, real>([](auto a, auto b) { return tl::stack<2>(a, b); });
}

TEST_CASE_TEMPLATE("dynamic extents, constants and integers", B, simd, reference) {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  constexpr tl::placeholder<"i", std::int64_t, 2> i;
  const auto y = tl::concat<0>(x * 2_c, x);
  auto session = tl::session<typename B::policy>(y, tl::concat<0>(i, i + i));
  for (const std::size_t n : {0u, 1u, 9u}) {
    const auto data = points<double>(-1, 1, n);
    const auto [out, whole] = session.run(x = data, i = std::array<std::int64_t, 2>{3, 4});
    REQUIRE(out.size() == static_cast<std::int64_t>(2 * n));
    for (std::size_t k = 0; k < n; ++k) {
      CHECK(out[static_cast<std::int64_t>(k)] == 2 * data[k]);
      CHECK(out[static_cast<std::int64_t>(n + k)] == data[k]);
    }
    CHECK(std::vector<std::int64_t>(whole.begin(), whole.end()) == std::vector<std::int64_t>{3, 4, 6, 8});
  }
}

}  // namespace checks
