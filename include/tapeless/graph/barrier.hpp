#pragma once
#include <tapeless/graph/marker.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The first operand, not to be used before the others are there: what is computed from it is computed again, and late. It
/// takes no code and no memory; no pass looks through it but the one that finds a tensor's storage.
///   gradient  dx = dy for the first operand
struct barrier_op : pass_through {
  static constexpr auto name = "barrier";
  static constexpr inferred infer(operands x, const attributes&) { return {x[0].type, x[0].shape}; }
  static constexpr void gradient(ref dy, ref, std::span<const ref>, std::span<ref> dx) { dx[0] = dy; }
};

/// How many of a node's operands its value is computed from: neither what a barrier waits for nor what a marker tells of.
constexpr int value_operands(const op_info* op, int count) { return op == id_of<barrier_op>() || is_marker(op) ? 1 : count; }

}  // namespace tapeless
