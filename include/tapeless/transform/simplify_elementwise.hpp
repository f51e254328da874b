#pragma once
#include <tapeless/ops/cast.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/logical.hpp>
#include <tapeless/ops/pow.hpp>
#include <tapeless/ops/where.hpp>
#include <tapeless/transform/rewriter.hpp>
#include <tapeless/transform/simplify_pads.hpp>
#include <tapeless/transform/simplify_products.hpp>

// Rules of elementwise operations. Each keeps every bit of the result, signed zeros and infinities included; only which
// NaN it is may differ. So x + 0, x * 0, x - x and x / x are left alone.
namespace tapeless::inline TAPELESS_ABI::detail {

/// The number as its dtype holds it, or not ok where it has none.
struct held_number {
  double value = 0;
  bool ok = true;
};
constexpr held_number held(double v, dtype t) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  const double most = t == dtype::f32 ? static_cast<double>(std::numeric_limits<float>::max()) : t == dtype::i32 ? 2147483647.0 : t == dtype::i64 ? exact : 1e300;
  if (!(v <= most && v >= -most)) return {v, false};
  if (t == dtype::f32) return {static_cast<double>(static_cast<float>(v)), true};
  return {v, t == dtype::f64 || static_cast<double>(static_cast<std::int64_t>(v)) == v};
}

/// Ops that say `foldable`, of constants: computed in double, which holds operands and exact results of every dtype, and
/// rounded once.
constexpr int fold_constants(rewriter& r, const draft& n) {
  if (n.op->fold == nullptr || n.x.size() > 4) return -1;
  std::array<double, 4> values{};
  for (std::size_t i = 0; i < n.x.size(); ++i) {
    if (!r.is_constant(n.x[i])) return -1;
    const auto v = held(r.number(n.x[i]), n.type);
    // Beyond these the result might not be a normal number, with which compilers refuse to go on.
    const bool tame = v.value == 0 || (v.value > 1e-100 && v.value < 1e100) || (v.value < -1e-100 && v.value > -1e100);
    if (!v.ok || !tame) return -1;
    values[i] = v.value;
  }
  if (n.op == id_of<divide_op>() && values[1] == 0) return -1;
  const auto y = held(n.op->fold(values.data()), n.type);
  return y.ok ? r.constant(y.value, n.type) : -1;
}

/// The op of `n` on other operands, whose shapes may broadcast to a smaller one: computed there and then repeated.
constexpr int make_narrow(rewriter& r, const draft& n, id_range x) {
  shape s;
  for (int id : x) s = broadcast(s, r.graph().shape_of(id)).value;
  return r.expanded(r.make({n.op, x, n.type, s, n.with}), n.shape);
}

/// f(broadcast x, broadcast y) = broadcast f(x, y), and where f broadcasts anyway, not even that.
constexpr int narrow_operands(rewriter& r, const draft& n) {
  bool any = false;
  for (int id : n.x) any = any || r.bare(id) != id;
  if (!any) return -1;
  sequence<int> x;
  for (int id : n.x) x.push_back(r.bare(id));
  return make_narrow(r, n, {x.data(), n.x.count});
}

/// x + -0 = x; x + -y = x - y; sums of pads, of products, of choices; constants stand last, other operands in the order of the graph.
constexpr int simplify_add(rewriter& r, const draft& n) {
  const int x = n.x[0], y = n.x[1];
  if (r.is_constant(y, -0.0) || (r.is_constant(y, 0.0) && is_integer(n.type))) return r.expanded(x, n.shape);
  if (r.is<negate_op>(y)) return r.make_like<subtract_op>(n, x, r.operand(y));
  if (r.is<negate_op>(x)) return r.make_like<subtract_op>(n, y, r.operand(x));
  for (const auto rule : {sum_of_pads, sum_of_products, sum_of_choices})
    if (const int sum = rule(r, n); sum >= 0) return sum;
  return -1;
}

