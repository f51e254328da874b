#include "support/cases.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/shape_ops.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("transpose") {
  check_case<values::transpose_all, real>([](auto x) { return tl::transpose(x); });
  check_case<values::transpose_2_0_1, real>([](auto x) { return tl::transpose<2, 0, 1>(x); });
}

TEST_CASE("reshape") {
  check_case<values::reshape, real>([](auto x) { return tl::reshape<4, 6>(x); });
  check_case<values::reshape, real>([](auto x) { return tl::reshape<-1, 6>(x); });
}

TEST_CASE("broadcast_to") {
  check_case<values::broadcast_to, real>([](auto x) { return tl::broadcast_to<2, 3, 4>(x); });
}

TEST_CASE_TEMPLATE("stop_gradient", B, simd, reference) {
  constexpr tl::placeholder<"x", double, 3> x;
  auto session = tl::session<typename B::policy>(tl::stop_gradient(x), tl::derivative(tl::sum(x * tl::stop_gradient(x)), x));
  const std::array data{1.0, -2.0, 3.0};
  const auto [y, dx] = session.run(x = data);
  for (int i = 0; i < 3; ++i) {
    CHECK(y[i] == data[static_cast<std::size_t>(i)]);
    CHECK(dx[i] == data[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE_TEMPLATE("views of views, of other dtypes, with dynamic extents", B, simd, reference) {
  constexpr tl::placeholder<"x", std::int32_t, "N"_d, 4> x;
  auto session = tl::session<typename B::policy>(tl::transpose(x), tl::reshape<-1>(tl::transpose(x)), tl::reshape<2, -1>(x) + 1_c, tl::transpose(x > 5_c));
  for (const std::int64_t n : {1, 2, 7}) {
    std::vector<std::int32_t> data(static_cast<std::size_t>(4 * n));
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::int32_t>(i);
    const auto [turned, flat, split, large] = session.run(x = data);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < 4; ++j) {
        const auto value = static_cast<std::int32_t>(4 * i + j);
        CHECK(turned(j, i) == value);
        CHECK(flat[j * n + i] == value);
        CHECK(split(value / (2 * n), value % (2 * n)) == value + 1);
        CHECK(large(j, i) == (value > 5));
      }
  }
}

}  // namespace checks
