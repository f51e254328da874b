#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/slice.hpp>
#include <tapeless/ops/softmax.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("softmax") {
  check_case<values::softmax_axis_0, real>([](auto x) { return tl::softmax<0>(x); });
  check_case<values::softmax_axis_1, real>([](auto x) { return tl::softmax<1>(x); });
  check_case<values::softmax_axis_2, real>([](auto x) { return tl::softmax(x); });
  check_case<values::softmax_huge, real>([](auto x) { return tl::softmax(x); });
  check_case<values::softmax_one_class, real>([](auto x) { return tl::softmax(x); });
}

TEST_CASE("log_softmax") {
  check_case<values::log_softmax_axis_0, real>([](auto x) { return tl::log_softmax<0>(x); });
  check_case<values::log_softmax_axis_2, real>([](auto x) { return tl::log_softmax(x); });
  check_case<values::log_softmax_huge, real>([](auto x) { return tl::log_softmax(x); });
}

TEST_CASE("limits") {
  const auto first = [](auto x) { return tl::sum(tl::slice<0, 0, 1>(tl::softmax(x))); };
  on_vector<2>(first, std::array{-inf, 0.0}, [](double y, const auto&) { CHECK(y == 0); });
  on_vector<2>(first, std::array{-inf, -inf}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector<2>(first, std::array{0.0, inf}, [](double y, const auto&) { CHECK(is_nan(y)); });
  on_vector<2>(first, std::array{0.0, nan}, [](double y, const auto&) { CHECK(is_nan(y)); });
  const auto log_first = [](auto x) { return tl::sum(tl::slice<0, 0, 1>(tl::log_softmax(x))); };
  on_vector<2>(log_first, std::array{-1e4, 0.0}, [](double y, const auto& dx) {
    CHECK(y == -1e4);
    CHECK(dx == std::vector<double>{1, -1});
  });
}

}  // namespace checks
