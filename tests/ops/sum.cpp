#include "support/cases.hpp"
#include "support/reduction.hpp"
#include "ops/oracles/values.hpp"

#include <tapeless/ops/reductions.hpp>

namespace checks {

namespace values = oracle::values;

TEST_CASE("sum") {
  check_case<values::sum_all, real>([](auto x) { return tl::sum(x); });
  check_case<values::sum_axis_0, real>([](auto x) { return tl::sum<0>(x); });
  check_case<values::sum_last_axis, real>([](auto x) { return tl::sum<-1>(x); });
  check_case<values::sum_axes_0_2, real>([](auto x) { return tl::sum<0, 2>(x); });
  check_case<values::sum_axis_1_keepdims, real>([](auto x) { return tl::sum<1>(x, tl::keepdims); });
}

TEST_CASE("sums of all sizes; integers wrap; an empty sum is 0") {
  check_reduction<float, double, std::int32_t, std::int64_t>([]<int... Axes>(auto x) { return tl::sum<Axes...>(x); }, 0, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::integral<T>) return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
    else return a + b;
  }, 1e-14);
}

}  // namespace checks
