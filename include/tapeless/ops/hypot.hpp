#pragma once
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise sqrt(a^2 + b^2), whose squares neither overflow nor vanish.
///   shape     broadcast of both     dtype  common (floating)
///   limits    hypot(+-0, +-0) = 0; inf if either is infinite, also beside NaN
///   gradient  da = dy a / y, db = dy b / y: exactly 0 at the origin
struct hypot_op : elementwise<2> {
  static constexpr int cost = 12;
  static constexpr auto name = "hypot";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) {
    using math::abs, math::full_like, math::isinf, math::max, math::min, math::select, math::sqrt;
    const T size_a = abs(a), size_b = abs(b), greater = max(size_a, size_b), ratio = min(size_a, size_b) / greater;
    const T length = greater * sqrt(full_like(a, 1) + ratio * ratio);
    const T finite = select(greater == full_like(a, 0), full_like(a, 0), length);
    return select(isinf(a), size_a, select(isinf(b), size_b, finite));
  }
  static constexpr gradients gradient(ref dy, ref y, ref a, ref b) {
    const ref origin = y == 0.0;
    const ref da = detail::choose(origin, 0.0, dy * (a / y));
    const ref db = detail::choose(origin, 0.0, dy * (b / y));
    return inputs(da, db);
  }
};
template <class A, class B> requires any_operand<A, B> constexpr auto hypot(A a, B b) { return apply<hypot_op>(a, b); }

}  // namespace tapeless
