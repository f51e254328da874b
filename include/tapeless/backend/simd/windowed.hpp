#pragma once
#include <tapeless/backend/simd/convolution.hpp>
#include <tapeless/backend/simd/pooling.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

template <class Op> inline constexpr bool is_convolution = std::same_as<Op, conv2d_op> || std::same_as<Op, conv2d_by_images_op> || std::same_as<Op, conv2d_by_kernels_op>;

/// Bytes of scratch memory for a windowed node. The operands of conv2d and its adjoints are two of x, w, y; the result is the
/// third.
template <class Graph, class Binding> constexpr std::int64_t windowed_workspace(const Graph& g, int node, const Binding& b) {
  const auto* const op = g[node].op;
  const bool forward = is_op<conv2d_op>(op), by_images = is_op<conv2d_by_images_op>(op);
  if (!forward && !by_images && !is_op<conv2d_by_kernels_op>(op)) return 0;
  const auto extents = [&](int id) {
    convolution_extents::four e{};
    for (int axis = 0; axis < 4; ++axis) e[static_cast<std::size_t>(axis)] = b(g.shape_of(id)[axis]);
    return e;
  };
  const auto first = extents(g.operand_of(node, 0)), second = extents(g.operand_of(node, 1)), result = extents(node);
  const auto& a = g.attributes_of(node);
  const auto e = forward ? convolution_extents(a, first, second, result) : by_images ? convolution_extents(a, result, second, first) : convolution_extents(a, first, result, second);
  return g[node].type == dtype::f32 ? convolution_workspace<float>(e) : convolution_workspace<double>(e);
}

/// The part [begin, end) of a tensor along an axis.
template <class T> tensor_view<T> part_of(tensor_view<T> t, std::size_t axis, std::int64_t begin, std::int64_t end) {
  t.data += begin * t.strides[axis];
  t.extents[axis] = end - begin;
  return t;
}

/// A share of a windowed op's work: some of the images or, where they are too few, of what each of them is made of.
template <class Op, attributes A, class T, class First, class... In> void run_windowed([[maybe_unused]] void* workspace, gemm_share share, tensor_view<T> out, tensor_view<First> first, tensor_view<In>... in) noexcept {
  constexpr bool by_kernels = std::same_as<Op, conv2d_by_kernels_op>;
  const std::size_t axis = out.extents[0] >= share.count || is_convolution<Op> ? 0 : 1;
  if (!by_kernels && share.count > 1 && out.extents[axis] >= share.count) {
    const auto begin = share.begin(out.extents[axis]), end = share.end(out.extents[axis]);
    const auto part = [&](auto t) { return part_of(t, axis, begin, end); };
    if constexpr (is_convolution<Op>) convolution_kernel<Op>::run(A, workspace, part(out), part(first), in...);
    else pooling_kernel<Op>::template run<A>(part(out), part(first), part(in)...);
  } else if constexpr (is_convolution<Op>) {
    convolution_kernel<Op>::run(A, workspace, out, first, in..., share);
  } else if (share.index == 0) {
    pooling_kernel<Op>::template run<A>(out, first, in...);
  }
}

}  // namespace tapeless::wide
