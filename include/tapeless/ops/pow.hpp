#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/logarithm.hpp>
#include <tapeless/ops/roots.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise a^b.
///   shape     broadcast of both     dtype  common (numeric); integers wrap, 0 to a negative power is 0
///   limits    those of C: a^0 = 1 and 1^b = 1 also for NaN; 0^(b < 0) = inf; NaN for a < 0 where b is not whole
///   gradient  da = dy b a^(b-1), exactly 0 where b is 0; db = dy y log(a): exactly 0 where a is 0 and b is not
///             negative, NaN where a < 0, also for whole b
struct pow_op : elementwise<2, element_domain::numeric> {
  static constexpr auto name = "pow";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::pow; return pow(a, b); }
  static constexpr gradients gradient(ref dy, ref y, ref a, ref b);
};
template <class A, class B> requires any_operand<A, B> constexpr auto pow(A a, B b) { return apply<pow_op>(a, b); }

constexpr gradients pow_op::gradient(ref dy, ref y, ref a, ref b) {
  const ref slope = where(b == 0.0, 0.0, b * pow(a, b - 1.0));
  const ref growth = where(a == 0.0 && b >= 0.0, 0.0, y * log(a));
  return inputs(dy * slope, dy * growth);
}

namespace detail {
/// x^n by squaring; n > 0.
template <class X> constexpr X whole_power(X x, unsigned n) {
  while (n % 2 == 0) x = square(x), n /= 2;
  X result = x;
  while ((n /= 2) != 0) {
    x = square(x);
    if (n % 2 != 0) result = result * x;
  }
  return result;
}
template <int N> struct power_of {
  template <class X> constexpr auto operator()(X x) const {
    constexpr unsigned n = N < 0 ? 0u - static_cast<unsigned>(N) : static_cast<unsigned>(N);
    // x^0 is the general power: 1 also for NaN, and x stays in the graph, with gradient 0.
    if constexpr (N == 0) return pow(x, 0.0);
    else if constexpr (N > 0) return whole_power(x, n);
    else return reciprocal(whole_power(x, n));
  }
};
}  // namespace detail

/// Elementwise x^N for a whole number N, by multiplication: at most 2 log2 |N| rounding errors, and no slower pow.
///   shape     that of x             dtype  that of x (numeric; floating where N < 0)
///   limits    x^0 = 1 also for NaN; 0^-N = inf with the sign of 0 for odd N
///   gradient  that of the product: dx = dy N x^(N-1); 0 for N = 0
template <int N, class X> requires any_operand<X> constexpr auto pow(X x) { return invoke(detail::power_of<N>{}, x); }

}  // namespace tapeless
