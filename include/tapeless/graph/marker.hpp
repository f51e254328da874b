#pragma once
#include <tapeless/graph/op.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The base of ops that give their first operand as it is.
struct pass_through {
  static constexpr op_kind kind = op_kind::view;
  static constexpr bool passes_first = true;
};

/// The base of ops that tell something to transformations, such as another rule for the gradient, and are gone when the graph
/// is simplified. Their further operands are what is told of: values that gradients flow to.
struct marker : pass_through {
  static constexpr inferred infer(operands x, const attributes&) { return {x[0].type, x[0].shape}; }
};
constexpr bool is_marker(const op_info* op) { return op->infer == &marker::infer; }

}  // namespace tapeless
