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

// Lengths around registers and blocks of registers, along contiguous rows, down columns and along strides.
TEST_CASE_TEMPLATE("arg_max and arg_min of long rows: the first of many equal ones, at any place", T, float, double, std::int32_t, std::int64_t) {
  constexpr tl::placeholder<"x", T, "R"_d, "N"_d> x;
  auto session = tl::session<tl::simd>(tl::arg_max<1>(x), tl::arg_min<1>(x), tl::arg_max<0>(x), tl::arg_min<0>(x), tl::arg_max<0>(tl::transpose(x)));
  const auto first = [](auto element, std::int64_t n, auto is_better) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (is_better(element(i), element(best))) best = i;
    return best;
  };
  const auto greater = [](T a, T b) { return a > b || (a != a && b == b); };
  const auto less = [](T a, T b) { return a < b || (a != a && b == b); };
  for (const std::int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 128, 129, 140, 257, 300}) {
    const std::int64_t rows = 37;
    std::vector<T> xs(static_cast<std::size_t>(rows * n));
    for (std::int64_t i = 0; i < rows * n; ++i) xs[static_cast<std::size_t>(i)] = static_cast<T>(i * i * 7919 % 101 % 23);  // many equal ones
    for (std::int64_t r = 0; r < rows; ++r) xs[static_cast<std::size_t>(r * n + r * 7 % n)] = static_cast<T>(r % 3 == 0 ? 99 : r % 3 == 1 ? -99 : 5);
    if constexpr (std::is_floating_point_v<T>)
      for (std::int64_t r = 0; r < rows; r += 5) xs[static_cast<std::size_t>(r * n + (r * 11 + 3) % n)] = std::numeric_limits<T>::quiet_NaN();
    const auto [most, least, most_down, least_down, strided] = session.run(x = tl::view(xs.data(), rows, n));
    int wrong = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = [&](std::int64_t i) { return xs[static_cast<std::size_t>(r * n + i)]; };
      wrong += most[r] != first(row, n, greater) || least[r] != first(row, n, less) || strided[r] != most[r];
    }
    for (std::int64_t c = 0; c < n; ++c) {
      const auto column = [&](std::int64_t i) { return xs[static_cast<std::size_t>(i * n + c)]; };
      wrong += most_down[c] != first(column, rows, greater) || least_down[c] != first(column, rows, less);
    }
    CAPTURE(n);
    CHECK(wrong == 0);
  }
}

}  // namespace checks
