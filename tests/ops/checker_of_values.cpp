// The checkers of values and limits: ops with planted mistakes must be found out.
#include "support/check.hpp"

#include <tapeless/ops/exponential.hpp>

namespace checks {

namespace {

struct cube : tl::elementwise<1> {
  static constexpr auto name = "x^3";
  template <class T> static constexpr T value(T x) { return x * x * x; }
  static constexpr tl::gradients gradient(tl::ref dy, tl::ref, tl::ref x) { return tl::inputs(dy * (3.0 * (x * x))); }
};

}  // namespace

TEST_CASE("wrong values are found") {
  const auto exact = [](wide x) { return x * x * x; };
  CHECK(value_faults<cube>(exact, {.from = -2, .to = 2, .ulp = 1.5}).none());
  CHECK_FALSE(value_faults<cube>(exact, {.from = -2, .to = 2, .ulp = 0.5}).none());  // two roundings are seen
  CHECK_FALSE(value_faults<cube>([](wide x) { return x * x; }, {.from = -2, .to = 2, .ulp = 1e6}).none());
}

TEST_CASE("wrong limits are found") {
  CHECK(limit_faults<cube>({{-0.0, -0.0}, {2, 8}, {inf, inf}, {nan, nan}}).none());
  CHECK_FALSE(limit_faults<cube>({{-0.0, 0}}).none());
  CHECK_FALSE(limit_faults<cube>({{2, std::nextafter(8.0, 9.0)}}).none());
  CHECK_FALSE(limit_faults<cube>({{inf, nan}}).none());
  CHECK_FALSE(limit_faults<cube>({{nan, 0}}).none());
  CHECK(gradient_limit_faults<cube>({{2, 12}, {inf, inf}}).none());
  CHECK_FALSE(gradient_limit_faults<cube>({{2, 12}, {inf, 0}}).none());
  CHECK_FALSE(gradient_limit_faults<cube>({{2, 11}}).none());
}

TEST_CASE("stored curves are compared") {
  CHECK(curve_faults<tl::exp_op>(oracle::curves::exp).none());
  CHECK_FALSE(curve_faults<tl::exp_op>(oracle::curves::exp2, {.ulp = 1e3, .tolerance = 1e-3}).none());
}

}  // namespace checks
