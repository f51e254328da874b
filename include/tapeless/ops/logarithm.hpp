#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/where.hpp>

#include <numbers>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise natural logarithm.
///   shape     that of x             dtype  that of x (floating)
///   limits    log(+-0) = -inf, log(inf) = inf, log(x < 0) = NaN
///   gradient  dx = dy / x: +-inf at +-0; finite below 0, where the value is NaN
struct log_op : elementwise<1> {
  static constexpr auto name = "log";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::log; return log(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy / x); }
};
template <class X> requires any_operand<X> constexpr auto log(X x) { return apply<log_op>(x); }

/// Elementwise log(1 + x), without cancellation near 0.
///   shape     that of x             dtype  that of x (floating)
///   limits    log1p(+-0) = +-0, log1p(-1) = -inf, log1p(inf) = inf, log1p(x < -1) = NaN
///   gradient  dx = dy / (1 + x): +inf at -1
struct log1p_op : elementwise<1> {
  static constexpr auto name = "log1p";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::log1p; return log1p(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy / (1.0 + x)); }
};
template <class X> requires any_operand<X> constexpr auto log1p(X x) { return apply<log1p_op>(x); }

/// Elementwise logarithm to base 2; exact for powers of 2. Limits as log.
///   shape     that of x             dtype  that of x (floating)
///   gradient  dx = dy / (x ln 2)
struct log2_op : elementwise<1> {
  static constexpr auto name = "log2";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) { using math::log2; return log2(x); }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(dy / (std::numbers::ln2 * x)); }
};
template <class X> requires any_operand<X> constexpr auto log2(X x) { return apply<log2_op>(x); }

/// Elementwise a log(b), and 0 where a is 0: the entropy of x is -xlogy(x, x).
///   shape     broadcast of both     dtype  common (floating)
///   limits    xlogy(0, b) = 0 for all b but NaN
///   gradient  da = dy log(b), also where a is 0: -inf for b = 0; db = dy a / b, exactly 0 where a is 0
struct xlogy_op : elementwise<2> {
  static constexpr auto name = "xlogy";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) {
    using math::full_like, math::log, math::logical_and, math::select;
    return select(logical_and(a == full_like(a, 0), b == b), full_like(a, 0), a * log(b));
  }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b) { return inputs(dy * log(b), detail::choose(a == 0.0, 0.0, dy * (a / b))); }
};
template <class A, class B> requires any_operand<A, B> constexpr auto xlogy(A a, B b) { return apply<xlogy_op>(a, b); }

namespace detail {
struct entropy_of {
  template <class X> constexpr auto operator()(X x) const { return xlogy(-x, x); }
};
}  // namespace detail

/// Elementwise -x log(x), what an event of probability x adds to an entropy.
///   shape     that of x             dtype  that of x (floating)
///   limits    0 at +-0, NaN below
///   gradient  dx = -dy (log(x) + 1): +inf at 0
template <class X> requires any_operand<X> constexpr auto entropy(X x) { return tapeless::invoke(detail::entropy_of{}, x); }

}  // namespace tapeless
