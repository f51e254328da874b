#pragma once
#include <tapeless/ops/shape_ops.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// The axis counted from the front; -1: there is none such.
constexpr int axis_of(int axis, int rank) {
  if (axis < 0) axis += rank;
  return axis >= 0 && axis < rank ? axis : -1;
}
inline constexpr const char* no_such_axis = "the axis is out of range";

/// A reshape whose target follows from the operand's shape; an empty message means that there is one.
struct reshaping {
  shape target{};
  const char* problem = nullptr;
};

template <class Target, class X> constexpr text mistaken_reshape() {
  text message = Target{}(X::shape).problem;
  X::describe(message << ": ", 1);
  print_operand(message, {X::type, X::shape});
  return message;
}

/// Applies reshape to the target that `Target(shape of x)` gives.
template <class Target, class X> constexpr auto reshape_by(X x) {
  if constexpr (traced<X>) {
    const reshaping r = Target{}(x.shape());
    if (r.problem != nullptr) fail(*x.owner, r.problem);
    return reshape(x, r.target);
  } else {
    static_assert(expression<X>, "tapeless: this op works on tensors, not on plain numbers");
    constexpr reshaping r = Target{}(X::shape);
    if constexpr (r.problem != nullptr && X::sound) verify<&mistaken_reshape<Target, X>>();
    return apply<with<reshape_op, attributes{.target = r.target}>>(x);
  }
}

}  // namespace tapeless::detail
