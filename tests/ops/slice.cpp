#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/slice.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("slice") {
  check_case<values::slice_range, real>([](auto x) { return tl::slice<1, 2, 5>(tl::slice<0, 1, 3>(x)); });
  check_case<values::slice_strided, real>([](auto x) { return tl::slice<-1, 1, 5, 3>(tl::slice<0, 0, tl::end, 2>(x)); });
  check_case<values::slice_reversed, real>([](auto x) { return tl::slice<0, tl::end, tl::end, -1>(x); });
}

TEST_CASE("take") {
  check_case<values::slice_row, real>([](auto x) { return tl::take<0, 2>(x); });
  check_case<values::slice_row, real>([](auto x) { return tl::take<0, -2>(x); });
}

TEST_CASE("flip") {
  check_case<values::flip, real>([](auto x) { return tl::flip<1>(x); });
}

TEST_CASE("pad") {
  check_case<values::pad_zeros, real>([](auto x) { return tl::pad<1, 0, 1>(tl::pad<0, 1, 2>(x)); });
  check_case<values::pad_value, real>([](auto x) { return tl::pad<-1, 2, 0>(tl::pad<0, 0, 1>(x, 3_c), 3_c); });
}

TEST_CASE_TEMPLATE("slices of a dynamic axis", B, simd, reference) {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  const auto inner = tl::slice<0, 1, -1>(x);
  auto session = tl::session<typename B::policy>(inner, tl::derivative(tl::sum(inner * inner), x));
  for (const std::size_t n : {2u, 3u, 20u}) {
    const auto data = points<double>(-1, 1, n);
    const auto [y, dx] = session.run(x = data);
    REQUIRE(y.size() == static_cast<std::int64_t>(n) - 2);
    for (std::size_t i = 0; i < n; ++i) {
      const bool inside = i > 0 && i + 1 < n;
      if (inside) CHECK(y[static_cast<std::int64_t>(i) - 1] == data[i]);
      CHECK(dx[static_cast<std::int64_t>(i)] == (inside ? 2 * data[i] : 0));
    }
  }
}

TEST_CASE_TEMPLATE("overlapping and reversed views in one loop", B, simd, reference) {
  constexpr tl::placeholder<"x", float, 40> x;
  const auto y = tl::slice<0, 1, tl::end>(x) * tl::slice<0, 0, -1>(x) + tl::flip<0>(tl::slice<0, 0, -1>(x));
  auto session = tl::session<typename B::policy>(y);
  const auto data = points<float>(-1, 1, 40);
  const auto [out] = session.run(x = data);
  for (std::size_t i = 0; i < 39; ++i) CHECK(out[static_cast<std::int64_t>(i)] == doctest::Approx(data[i + 1] * data[i] + data[38 - i]));
}

}  // namespace checks
