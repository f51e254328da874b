#pragma once
#include <tapeless/ops/rounding.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Elementwise remainder of the floored quotient: it has the sign of b, as in Python and NumPy.
///   shape     broadcast of both     dtype  common (numeric)
///   limits    mod(a, 0): NaN, for integers 0; mod(inf, b) = NaN; mod(a, inf) = a where a >= 0
///   gradient  da = dy, db = -dy floor(a / b); so too at the multiples of b, where mod jumps
struct mod_op : elementwise<2, element_domain::numeric> {
  static constexpr auto name = "mod";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T a, T b) { using math::mod; return mod(a, b); }
  // a - y is the whole multiple of b that the value left out; floor(a / b) may be off by one where a / b rounds.
  static constexpr gradients gradient(ref dy, ref y, ref a, ref b) { return inputs(dy, -dy * round((a - y) / b)); }
};
template <class A, class B> requires any_operand<A, B> constexpr auto mod(A a, B b) { return apply<mod_op>(a, b); }

}  // namespace tapeless
