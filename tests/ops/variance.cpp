#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/variance.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("variance") {
  check_case<values::variance_all, real>([](auto x) { return tl::variance(x); });
  check_case<values::variance_axis_0, real>([](auto x) { return tl::variance<0>(x); });
  check_case<values::variance_last_axis, real>([](auto x) { return tl::variance<-1>(x); });
  check_case<values::variance_axes_0_2, real>([](auto x) { return tl::variance<0, 2>(x); });
  check_case<values::variance_axis_1_keepdims, real>([](auto x) { return tl::variance<1>(x, tl::keepdims); });
}

TEST_CASE("variance with ddof; standard_deviation") {
  check_case<values::variance_sample, real>([](auto x) { return tl::variance<1>(x, tl::ddof<1>); });
  check_case<values::standard_deviation, real>([](auto x) { return tl::standard_deviation<1>(x); });
}

TEST_CASE("limits of the variance") {
  on_vector([](auto x) { return tl::variance(x); }, std::array{3.0, 3.0, 3.0}, [](double y, const auto& dx) {
    CHECK(y == 0);
    CHECK(dx == std::vector<double>{0, 0, 0});
  });
  on_vector([](auto x) { return tl::variance(x); }, std::array{5.0}, [](double y, const auto&) { CHECK(y == 0); });
  on_vector([](auto x) { return tl::variance(x, tl::ddof<1>); }, std::array{5.0}, [](double y, const auto&) { CHECK(is_nan(y)); });
  // A large offset costs no precision.
  on_vector([](auto x) { return tl::variance(x); }, std::array{1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4}, [](double y, const auto& dx) {
    CHECK(y == 1.25);
    CHECK(dx == std::vector<double>{-0.75, -0.25, 0.25, 0.75});
  });
}

TEST_CASE("the standard deviation of equal elements") {
  on_vector([](auto x) { return tl::standard_deviation(x); }, std::array{3.0, 3.0, 3.0}, [](double y, const auto& dx) {
    CHECK(y == 0);
    CHECK(dx == std::vector<double>{0, 0, 0});
  });
}

}  // namespace checks
