#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/norm.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("norm") {
  check_case<values::norm_all, real>([](auto x) { return tl::norm(x); });
  check_case<values::norm_axis_0, real>([](auto x) { return tl::norm<0>(x); });
  check_case<values::norm_last_axis, real>([](auto x) { return tl::norm<-1>(x); });
  check_case<values::norm_axes_0_2, real>([](auto x) { return tl::norm<0, 2>(x); });
  check_case<values::norm_axis_1_keepdims, real>([](auto x) { return tl::norm<1>(x, tl::keepdims); });
}

TEST_CASE("limits") {
  const auto f = [](auto x) { return tl::norm(x); };
  on_vector(f, std::array{0.0, 0.0, -0.0}, [](double y, const auto& dx) {
    CHECK(y == 0);
    CHECK(dx == std::vector<double>{0, 0, 0});
  });
  on_vector(f, std::array{3.0, -4.0}, [](double y, const auto& dx) {
    CHECK(y == 5);
    CHECK(distance(dx[0], 0.6L) < 1e-15);
    CHECK(distance(dx[1], -0.8L) < 1e-15);
  });
  on_vector(f, std::array{nan, 1.0}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector(f, std::array{inf, 1.0}, [](double y, const auto&) { CHECK(y == inf); });
}

}  // namespace checks
