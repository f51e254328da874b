#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/gather.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("gather") {
  constexpr auto rows = [](auto x, auto i) { return tl::gather(x, i); };
  check_case<values::gather_rows, real, std::int64_t>(rows);
  check_case<values::gather_matrix_of_rows, real, std::int32_t>(rows);
  check_case<values::gather_columns, real, std::int32_t>([](auto x, auto i) { return tl::transpose(tl::gather(tl::transpose(x), i)); });
}

TEST_CASE_TEMPLATE("indices outside", B, simd, reference) {
  constexpr tl::placeholder<"x", float, 3, 2> x;
  constexpr tl::placeholder<"n", std::int32_t, 3> n;
  constexpr tl::placeholder<"i", std::int64_t, 4> i;
  auto session = tl::session<typename B::policy>(tl::gather(x, i), tl::gather(n, i), tl::derivative(tl::sum(tl::gather(x, i)), x));
  const auto [y, whole, dx] = session.run(x = std::array{1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, n = std::array{7, 8, 9}, i = std::array<std::int64_t, 4>{2, -1, 3, 2});
  CHECK(y(0, 0) == 5);
  CHECK(y(3, 1) == 6);
  for (int column = 0; column < 2; ++column) {
    CHECK(is_nan(y(1, column)));
    CHECK(is_nan(y(2, column)));
    CHECK(dx(0, column) == 0);
    CHECK(dx(1, column) == 0);
    CHECK(dx(2, column) == 2);
  }
  CHECK(whole[0] == 9);
  CHECK(whole[1] == std::numeric_limits<std::int32_t>::min());
}

TEST_CASE_TEMPLATE("scatter_add", B, simd, reference) {
  constexpr tl::placeholder<"r", double, 4, 2> rows;
  constexpr tl::placeholder<"i", std::int32_t, 4> i;
  const auto y = tl::scatter_add<3, 2>(rows, i);
  auto session = tl::session<typename B::policy>(y, tl::derivative(tl::sum(y * y), rows));
  const std::array data{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0};
  const auto [sums, gradient] = session.run(rows = data, i = std::array{1, 5, 1, 0});
  CHECK(std::vector<double>(sums.begin(), sums.end()) == std::vector<double>{7, 8, 6, 8, 0, 0});
  CHECK(std::vector<double>(gradient.begin(), gradient.end()) == std::vector<double>{12, 16, 0, 0, 12, 16, 14, 16});
}

}  // namespace checks
