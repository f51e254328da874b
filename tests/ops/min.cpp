#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/reductions.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("min") {
  check_case<values::min_all, real>([](auto x) { return tl::min(x); });
  check_case<values::min_axis_0, real>([](auto x) { return tl::min<0>(x); });
  check_case<values::min_last_axis, real>([](auto x) { return tl::min<-1>(x); });
  check_case<values::min_axes_0_2, real>([](auto x) { return tl::min<0, 2>(x); });
  check_case<values::min_axis_1_keepdims, real>([](auto x) { return tl::min<1>(x, tl::keepdims); });
}

TEST_CASE("ties share") {
  check_case<values::min_ties, real>([](auto x) { return tl::min<1>(x); });
  on_vector([](auto x) { return tl::min(x); }, std::array{1.0, 1.0, 1.0}, [](double, const auto& dx) {
    CHECK(dx[0] + dx[1] + dx[2] == 1);
    CHECK(dx[0] == dx[2]);
  });
}

TEST_CASE("limits") {
  const auto f = [](auto x) { return tl::min(x); };
  on_vector(f, std::array{1.0, nan, 2.0}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector(f, std::array{nan, 1.0, 2.0}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector(f, std::array{inf, 5.0}, [](double y, const auto& dx) {
    CHECK(y == 5);
    CHECK(dx == std::vector<double>{0, 1});
  });
  on_vector(f, std::array{-inf, 5.0}, [](double y, const auto& dx) {
    CHECK(y == -inf);
    CHECK(dx == std::vector<double>{1, 0});
  });
  on_vector(f, std::array{7.0}, [](double y, const auto& dx) {
    CHECK(y == 7);
    CHECK(dx == std::vector<double>{1});
  });
}

TEST_CASE("all sizes") {
  const auto f = []<int... Axes>(auto x) { return tl::min<Axes...>(x); };
  const auto combine = [](auto a, auto b) { return a < b ? a : b; };
  check_reduction<float, double>(f, inf, combine);
  check_reduction<std::int32_t>(f, static_cast<double>(std::numeric_limits<std::int32_t>::max()), combine);
}

}  // namespace checks