/// x - 0 = x; -0 - x = -x; x - -y = x + y.
constexpr int simplify_subtract(rewriter& r, const draft& n) {
  const int x = n.x[0], y = n.x[1];
  if (r.is_constant(y, 0.0)) return r.expanded(x, n.shape);
  if (r.is_constant(x, -0.0)) return r.make_like<negate_op>(n, y);
  if (r.is<negate_op>(y)) return r.make_like<add_op>(n, x, r.operand(y));
  return -1;
}

/// -(-x) = x; -(c x) = (-c) x.
constexpr int simplify_negate(rewriter& r, const draft& n) {
  const int x = n.x[0];
  if (r.is<negate_op>(x)) return r.operand(x);
  if (r.is<multiply_op>(x) && r.is_constant(r.operand(x, 1)) && is_floating(n.type))
    return r.make_like<multiply_op>(n, r.operand(x), r.constant(-r.number(r.operand(x, 1)), n.type));
  return -1;
}

/// Signs leave products and quotients where that costs no larger operation: -x y = -(x y), -x -y = x y, -x c = x (-c).
template <class Op> constexpr int move_sign(rewriter& r, const draft& n) {
  const int x = n.x[0], y = n.x[1];
  const bool of_x = r.is<negate_op>(x), of_y = r.is<negate_op>(y);
  if (of_x && of_y) return r.make_like<Op>(n, r.operand(x), r.operand(y));
  if (of_x && r.is_constant(y)) return r.make_like<Op>(n, r.operand(x), r.constant(-r.number(y), n.type));
  if (of_x && r.has_shape(x, n.shape)) return r.make_like<negate_op>(n, r.make_like<Op>(n, r.operand(x), y));
  if (of_y && r.has_shape(y, n.shape)) return r.make_like<negate_op>(n, r.make_like<Op>(n, x, r.operand(y)));
  return -1;
}

/// A power of two whose reciprocal is a normal number too.
constexpr bool has_exact_reciprocal(double v, dtype t) {
  const auto bits = std::bit_cast<std::uint64_t>(v);
  const int exponent = static_cast<int>(bits >> 52 & 2047) - 1023, limit = t == dtype::f32 ? 126 : 1022;
  return (bits & 0xfffffffffffffull) == 0 && exponent >= -limit && exponent <= limit;
}

/// x 1 = x; x (-1) = -x; (x b) c = x (b c) where b or c is a power of two: it rounds once in either form, where no number is
/// too large or too small for its dtype.
constexpr int simplify_multiply(rewriter& r, const draft& n) {
  const int x = n.x[0];
  if (r.is_constant(n.x[1], 1)) return r.expanded(x, n.shape);
  if (r.is_constant(n.x[1], -1)) return r.make_like<negate_op>(n, x);
  if (is_floating(n.type) && r.is_constant(n.x[1]) && r.is<multiply_op>(x) && r.is_constant(r.operand(x, 1))) {
    const double b = r.number(r.operand(x, 1)), c = r.number(n.x[1]);
    if (has_exact_reciprocal(b, n.type) || has_exact_reciprocal(c, n.type))
      if (const auto both = held(b * c, n.type); both.ok && (both.value > 1e-30 || both.value < -1e-30)) return r.make_like<multiply_op>(n, r.operand(x), r.constant(both.value, n.type));
  }
  return move_sign<multiply_op>(r, n);
}

/// x / 1 = x; x / -1 = -x; x / c = x (1 / c) for c a power of two.
constexpr int simplify_divide(rewriter& r, const draft& n) {
  const int x = n.x[0], y = n.x[1];
  if (r.is_constant(y, 1)) return r.expanded(x, n.shape);
  if (r.is_constant(y, -1)) return r.make_like<negate_op>(n, x);
  if (!is_floating(n.type)) return -1;
  if (r.is_constant(y) && has_exact_reciprocal(r.number(y), n.type)) return r.make_like<multiply_op>(n, x, r.constant(1 / r.number(y), n.type));
  return move_sign<divide_op>(r, n);
}

