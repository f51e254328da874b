#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/mean.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("mean") {
  check_case<values::mean_all, real>([](auto x) { return tl::mean(x); });
  check_case<values::mean_axis_0, real>([](auto x) { return tl::mean<0>(x); });
  check_case<values::mean_last_axis, real>([](auto x) { return tl::mean<-1>(x); });
  check_case<values::mean_axes_0_2, real>([](auto x) { return tl::mean<0, 2>(x); });
  check_case<values::mean_axis_1_keepdims, real>([](auto x) { return tl::mean<1>(x, tl::keepdims); });
}

TEST_CASE("limits") {
  on_vector([](auto x) { return tl::mean(x); }, std::array{inf, 1.0}, [](double y, const auto& dx) {
    CHECK(y == inf);
    CHECK(dx == std::vector{0.5, 0.5});
  });
  on_vector([](auto x) { return tl::mean(x); }, std::array<double, 0>{}, [](double y, const auto&) { CHECK(is_nan(y)); });
}

TEST_CASE_TEMPLATE("over dynamic extents", B, simd, reference) {
  constexpr tl::placeholder<"x", float, "M"_d, "N"_d> x;
  auto session = tl::session<typename B::policy>(tl::mean(x), tl::mean<0>(x), tl::mean<1>(x), tl::derivative(tl::mean(x), x));
  for (const std::int64_t m : {1, 3, 8})
    for (const std::int64_t n : {1, 2, 31}) {
      std::vector<float> data(static_cast<std::size_t>(m * n));
      for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i);
      const auto [all, columns, rows, gradient] = session.run(x = tl::view(data.data(), m, n));
      CHECK(all == doctest::Approx(static_cast<double>(m * n - 1) / 2));
      for (std::int64_t j = 0; j < n; ++j) CHECK(columns[j] == doctest::Approx(static_cast<double>(j) + static_cast<double>(n * (m - 1)) / 2));
      for (std::int64_t i = 0; i < m; ++i) CHECK(rows[i] == doctest::Approx(static_cast<double>(i * n) + static_cast<double>(n - 1) / 2));
      for (const float g : gradient) CHECK(g == doctest::Approx(1.0 / static_cast<double>(m * n)));
    }
}

}  // namespace checks
