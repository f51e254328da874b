#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/prod.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("prod") {
  check_case<values::prod_all, real>([](auto x) { return tl::prod(x); });
  check_case<values::prod_axis_0, real>([](auto x) { return tl::prod<0>(x); });
  check_case<values::prod_last_axis, real>([](auto x) { return tl::prod<-1>(x); });
  check_case<values::prod_axes_0_2, real>([](auto x) { return tl::prod<0, 2>(x); });
  check_case<values::prod_axis_1_keepdims, real>([](auto x) { return tl::prod<1>(x, tl::keepdims); });
}

TEST_CASE("zeros") {
  check_case<values::prod_one_zero, real>([](auto x) { return tl::prod<1>(x); });
  check_case<values::prod_two_zeros, real>([](auto x) { return tl::prod<1>(x); });
}

TEST_CASE_TEMPLATE("second derivatives with zeros, along a static axis", B, simd, reference) {
  // prod(x) differentiated by each pair: the sum over j of d^2 / dx_i dx_j.
  constexpr tl::placeholder<"x", double, 4> x;
  constexpr auto slopes = tl::sum(tl::derivative(tl::prod(x), x));
  auto session = tl::session<typename B::policy>(slopes, tl::derivative(slopes, x));
  const auto check = [&](const std::array<double, 4>& data, double sum, const std::vector<double>& expected) {
    const auto [y, dx] = session.run(x = data);
    CHECK(y == sum);
    CHECK(std::vector<double>(dx.begin(), dx.end()) == expected);
  };
  check({2, 0, 5, -3}, -30, {-15, -15 + -6 + 10, -6, 10});
  check({2, 0, 5, 0}, 0, {0, 10, 0, 10});
}

TEST_CASE("products of all sizes; integers wrap; an empty product is 1") {
  check_reduction<float, double, std::int32_t, std::int64_t>([]<int... Axes>(auto x) { return tl::prod<Axes...>(x); }, 1, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::integral<T>) return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) * static_cast<std::make_unsigned_t<T>>(b));
    else return a * b;
  }, 1e-12);
}

TEST_CASE_TEMPLATE("the gradient along a dynamic axis", B, simd, reference) {
  constexpr tl::placeholder<"x", double, "N"_d> x;
  auto session = tl::session<typename B::policy>(tl::derivative(tl::prod(x), x));
  const auto gradient = [&](const std::vector<double>& data) {
    const auto [dx] = session.run(x = data);
    return std::vector<double>(dx.begin(), dx.end());
  };
  CHECK(gradient({2, 3, 4}) == std::vector<double>{12, 8, 6});
  CHECK(gradient({2, 0, 4, 5}) == std::vector<double>{0, 40, 0, 0});
  CHECK(gradient({0, 0, 4}) == std::vector<double>{0, 0, 0});
  CHECK(gradient({7}) == std::vector<double>{1});
}

/// Rows and columns whose lengths are and are not whole registers, against products of all others.
template <class T, int Rows, int Columns> void check_all_others() {
  constexpr tl::placeholder<"x", T, Rows, Columns> x;
  auto session = tl::session<tl::simd>(tl::derivative(tl::sum(tl::prod<0>(x)), x), tl::derivative(tl::sum(tl::prod<1>(x)), x), tl::derivative(tl::prod(x), x));
  std::vector<T> data(Rows * Columns);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = T(1) + T(0.25) * T(std::sin(1.0 + 3.0 * double(i)));
  data[data.size() / 2] = 0;
  const auto [down, along, all] = session.run(x = data);
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Columns; ++j) {
      double column = 1, row = 1, both = 1;
      for (int k = 0; k < Rows * Columns; ++k) {
        const double factor = static_cast<double>(data[static_cast<std::size_t>(k)]);
        if (k / Columns == i && k % Columns == j) continue;
        both *= factor;
        if (k / Columns == i) row *= factor;
        if (k % Columns == j) column *= factor;
      }
      const double tolerance = 1e3 * static_cast<double>(std::numeric_limits<T>::epsilon());
      CHECK(static_cast<double>(down(i, j)) == doctest::Approx(column).epsilon(tolerance));
      CHECK(static_cast<double>(along(i, j)) == doctest::Approx(row).epsilon(tolerance));
      CHECK(static_cast<double>(all(i, j)) == doctest::Approx(both).epsilon(tolerance));
    }
}
TEST_CASE_TEMPLATE("products of all others", T, float, double) {
  check_all_others<T, 3, 5>();
  check_all_others<T, 2, 37>();
  check_all_others<T, 7, 67>();
  check_all_others<T, 2, 150>();
  check_all_others<T, 1, 16>();
}

}  // namespace checks
