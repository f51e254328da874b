#pragma once
#include <tapeless/ops/arithmetic.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/where.hpp>
#include <tapeless/transform/rewriter.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// a b + a c as a (b + c), and b a + c a as (b + c) a, of products in derivatives that nothing else reads; -1: they share no operand.
constexpr int as_one_product(rewriter& r, int x, int y) {
  const auto is_one = [&](int id) { return r.is<matmul_op>(id) && r.graph()[id].derived && r.readers(id) == 1; };
  if (x == y || !is_one(x) || !is_one(y)) return -1;
  const attributes with = r.graph().attributes_of(x);
  const shape s = r.graph().shape_of(x);
  const auto type = r.graph()[x].type;
  if (!(with == r.graph().attributes_of(y)) || !r.has_shape(y, s)) return -1;
  for (int side = 0; side < 2; ++side) {
    const int b = r.operand(x, 1 - side), c = r.operand(y, 1 - side), shared = r.operand(x, side);
    const shape of_operand = r.graph().shape_of(b);
    if (shared != r.operand(y, side) || !r.has_shape(c, of_operand)) continue;
    const int sum = r.make<add_op>(type, of_operand, {}, b, c);
    return side == 0 ? r.make<matmul_op>(type, s, with, shared, sum) : r.make<matmul_op>(type, s, with, sum, shared);
  }
  return -1;
}
/// The operand of x, a sum, that makes one product with y; -1: none.
constexpr int partner_in(rewriter& r, int x, int y, int& product) {
  if (!r.is<add_op>(x) || r.readers(x) != 1 || !r.graph()[x].derived) return -1;
  for (int i = 0; i < 2; ++i)
    if (product = as_one_product(r, r.operand(x, i), y); product >= 0) return i;
  return -1;
}
/// Products that share an operand are one, also (z + a b) + a c.
constexpr int sum_of_products(rewriter& r, const draft& n) {
  int product = as_one_product(r, n.x[0], n.x[1]);
  if (product >= 0) return product;
  for (int side = 0; side < 2; ++side) {
    const int x = n.x[static_cast<std::size_t>(side)], y = n.x[static_cast<std::size_t>(1 - side)];
    if (const int i = partner_in(r, x, y, product); i >= 0) return r.make_like<add_op>(n, r.operand(x, 1 - i), product);
  }
  return -1;
}

/// where(c, x, 0) + where(c, y, 0) = where(c, x + y, 0).
constexpr int sum_of_choices(rewriter& r, const draft& n) {
  const int x = n.x[0], y = n.x[1];
  if (x == y || !r.is<where_op>(x) || !r.is<where_op>(y) || r.operand(x) != r.operand(y) || r.readers(x) != 1 || r.readers(y) != 1) return -1;
  for (const int side : {1, 2})
    if (r.is_constant(r.operand(x, 3 - side), 0.0) && r.is_constant(r.operand(y, 3 - side), 0.0)) {
      const int sum = r.make_like<add_op>(n, r.operand(x, side), r.operand(y, side)), zero = r.operand(x, 3 - side);
      const attributes with = r.graph().attributes_of(x);
      return side == 1 ? r.make<where_op>(n.type, n.shape, with, r.operand(x), sum, zero) : r.make<where_op>(n.type, n.shape, with, r.operand(x), zero, sum);
    }
  return -1;
}

}  // namespace tapeless::detail
