#include "support/check.hpp"

#include <tapeless/ops/cast.hpp>

namespace checks {

namespace {
/// Truncates; the smallest integer for NaN and for what does not fit.
template <class To> constexpr auto converted = [](auto x) -> To {
  using From = decltype(x);
  if constexpr (std::same_as<To, bool>) {
    return x != From{};
  } else if constexpr (std::floating_point<From> && std::integral<To>) {
    const wide whole = std::trunc(static_cast<wide>(x));
    const bool fits = whole >= static_cast<wide>(std::numeric_limits<To>::min()) && whole <= static_cast<wide>(std::numeric_limits<To>::max());
    return fits ? static_cast<To>(whole) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(x);
  }
};
}  // namespace

TEST_CASE_TEMPLATE("cast", To, float, double, std::int32_t, std::int64_t, bool) {
  check_exact<tl::cast_op<To>, float, double, std::int32_t, std::int64_t, bool>(converted<To>);
}

}  // namespace checks
