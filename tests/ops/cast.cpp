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

TEST_CASE_TEMPLATE("gradients are cast back between floating dtypes and end at others", B, simd, reference) {
  constexpr tl::placeholder<"x", double, 19> x;
  constexpr tl::placeholder<"w", float, 19> w;
  const auto narrow = tl::cast<float>(x) * w;
  const auto through_integers = tl::cast<double>(tl::cast<std::int32_t>(x)) * x;
  auto session = tl::session<typename B::policy>(tl::derivative(tl::sum(narrow * narrow), x), tl::derivative(tl::sum(through_integers), x));
  const auto xs = points<double>(-3, 3, 19);
  const auto ws = points<float>(-1, 1, 19, 2);
  const auto [dx, whole] = session.run(x = xs, w = ws);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    CHECK(distance(dx[static_cast<std::int64_t>(i)], 2 * xs[i] * static_cast<wide>(ws[i]) * static_cast<wide>(ws[i])) < 1e-6);
    CHECK(whole[static_cast<std::int64_t>(i)] == std::trunc(xs[i]));
  }
}

TEST_CASE("a cast to the same dtype is the operand itself") {
  constexpr tl::placeholder<"x", double, 19> x;
  static_assert(std::same_as<decltype(tl::cast<double>(x)), std::remove_const_t<decltype(x)>>);
}

}  // namespace checks
