#pragma once
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/tensor_view.hpp>
#include <tapeless/backend/windowed.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/reductions.hpp>
#include <tapeless/ops/shape_ops.hpp>
#include <tapeless/ops/slice.hpp>

#include <array>
#include <cstdint>
#include <utility>

/// The meaning of each op, element by element in row-major order: `compute(tag<Op>, attributes, out, in...)`.
namespace tapeless::inline TAPELESS_ABI::plain {

template <class Op> struct tag {};

/// The place of an element in a tensor, by axis.
using position = std::array<std::int64_t, max_rank>;
constexpr std::int64_t& axis_of(position& p, std::int64_t axis) { return p[static_cast<std::size_t>(axis)]; }

/// Visits the places of a tensor in row-major order.
template <class T, class F> constexpr void each_position(const tensor_view<T>& t, F visit) {
  position p{};
  for (auto left = t.size(); left > 0; --left) {
    visit(std::as_const(p));
    for (auto axis = static_cast<std::size_t>(t.rank); axis-- > 0; p[axis] = 0)
      if (++p[axis] < t.extents[axis]) break;
  }
}

template <class T> constexpr T& at(const tensor_view<T>& t, const position& p) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(t.rank); ++axis) offset += p[axis] * t.strides[axis];
  return t.data[offset];
}

/// The element that t, broadcast to `rank` axes, has at p: axes are matched from the last one; those of extent 1 repeat.
template <class T> constexpr T& broadcast_at(const tensor_view<T>& t, const position& p, int rank) {
  position own{};
  for (int axis = 0; axis < t.rank; ++axis)
    own[static_cast<std::size_t>(axis)] = t.extents[static_cast<std::size_t>(axis)] == 1 ? 0 : p[static_cast<std::size_t>(rank - t.rank + axis)];
  return at(t, own);
}

template <class Op, class Out, class... In> requires(Op::kind == op_kind::elementwise)
constexpr void compute(tag<Op>, const attributes&, tensor_view<Out> out, tensor_view<const In>... in) {
  each_position(out, [&](const position& p) { at(out, p) = Op::value(broadcast_at(in, p, out.rank)...); });
}

template <class Op, class T> requires(Op::kind == op_kind::reduction)
constexpr void compute(tag<Op>, const attributes& a, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) { at(out, p) = Op::template identity<T>(); });
  each_position(in, [&](const position& p) {
    position kept{};
    std::size_t n = 0;
    for (int axis = 0; axis < in.rank; ++axis) {
      const bool reduced = (a.a >> axis & 1) != 0;
      if (!reduced) kept[n++] = p[static_cast<std::size_t>(axis)];
      else if (a.b == 1) kept[n++] = 0;
    }
    at(out, kept) = Op::combine(at(out, kept), at(in, p));
  });
}

template <class Op, class Out, class... In> requires(Op::kind == op_kind::indexed)
constexpr void compute(tag<Op>, const attributes& a, tensor_view<Out> out, tensor_view<const In>... in) {
  indexed_loops<Op>::run(a, out, in...);
}

template <class Op, class Out, class... In> requires(Op::kind == op_kind::windowed)
constexpr void compute(tag<Op>, const attributes& a, tensor_view<Out> out, tensor_view<const In>... in) {
  windowed_loops<Op>::run(a, out, in...);
}

template <class T> constexpr void compute(tag<reshape_op>, const attributes&, tensor_view<T> out, tensor_view<const T> in) {
  std::int64_t i = 0;  // both are contiguous
  each_position(out, [&](const position& p) { at(out, p) = in.data[i++]; });
}

template <class T> constexpr void compute(tag<stop_gradient_op>, const attributes&, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) { at(out, p) = at(in, p); });
}

template <class Op, class T, class... Further> requires(Op::passes_first)
constexpr void compute(tag<Op>, const attributes&, tensor_view<T> out, tensor_view<const T> in, const Further&...) {
  each_position(out, [&](const position& p) { at(out, p) = at(in, p); });
}

template <class T> constexpr void compute(tag<broadcast_to_op>, const attributes&, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) { at(out, p) = broadcast_at(in, p, out.rank); });
}

template <class T> constexpr void compute(tag<transpose_op>, const attributes& a, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) {
    position from{};
    for (int axis = 0; axis < out.rank; ++axis) axis_of(from, transpose_op::old_axis(a, axis)) = p[static_cast<std::size_t>(axis)];
    at(out, p) = at(in, from);
  });
}

template <class T> constexpr void compute(tag<slice_op>, const attributes& a, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) {
    position from = p;
    axis_of(from, a.a) = a.b + a.c * axis_of(from, a.a);
    at(out, p) = at(in, from);
  });
}

template <class T> constexpr void compute(tag<pad_op>, const attributes& a, tensor_view<T> out, tensor_view<const T> in) {
  each_position(out, [&](const position& p) { at(out, p) = static_cast<T>(a.number()); });
  each_position(in, [&](const position& p) {
    position to = p;
    axis_of(to, a.a) = a.b + a.c * axis_of(to, a.a);
    at(out, to) = at(in, p);
  });
}

template <class T, class... In> constexpr void compute(tag<concat_op>, const attributes& a, tensor_view<T> out, tensor_view<const T> first, In... rest) {
  std::int64_t start = 0;
  for (const auto& in : {first, rest...}) {
    each_position(in, [&](const position& p) {
      position to = p;
      axis_of(to, a.a) += start;
      at(out, to) = at(in, p);
    });
    start += in.extents[static_cast<std::size_t>(a.a)];
  }
}

template <class T> constexpr void compute(tag<matmul_op>, const attributes& transposed, tensor_view<T> out, tensor_view<const T> a, tensor_view<const T> b) {
  const auto turned = [](tensor_view<const T> t, bool flag) {
    const auto r = static_cast<std::size_t>(t.rank);
    if (flag) std::swap(t.extents[r - 1], t.extents[r - 2]), std::swap(t.strides[r - 1], t.strides[r - 2]);
    return t;
  };
  a = turned(a, transposed.a == 1), b = turned(b, transposed.b == 1);
  const auto rank = static_cast<std::size_t>(out.rank);
  const auto depth = a.extents[static_cast<std::size_t>(a.rank) - 1];
  each_position(out, [&](const position& p) {
    T sum{};
    for (std::int64_t k = 0; k < depth; ++k) {
      position left = p, right = p;
      left[rank - 1] = k, right[rank - 2] = k;
      sum = add_op::value(sum, multiply_op::value(broadcast_at(a, left, out.rank), broadcast_at(b, right, out.rank)));
    }
    at(out, p) = sum;
  });
}

}  // namespace tapeless::plain