/// x^0 = 1; x^1 = x; x^2 = x x, which is the nearest number to it.
constexpr int simplify_power(rewriter& r, const draft& n) {
  if (r.is_constant(n.x[1], 0.0)) return r.expanded(r.constant(1, n.type), n.shape);
  if (r.is_constant(n.x[1], 1)) return r.expanded(n.x[0], n.shape);
  if (r.is_constant(n.x[1], 2)) return r.make_like<multiply_op>(n, n.x[0], n.x[0]);
  return -1;
}

/// Comparisons of constants.
template <class Op> constexpr int simplify_comparison(rewriter& r, const draft& n) {
  if (!r.is_constant(n.x[0]) || !r.is_constant(n.x[1])) return -1;
  const auto x = held(r.number(n.x[0]), r.graph()[n.x[0]].type), y = held(r.number(n.x[1]), r.graph()[n.x[1]].type);
  return x.ok && y.ok ? r.constant(Op::value(x.value, y.value) ? 1 : 0, dtype::boolean) : -1;
}

/// The choice is known; both branches are one; !c chooses the other way; a choice by c inside one by c.
constexpr int simplify_where(rewriter& r, const draft& n) {
  const int c = n.x[0], x = n.x[1], y = n.x[2];
  if (n.with.a != 0) return r.make_like<where_op>(n, c, x, y);  // matters to derivatives only
  if (r.is_constant(c)) return r.expanded(r.number(c) != 0 ? x : y, n.shape);
  if (x == y) return r.expanded(x, n.shape);
  if (r.is<logical_not_op>(c)) return r.make_like<where_op>(n, r.operand(c), y, x);
  const int inner_x = r.is<where_op>(x) && r.operand(x) == c ? r.operand(x, 1) : x;
  const int inner_y = r.is<where_op>(y) && r.operand(y) == c ? r.operand(y, 2) : y;
  if (inner_x == x && inner_y == y) return -1;
  const int chosen[]{c, inner_x, inner_y};
  return make_narrow(r, n, {chosen, 3});
}

/// !!x = x.
constexpr int simplify_not(rewriter& r, const draft& n) {
  if (r.is_constant(n.x[0])) return r.constant(r.number(n.x[0]) == 0 ? 1 : 0, dtype::boolean);
  return r.is<logical_not_op>(n.x[0]) ? r.operand(n.x[0]) : -1;
}

/// x && x = x || x = x; x && true = x || false = x; x && false = false; x || true = true.
template <class Op> constexpr int simplify_logical(rewriter& r, const draft& n) {
  constexpr double neutral = std::same_as<Op, logical_and_op> ? 1 : 0;
  if (n.x[0] == n.x[1] || r.is_constant(n.x[1], neutral)) return r.expanded(n.x[0], n.shape);
  return r.is_constant(n.x[1]) ? r.expanded(n.x[1], n.shape) : -1;
}

/// To the dtype that x has; a floating constant in another dtype.
constexpr int simplify_cast(rewriter& r, const draft& n) {
  const int x = n.x[0];
  const dtype from = r.graph()[x].type;
  if (from == n.type) return x;
  if (is_narrow(n.type) && from == dtype::f32 && r.is<cast_op<float>>(x) && r.graph()[r.operand(x)].type == n.type) return r.operand(x);  // as it was
  if (!r.is_constant(x) || !is_floating(from) || !is_floating(n.type)) return -1;
  const auto v = held(r.number(x), from), y = held(v.value, n.type);
  return v.ok && y.ok ? r.constant(y.value, n.type) : -1;
}

/// Operands that may be swapped stand in the order of the graph, constants last.
template <int (*Rule)(rewriter&, const draft&)> constexpr int commutative(rewriter& r, const draft& n) {
  const bool first = r.is_constant(n.x[0]), second = r.is_constant(n.x[1]);
  if (first != second ? first : n.x[0] > n.x[1]) {
    const int swapped[]{n.x[1], n.x[0]};
    return r.make({n.op, {swapped, 2}, n.type, n.shape, n.with});
  }
  return Rule(r, n);
}

}  // namespace tapeless::detail
