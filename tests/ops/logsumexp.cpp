#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/logsumexp.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("logsumexp") {
  check_case<values::logsumexp_all, real>([](auto x) { return tl::logsumexp(x); });
  check_case<values::logsumexp_axis_0, real>([](auto x) { return tl::logsumexp<0>(x); });
  check_case<values::logsumexp_last_axis, real>([](auto x) { return tl::logsumexp<-1>(x); });
  check_case<values::logsumexp_axes_0_2, real>([](auto x) { return tl::logsumexp<0, 2>(x); });
  check_case<values::logsumexp_axis_1_keepdims, real>([](auto x) { return tl::logsumexp<1>(x, tl::keepdims); });
}

TEST_CASE("rows far from 0, infinite rows") {
  check_case<values::logsumexp_huge, real>([](auto x) { return tl::logsumexp<1>(x); });
  check_case<values::logsumexp_infinite, real>([](auto x) { return tl::logsumexp<1>(x); });
}

TEST_CASE("limits") {
  const auto f = [](auto x) { return tl::logsumexp(x); };
  on_vector(f, std::array{1000.0, 1000.0}, [](double y, const auto& dx) {
    CHECK(distance(y, 1000 + std::log(2.0L)) < 1e-15);
    CHECK(dx == std::vector<double>{0.5, 0.5});
  });
  on_vector(f, std::array{-inf, -inf}, [](double y, const auto& dx) {
    CHECK(y == -inf);
    CHECK(dx == std::vector<double>{0, 0});
  });
  on_vector(f, std::array{inf, 0.0}, [](double y, const auto& dx) {
    CHECK(y == inf);
    CHECK(is_nan(dx[0]));
    CHECK(dx[1] == 0);
  });
  on_vector(f, std::array{nan, 0.0}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector(f, std::array{-3.5}, [](double y, const auto& dx) {
    CHECK(y == -3.5);
    CHECK(dx == std::vector<double>{1});
  });
  on_vector(f, std::array{-1e4, 0.0}, [](double y, const auto& dx) {
    CHECK(y == 0);
    CHECK(dx == std::vector<double>{0, 1});
  });
  on_vector(f, std::array<double, 0>{}, [](double y, const auto&) { CHECK(y == -inf); });
}

}  // namespace checks
