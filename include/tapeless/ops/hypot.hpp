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
    using math::abs, math::isinf, math::max, math::min, math::select;
    return select(isinf(a), abs(a), select(isinf(b), abs(b), finite(max(abs(a), abs(b)), min(abs(a), abs(b)))));
  }
  static constexpr gradients gradient(ref dy, ref y, ref a, ref b) {
    const ref origin = y == 0.0;
    const ref da = detail::choose(origin, 0.0, dy * (a / y));
    const ref db = detail::choose(origin, 0.0, dy * (b / y));
    return inputs(da, db);
  }

 private:
  // Functions: nvcc has no variables of a processor's registers in what may run on a card.
  template <class T> TAPELESS_HOST_DEVICE static constexpr T finite(T greater, T smaller) {
    using math::full_like, math::select;
    return select(greater == full_like(greater, 0), full_like(greater, 0), length(greater, smaller / greater));
  }
  template <class T> TAPELESS_HOST_DEVICE static constexpr T length(T greater, T ratio) {
    using math::full_like, math::sqrt;
    return greater * sqrt(full_like(ratio, 1) + ratio * ratio);
  }
};
template <class A, class B> requires any_operand<A, B> constexpr auto hypot(A a, B b) { return apply<hypot_op>(a, b); }

}  // namespace tapeless
