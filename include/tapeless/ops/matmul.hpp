#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/cast.hpp>
#include <tapeless/ops/reductions.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Matrix product over the last two axes; leading axes broadcast. A vector on the left is a row, on the right a column.
///   shape     (..., m, k) . (..., k, n) -> (..., m, n); (k,) drops its axis     dtype  common (numeric); float for bfloat16 and float16, with exact
///             products and sums of floats
///   gradient  da = dy . b^T, db = a^T . dy
/// attributes.a / .b: 1: the last two axes of the operand are taken transposed; set by simplification.
struct matmul_op {
  static constexpr auto name = "matmul";
  static constexpr op_kind kind = op_kind::contraction;
  static constexpr int arity = 2;

  static constexpr inferred infer(operands x, const attributes& t) {
    shape a = x[0].shape, b = x[1].shape;
    if (a.rank < 2 || b.rank < 2) return {x[0].type, a, "operands must be matrices"};
    if (t.a == 1) std::swap(a[a.rank - 1], a[a.rank - 2]);
    if (t.b == 1) std::swap(b[b.rank - 1], b[b.rank - 2]);
    const dim m = a[a.rank - 2], k = a[a.rank - 1], k2 = b[b.rank - 2], n = b[b.rank - 1];
    a.rank -= 2, b.rank -= 2;
    auto r = broadcast(a, b);
    r.value.push(m), r.value.push(n);
    if (!compatible(k, k2)) return {x[0].type, r.value, "inner extents differ"};
    if (!r.ok) return {x[0].type, r.value, "leading extents do not broadcast"};
    if (x[0].type != x[1].type) return {x[0].type, r.value, "operands have different dtypes; convert one with tl::cast"};
    if (!contains(element_domain::numeric, x[0].type)) return {x[0].type, r.value, requirement(element_domain::numeric, x[0].type)};
    return {x[0].type, r.value};
  }
  static constexpr void print(text& out, const attributes& a) { out << (a.a == 1 ? " transpose_a" : "") << (a.b == 1 ? " transpose_b" : ""); }
  static constexpr gradients gradient(ref dy, ref, ref a, ref b);
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);
};

namespace detail {
/// The vector forms as a function of handles: reshape, multiply, reshape back.
struct vector_matmul {
  template <class A, class B> constexpr ref operator()(A a, B b) const {
    const auto &sa = a.shape(), &sb = b.shape();
    if (is_narrow(a.type()) && a.type() == b.type()) return (*this)(cast_to(a, dtype::f32), cast_to(b, dtype::f32));
    if (sa.rank == 0 || sb.rank == 0) return apply<matmul_op>(a, b);
    const ref ma = sa.rank == 1 ? reshape(a, shape(dim(1), sa[0])) : a;
    const ref mb = sb.rank == 1 ? reshape(b, shape(sb[0], dim(1))) : b;
    const ref y = apply<matmul_op>(ma, mb);
    shape s = y.shape();
    if (sb.rank == 1) --s.rank;
    if (sa.rank == 1) {
      s[s.rank - (sb.rank == 1 ? 1 : 2)] = s[s.rank - 1];
      --s.rank;
    }
    return reshape(y, s);
  }
};
}  // namespace detail

template <class A, class B> requires any_operand<A, B> constexpr auto matmul(A a, B b) {
  if constexpr (expression<A> && expression<B>) {
    if constexpr (is_narrow(A::type) && A::type == B::type) return matmul(cast<float>(a), cast<float>(b));
    else if constexpr (A::shape.rank >= 2 && B::shape.rank >= 2) return apply<matmul_op>(a, b);
    else return tapeless::invoke(detail::vector_matmul{}, a, b);
  } else {
    return tapeless::invoke(detail::vector_matmul{}, a, b);
  }
}

namespace detail {
/// The rows of a stack of matrices as one matrix; not `ok` where their number has no name.
struct stacked_rows {
  ref value;
  bool ok = false;
};
constexpr stacked_rows stack_rows(ref x) {
  const auto s = x.shape();
  const dim columns = s[s.rank - 1];
  shape rows = s;
  --rows.rank;
  const auto count = count_elements(rows);
  return count.ok ? stacked_rows{reshape(x, shape(count.value, columns)), true} : stacked_rows{x, false};
}
/// Without the last axis, whose extent is 1.
constexpr ref without_column(ref x) {
  auto s = x.shape();
  --s.rank;
  return reshape(x, s);
}
}  // namespace detail

/// Samples that meet one matrix are rows of one product; samples of row times column are sums of products.
constexpr ref matmul_op::batch(ref y, dim samples, std::span<const batched> x) {
  const auto t = y.attributes();
  const ref a = t.a == 1 ? matrix_transpose(x[0].value) : x[0].value, b = t.b == 1 ? matrix_transpose(x[1].value) : x[1].value;
  const auto s = y.shape(), result = detail::with_samples(samples, s);
  const bool row = s[s.rank - 2].is_one(), column = s[s.rank - 1].is_one();
  if (!x[1].mapped && b.shape().rank == 2)
    if (const auto rows = detail::stack_rows(a); rows.ok) return reshape(apply<matmul_op>(rows.value, b), result);
  if (!x[0].mapped && a.shape().rank == 2 && column)
    if (const auto rows = detail::stack_rows(detail::without_column(b)); rows.ok) return reshape(apply<matmul_op>(rows.value, matrix_transpose(a)), result);
  const ref left = x[0].mapped ? detail::raised(a, s.rank) : a, right = x[1].mapped ? detail::raised(b, s.rank) : b;
  if (row && column && x[0].mapped && x[1].mapped) {
    const ref products = left * matrix_transpose(right);
    return reshape(apply<sum_op>({.a = std::int64_t{1} << (products.shape().rank - 1)}, products), result);
  }
  return apply<matmul_op>(left, right);
}

constexpr gradients matmul_op::gradient(ref dy, ref, ref a, ref b) { return inputs(matmul(dy, matrix_transpose(b)), matmul(matrix_transpose(a), dy)); }

}  // namespace tapeless
