#pragma once
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/where.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise lesser of a and b.
///   shape     broadcast of both     dtype  common (numeric)
///   limits    NaN if either is NaN, in either order
///   gradient  dy to the lesser; half to each where they are equal; dy to both where one is NaN
struct minimum_op : elementwise<2, element_domain::numeric> {
  static constexpr int cost = 3;
  static constexpr auto name = "minimum";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::min; return min(a, b); }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) {
    const ref shared = detail::choose(a == b, 0.5 * dy, dy);
    return inputs(detail::choose(a > b, 0.0, shared), detail::choose(b > a, 0.0, shared));
  }
};
template <class A, class B> requires any_operand<A, B> constexpr auto minimum(A a, B b) { return apply<minimum_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto min(A a, B b) { return minimum(a, b); }

/// Elementwise greater of a and b; otherwise as minimum.
struct maximum_op : elementwise<2, element_domain::numeric> {
  static constexpr int cost = 3;
  static constexpr auto name = "maximum";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::max; return max(a, b); }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) {
    const ref shared = detail::choose(a == b, 0.5 * dy, dy);
    return inputs(detail::choose(a < b, 0.0, shared), detail::choose(b < a, 0.0, shared));
  }
};
template <class A, class B> requires any_operand<A, B> constexpr auto maximum(A a, B b) { return apply<maximum_op>(a, b); }
template <class A, class B> requires any_operand<A, B> constexpr auto max(A a, B b) { return maximum(a, b); }

// No templates, so that they win over std::min and std::max where those are visible too.
constexpr ref min(ref a, ref b) { return minimum(a, b); }
constexpr ref max(ref a, ref b) { return maximum(a, b); }

/// Elementwise x, but at least low and at most high.
///   shape     broadcast of all three     dtype  common (numeric)
///   limits    high wherever low > high; NaN if any of the three is NaN
///   gradient  dx = dy from low to high, both included, else 0; dlow = dy where x < low <= high;
///             dhigh = dy where x > high or low > high
struct clip_op : elementwise<3, element_domain::numeric> {
  static constexpr int cost = 6;
  static constexpr auto name = "clip";
  static constexpr bool tame = true;
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x, T low, T high) {
    using math::max, math::min;
    return min(max(x, low), high);
  }
  static constexpr gradients gradient(ref dy, ref, ref x, ref low, ref high) {
    return inputs(detail::choose(x >= low && x <= high, dy, 0.0), detail::choose(x < low && low <= high, dy, 0.0), detail::choose(x > high || low > high, dy, 0.0));
  }
};
template <class X, class L, class H> requires any_operand<X, L, H> constexpr auto clip(X x, L low, H high) { return apply<clip_op>(x, low, high); }

}  // namespace tapeless
