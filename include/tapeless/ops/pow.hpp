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
  const ref slope = detail::choose(b == 0.0, 0.0, b * pow(a, b - 1.0));
  const ref growth = detail::choose(a == 0.0 && b >= 0.0, 0.0, y * log(a));
  return inputs(dy * slope, dy * growth);
}

namespace detail {
/// x^n by squaring; n > 0.
template <class X, class Square> TAPELESS_HOST_DEVICE constexpr X whole_power(X x, unsigned n, Square squared) {
  while (n % 2 == 0) x = squared(x), n /= 2;
  X result = x;
  while ((n /= 2) != 0) {
    x = squared(x);
    if (n % 2 != 0) result = result * x;
  }
  return result;
}
/// "inverse_power_N"
template <unsigned N> inline constexpr auto name_of_inverse_power = [] {
  std::array<char, 24> name{"inverse_power_"};
  std::size_t size = 14;
  for (unsigned n = N; n != 0; n /= 10) ++size;
  std::size_t i = size;
  for (unsigned n = N; n != 0; n /= 10) name[--i] = static_cast<char>('0' + n % 10);
  return name;
}();
}  // namespace detail

/// Elementwise 1 / x^N. An op of its own because the gradient of the composition is 0 times inf at 0.
///   gradient  dx = -N dy y / x
template <unsigned N> struct inverse_power_op : elementwise<1> {
  static constexpr int cost = 8;
  static constexpr std::string_view name{detail::name_of_inverse_power<N>.data()};
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) {
    using math::reciprocal;
    return reciprocal(detail::whole_power(x, N, [](T e) { return e * e; }));
  }
  static constexpr gradients gradient(ref dy, ref y, ref x) { return inputs(dy * (-static_cast<double>(N) * y * reciprocal(x))); }
};

namespace detail {
template <int N> struct power_of {
  template <class X> constexpr auto operator()(X x) const {
    constexpr unsigned n = N < 0 ? 0u - static_cast<unsigned>(N) : static_cast<unsigned>(N);
    // x^0 is the general power: 1 also for NaN, and x stays in the graph, with gradient 0.
    if constexpr (N == 0) return pow(x, 0.0);
    else if constexpr (N > 0) return whole_power(x, n, [](X e) { return square(e); });
    else if constexpr (N == -1) return reciprocal(x);
    else return apply<inverse_power_op<n>>(x);
  }
};
}  // namespace detail

/// Elementwise x^N for a whole number N, by multiplication: at most 2 log2 |N| rounding errors, and no slower pow.
///   shape     that of x             dtype  that of x (numeric; floating where N < 0)
///   limits    x^0 = 1 also for NaN; 0^-N = inf with the sign of 0 for odd N
///   gradient  dx = dy N x^(N-1), also infinite at 0; 0 for N = 0
template <int N, class X> requires any_operand<X> constexpr auto pow(X x) { return tapeless::invoke(detail::power_of<N>{}, x); }

}  // namespace tapeless
