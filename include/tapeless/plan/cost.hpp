#pragma once
#include <tapeless/ops/convolution.hpp>
#include <tapeless/plan/plan.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Of a convolution or one of its adjoints: 2 for each element of the convolved images and each of a kernel's weights.
/// Pooling counts nothing.
template <class Graph> constexpr std::int64_t convolution_flops(const Graph& g, int id, const binding& b) {
  const auto* op = g[id].op;
  const bool forward = is_op<conv2d_op>(op), by_images = is_op<conv2d_by_images_op>(op);
  if (!forward && !by_images && !is_op<conv2d_by_kernels_op>(op)) return 0;
  const auto& convolved = g.shape_of(forward ? id : g.operand_of(id, by_images ? 0 : 1));
  const auto& kernels = g.shape_of(forward || by_images ? g.operand_of(id, 1) : id);
  return kernels[0] == dim(0) ? 0 : 2 * b.count(convolved) * b.count(kernels) / b(kernels[0]);
}

/// What a kernel takes on one core, in nanoseconds, roughly: the larger of what its arithmetic and its memory take.
///   arithmetic  32 FLOPs a nanosecond in a product or a convolution; in a loop 16 simple operations, 1 function such as exp
///   memory      16 bytes a nanosecond
template <class Graph, class Plan> constexpr std::int64_t cost_of(const Graph& g, const Plan& p, const kernel& k, const binding& b) {
  std::int64_t bytes = 0;
  for (int i = 0; i < k.access_count; ++i) {
    const auto& n = g[p.accesses[static_cast<std::size_t>(k.first_access + i)].node];
    bytes += b.count(g.shapes[static_cast<std::size_t>(n.shape)]) * size_of(n.type);
  }
  std::int64_t arithmetic = 0;
  if (k.kind == kernel_kind::contraction) {
    const auto& x = g.shape_of(g.operand_of(k.node, 0));
    arithmetic = 2 * b.count(g.shape_of(k.node)) * b(x[g.attributes_of(k.node).a == 1 ? x.rank - 2 : x.rank - 1]) / 32;
  } else if (k.kind == kernel_kind::windowed) {
    arithmetic = convolution_flops(g, k.node, b) / 32;
  } else if (k.kind == kernel_kind::loop) {
    std::int64_t of_element = 0;
    for (int i = 0; i < k.step_count; ++i) {
      of_element += p.steps[static_cast<std::size_t>(k.first_step + i)].op->cost;
    }
    arithmetic = of_element * b.count(g.shapes[static_cast<std::size_t>(k.domain)]) / 16;
  }
  return std::max(arithmetic, bytes / 16);
}

}  // namespace tapeless
