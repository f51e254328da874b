#pragma once
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/concat.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/roots.hpp>
#include <tapeless/transform/rewriter.hpp>

// Rules of operations that move or combine elements of tensors.
namespace tapeless::inline TAPELESS_ABI::detail {

/// Any view of one repeated number is that number repeated.
constexpr int view_of_number(rewriter& r, const draft& n) {
  const int x = r.bare(n.x[0]);
  return r.graph().shape_of(x).rank == 0 ? r.expanded(x, n.shape) : -1;
}

/// Over axes of extent 1, or none, a reduction moves nothing.
constexpr int reduction_of_nothing(rewriter& r, const draft& n) {
  const shape& s = r.graph().shape_of(n.x[0]);
  if (r.graph()[n.x[0]].type != n.type) return -1;
  for (int i = 0; i < s.rank; ++i)
    if ((n.with.a >> i & 1) != 0 && !s[i].is_one()) return -1;
  return r.reshaped(n.x[0], n.shape);
}

constexpr int simplify_reshape(rewriter& r, const draft& n) { return r.reshaped(n.x[0], n.shape); }
constexpr int simplify_broadcast(rewriter& r, const draft& n) { return r.expanded(n.x[0], n.shape); }
constexpr int simplify_stop_gradient(rewriter&, const draft& n) { return n.x[0]; }

constexpr bool swaps_matrices(const attributes& order) {
  const int n = static_cast<int>(order.b);
  for (int i = 0; i < n; ++i)
    if (transpose_op::old_axis(order, i) != (i < n - 2 ? i : 2 * n - 3 - i)) return false;
  return n >= 2;
}
/// The operand of a transpose that swaps the last two axes; -1: it is none.
constexpr int matrix_transposed(const rewriter& r, int id) {
  return r.is<transpose_op>(id) && swaps_matrices(r.graph().attributes_of(id)) ? r.operand(id) : -1;
}

/// No axis moves; two orders become one; (a b)^T = b^T a^T where nothing else reads a b.
constexpr int simplify_transpose(rewriter& r, const draft& n) {
  const int x = n.x[0];
  bool moves = false;
  for (int i = 0; i < n.shape.rank; ++i) moves = moves || transpose_op::old_axis(n.with, i) != i;
  if (!moves) return x;
  if (r.is<transpose_op>(x)) {
    const attributes inner = r.graph().attributes_of(x);
    attributes both{.b = n.with.b};
    for (int i = 0; i < n.shape.rank; ++i) both.a |= std::int64_t{transpose_op::old_axis(inner, transpose_op::old_axis(n.with, i))} << (4 * i);
    return r.make<transpose_op>(n.type, n.shape, both, r.operand(x));
  }
  if (r.is<matmul_op>(x) && swaps_matrices(n.with) && r.readers(x) == 1) {
    const attributes product = r.graph().attributes_of(x);
    return r.make<matmul_op>(n.type, n.shape, {.a = 1 - product.b, .b = 1 - product.a}, r.operand(x, 1), r.operand(x, 0));
  }
  return -1;
}

/// What has an axis of extent 1 among its last two, with these two swapped if so told.
constexpr int swapped_if(rewriter& r, int x, bool swaps) {
  shape s = r.graph().shape_of(x);
  if (swaps) std::swap(s[s.rank - 1], s[s.rank - 2]);
  return r.reshaped(x, s);
}
/// The axis of a product's operand along which it is multiplied (inner), or the other of its last two.
constexpr int axis_of_operand(const draft& n, int side, int rank, bool inner) {
  const bool transposed = (side == 0 ? n.with.a : n.with.b) == 1;
  return rank - ((side == 0) == (inner != transposed) ? 1 : 2);
}
/// A matrix with an axis summed to extent 1.
constexpr int summed(rewriter& r, int x, int axis) {
  shape s = r.graph().shape_of(x);
  const bool last = axis == s.rank - 1;
  s[axis] = dim(1);
  if (const int turned = matrix_transposed(r, x); turned >= 0) return r.reshaped(summed(r, turned, last ? axis - 1 : axis + 1), s);
  return r.make<sum_op>(r.graph()[x].type, s, {.a = std::int64_t{1} << axis, .b = 1}, x);
}
/// An operand that is the same all along the inner axis, as a number or an array with extent 1 along it; -1: it is not.
constexpr int repeated_inside(rewriter& r, const draft& n, int side) {
  const int x = n.x[static_cast<std::size_t>(side)], bare = r.bare(x);
  const shape &full = r.graph().shape_of(x), &s = r.graph().shape_of(bare);
  if (bare == x || full[axis_of_operand(n, side, full.rank, true)].is_one()) return -1;
  if (s.rank == 0) return bare;
  const int inner = axis_of_operand(n, side, s.rank, true);
  if (inner >= 0 && !s[inner].is_one()) return -1;
  if (s.rank == 1) return r.reshaped(bare, side == 0 ? shape(s[0], dim(1)) : shape(dim(1), s[0]));
  return swapped_if(r, bare, (side == 0 ? n.with.a : n.with.b) == 1);
}

/// Operands may be read transposed. A column times a row is elementwise, with the 0 to which sums of products begin. What is
/// the same all along the inner axis is multiplied with a sum: as far from the exact product as a sum of products may be.
constexpr int simplify_matmul(rewriter& r, const draft& n) {
  const shape& left = r.graph().shape_of(n.x[0]);
  for (int side = 0; side < 2; ++side) {
    const int same = repeated_inside(r, n, side), other = n.x[static_cast<std::size_t>(1 - side)];
    if (same < 0) continue;
    const int sum = swapped_if(r, summed(r, other, axis_of_operand(n, 1 - side, r.graph().shape_of(other).rank, true)), (side == 0 ? n.with.b : n.with.a) == 1);
    const int product = r.make_like<multiply_op>(n, same, sum);
    return r.is<multiply_op>(product) ? r.make_like<add_op>(n, product, r.constant(0, n.type)) : product;
  }
  if (left[left.rank - (n.with.a == 1 ? 2 : 1)].is_one()) {
    const int column = swapped_if(r, n.x[0], n.with.a == 1);
    const int row = swapped_if(r, n.x[1], n.with.b == 1);
    const int product = r.make_like<multiply_op>(n, column, row);
    return r.make_like<add_op>(n, product, r.constant(0, n.type));
  }
  const int a = matrix_transposed(r, n.x[0]), b = matrix_transposed(r, n.x[1]);
  if (a < 0 && b < 0) return -1;
  return r.make<matmul_op>(n.type, n.shape, {.a = a < 0 ? n.with.a : 1 - n.with.a, .b = b < 0 ? n.with.b : 1 - n.with.b}, a < 0 ? n.x[0] : a, b < 0 ? n.x[1] : b);
}

/// The sum of (x c)^2 is c^2 times the sum of x^2: the elements are multiplied once less. It is as far from the exact sum, and c is
/// so near to 1 that it was not there to keep squares from becoming too large or too small.
constexpr int square_sum_of_scaled(rewriter& r, const draft& n) {
  const int scaled = r.operand(n.x[0]);
  if (!is_floating(n.type) || !r.is<multiply_op>(scaled) || !r.is_constant(r.operand(scaled, 1)) || !r.has_shape(r.operand(scaled), r.graph().shape_of(n.x[0]))) return -1;
  const double c = r.number(r.operand(scaled, 1)), squared = c * c;
  if (!(squared >= 0.0625 && squared <= 16)) return -1;
  const shape s = r.graph().shape_of(n.x[0]);
  const int squares = r.make<square_op>(n.type, s, {}, r.operand(scaled));
  const int sum = r.make<sum_op>(n.type, n.shape, n.with, squares);
  return r.make<multiply_op>(n.type, n.shape, {}, sum, r.constant(squared, n.type));
}

/// The sum of a product's rows is the product with the sum of the left operand's rows, and so for columns: no product of matrices
/// is left of their sum over both. It is as far from the exact sum as the sum of all products may be.
constexpr int simplify_sum(rewriter& r, const draft& n) {
  const int x = n.x[0];
  if (r.is<square_op>(x)) return square_sum_of_scaled(r, n);
  if (!r.is<matmul_op>(x) || r.readers(x) != 1) return -1;
  shape s = r.graph().shape_of(x);
  const attributes& with = r.graph().attributes_of(x);
  const int both[]{r.operand(x, 0), r.operand(x, 1)};
  int sums[]{both[0], both[1]};
  const draft product{r.graph()[x].op, {both, 2}, n.type, s, with};
  for (int side = 0; side < 2; ++side) {
    const int axis = s.rank - 2 + side;
    if ((n.with.a >> axis & 1) == 0 || s[axis].is_one()) continue;
    sums[side] = summed(r, both[side], axis_of_operand(product, side, r.graph().shape_of(both[side]).rank, false));
  }
  if (sums[0] == both[0] && sums[1] == both[1]) return -1;
  for (int side = 0; side < 2; ++side)
    if (sums[side] != both[side]) s[s.rank - 2 + side] = dim(1);
  return r.make<sum_op>(n.type, n.shape, n.with, r.make<matmul_op>(n.type, s, with, sums[0], sums[1]));
}

/// All of an axis, in its order; a slice that undoes a pad.
constexpr int simplify_slice(rewriter& r, const draft& n) {
  const int x = n.x[0];
  if (n.with.b == 0 && n.with.c == 1 && r.has_shape(x, n.shape)) return x;
  if (!r.is<pad_op>(x) || !r.has_shape(r.operand(x), n.shape)) return -1;
  const auto& pad = r.graph().attributes_of(x);
  return pad.a == n.with.a && pad.b == n.with.b && pad.c == n.with.c ? r.operand(x) : -1;
}

/// With nothing to add.
constexpr int simplify_pad(rewriter& r, const draft& n) { return n.with.b == 0 && n.with.c == 1 && r.has_shape(n.x[0], n.shape) ? n.x[0] : -1; }

/// Of one tensor.
constexpr int simplify_concat(rewriter&, const draft& n) { return n.x.size() == 1 ? n.x[0] : -1; }

}  // namespace tapeless::detail
