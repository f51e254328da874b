#pragma once
#include <tapeless/ops/elementwise.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// To a dtype that is known while a graph is built.
constexpr ref cast_to(ref x, dtype to);

/// Elementwise conversion to another dtype.
///   shape     that of x             dtype  To
///   limits    floating to integer truncates, and gives the smallest integer for NaN and what does not fit; to bool asks
///             x != 0 (true for NaN); from bool gives 0 and 1;
///             to bfloat16 and float16 rounds to the nearest, halves to the even one
///   gradient  dx = dy cast back where both are floating, else none; as a float where x is narrow
template <element To> struct cast_op : elementwise<1, element_domain::any> {
  static constexpr int cost = 1;
  static constexpr bool tame = true;
  static constexpr std::string_view name = [] {
    constexpr std::string_view names[]{"cast_float", "cast_double", "cast_int32", "cast_int64", "cast_bool", "cast_bfloat16", "cast_float16"};
    return names[static_cast<int>(dtype_of<To>)];
  }();
  static constexpr inferred infer(operands x, const attributes&) { return {dtype_of<To>, x[0].shape}; }
  template <class T> TAPELESS_HOST_DEVICE static constexpr auto value(T x) { using math::cast; return cast<To>(x); }
  static constexpr gradients gradient(ref dy, ref y, ref x) {
    return is_differentiable(x.type()) && is_differentiable(y.type()) ? inputs(cast_to(dy, derivative_type(x.type()))) : inputs(no_gradient);
  }
};

/// `cast<To>(x)`; x itself where it has that dtype already.
template <element To, class X> requires any_operand<X> constexpr auto cast(X x) {
  if constexpr (traced<X>) {
    return x.type() == dtype_of<To> ? x : apply<cast_op<To>>(x);
  } else if constexpr (expression<X>) {
    if constexpr (X::type == dtype_of<To> && !X::weak) return x;
    else return apply<cast_op<To>>(x);
  } else {
    return apply<cast_op<To>>(x);
  }
}
constexpr ref cast_to(ref x, dtype to) {
  switch (to) {
    case dtype::f32: return cast<float>(x);
    case dtype::f64: return cast<double>(x);
    case dtype::i32: return cast<std::int32_t>(x);
    case dtype::i64: return cast<std::int64_t>(x);
    case dtype::boolean: return cast<bool>(x);
    case dtype::bf16: return cast<bfloat16>(x);
    case dtype::f16: return cast<float16>(x);
  }
  return x;
}

}  // namespace tapeless
