#pragma once
#include <tapeless/ops/arithmetic.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// The number of elements as `constant + factor * N`; not ok where two dynamic dims are multiplied.
struct symbolic_count {
  dim value{1};
  bool ok = true;
};
constexpr symbolic_count count_elements(const shape& s, int skip = -1) {
  symbolic_count r;
  for (int i = 0; i < s.rank; ++i) {
    if (i == skip) continue;
    if (s[i].is_static()) r.value = r.value.times(s[i].constant);
    else if (r.value.is_static()) r.value = s[i].times(r.value.constant);
    else r.ok = false;
  }
  return r;
}

/// Equal up to the order of their dims, which is all that can be said of products of several dynamic dims.
constexpr bool same_dims(const shape& a, const shape& b) {
  for (int i = 0; i < a.rank; ++i) {
    int in_a = 0, in_b = 0;
    for (int k = 0; k < a.rank; ++k) in_a += a[k] == a[i];
    for (int k = 0; k < b.rank; ++k) in_b += b[k] == a[i];
    if (!a[i].is_static() && in_a != in_b) return false;
  }
  std::int64_t na = 1, nb = 1;
  for (int i = 0; i < a.rank; ++i) na *= a[i].is_static() ? a[i].constant : 1;
  for (int i = 0; i < b.rank; ++i) nb *= b[i].is_static() ? b[i].constant : 1;
  return na == nb;
}

/// The shape of one sample with the axis of samples in front.
constexpr shape with_samples(dim samples, const shape& s) {
  shape r(samples);
  for (int i = 0; i < s.rank; ++i) r.push(s[i]);
  return r;
}
/// The shape of one sample with one axis as long as all samples' together.
constexpr shape times_samples(shape s, int axis, dim samples) {
  s[axis] = count_elements(shape(samples, s[axis])).value;
  return s;
}
/// The op of y with other attributes, on other operands.
constexpr ref apply_like(ref y, const attributes& a, std::span<const ref> x) { return add_node(*y.owner, y.owner->graph[y.id].op, a, x); }
constexpr ref apply_like(ref y, const attributes& a, ref x) { return apply_like(y, a, std::span<const ref>(&x, 1)); }
constexpr attributes with_target(attributes a, const shape& target) {
  a.target = target;
  return a;
}

}  // namespace detail

/// The same elements in row-major order under another shape.
///   shape     the target; one extent may be -1 and follows from the others
///   gradient  dx = reshape(dy, shape of x)
///   errors    the numbers of elements differ
struct reshape_op {
  static constexpr auto name = "reshape";
  static constexpr op_kind kind = op_kind::view;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    auto target = a.target;
    const auto have = detail::count_elements(x[0].shape);
    for (int i = 0; i < target.rank; ++i) {
      if (!(target[i] == dim(-1))) continue;
      const auto rest = detail::count_elements(target, i);
      if (!have.ok || !rest.ok) return {x[0].type, target, "the extent for -1 cannot be found from several dynamic dims"};
      if (rest.value.is_static()) {
        const auto n = rest.value.constant;
        if (n == 0 || have.value.constant % n != 0 || have.value.factor % n != 0) return {x[0].type, target, "the number of elements does not fit the new shape"};
        target[i] = have.value;
        target[i].constant /= n;
        target[i].factor /= n;
      } else if (rest.value.constant == 0 && have.value.constant == 0 && rest.value.name == have.value.name && have.value.factor % rest.value.factor == 0) {
        target[i] = dim(have.value.factor / rest.value.factor);
      } else {
        return {x[0].type, target, "the extent for -1 cannot be found from these dynamic dims"};
      }
      return {x[0].type, target};
    }
    const auto want = detail::count_elements(target);
    const bool fits = have.ok && want.ok ? have.value == want.value : detail::same_dims(x[0].shape, target);
    return {x[0].type, target, fits ? nullptr : "the number of elements does not fit the new shape"};
  }
  static constexpr gradients gradient(ref dy, ref, ref x) { return inputs(apply<reshape_op>({.target = x.shape()}, dy)); }
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x) {
    return apply<reshape_op>({.target = detail::with_samples(samples, y.shape())}, x[0].value);
  }
};
constexpr ref reshape(ref x, shape target) { return x.shape() == target ? x : apply<reshape_op>({.target = target}, x); }
template <auto... Dims, class X> requires any_operand<X> constexpr auto reshape(X x) {
  return apply<with<reshape_op, attributes{.target = shape(Dims...)}>>(x);
}

/// Each axis of extent 1, or absent, repeated to the target's extent.
///   gradient  dx = dy summed over the repeated axes
struct broadcast_to_op {
  static constexpr auto name = "broadcast_to";
  static constexpr op_kind kind = op_kind::view;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    const auto r = broadcast(x[0].shape, a.target);
    return {x[0].type, a.target, r.ok && r.value == a.target ? nullptr : "the shape does not broadcast to the target"};
  }
  static constexpr gradients gradient(ref dy, ref, ref) { return inputs(dy); }
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);
};
constexpr ref broadcast_to(ref x, shape target) { return x.shape() == target ? x : apply<broadcast_to_op>({.target = target}, x); }
template <auto... Dims, class X> requires any_operand<X> constexpr auto broadcast_to(X x) {
  return apply<with<broadcast_to_op, attributes{.target = shape(Dims...)}>>(x);
}

namespace detail {
/// A mapped operand whose samples have the given rank, by axes of extent 1 between those of the samples and theirs.
constexpr ref raised(ref x, int rank) {
  const auto s = x.shape();
  shape r(s[0]);
  for (int i = s.rank - 1; i < rank; ++i) r.push(dim(1));
  for (int i = 1; i < s.rank; ++i) r.push(s[i]);
  return reshape(x, r);
}
/// An operand repeated for each sample, if it is the same for all.
constexpr ref lifted(const batched& x, dim samples) { return x.mapped ? x.value : broadcast_to(x.value, with_samples(samples, x.value.shape())); }
}  // namespace detail

constexpr ref broadcast_to_op::batch(ref y, dim samples, std::span<const batched> x) {
  return broadcast_to(detail::raised(x[0].value, y.shape().rank), detail::with_samples(samples, y.shape()));
}

/// The axes in another order. attributes.a: the old axis of new axis i in bits 4i..4i+3.
///   gradient  dx = dy with the order undone
struct transpose_op {
  static constexpr auto name = "transpose";
  static constexpr op_kind kind = op_kind::view;
  static constexpr int arity = 1;
  static constexpr int old_axis(const attributes& a, int axis) { return static_cast<int>(a.a >> (4 * axis)) & 15; }
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, x[0].shape};
    unsigned seen = 0;
    for (int i = 0; i < x[0].shape.rank; ++i) {
      const int from = old_axis(a, i);
      if (from >= x[0].shape.rank || (seen >> from & 1u) != 0 || a.b != x[0].shape.rank) return {x[0].type, x[0].shape, "the axes are not a permutation of the axes of the operand"};
      seen |= 1u << from;
      r.shape[i] = x[0].shape[from];
    }
    return r;
  }
  static constexpr void print(text& out, const attributes& a) {
    out << " axes=(";
    for (int i = 0; i < a.b; ++i) out << (i > 0 ? ", " : "") << std::int64_t{old_axis(a, i)};
    out << (a.b == 1 ? ",)" : ")");
  }
  static constexpr gradients gradient(ref dy, ref y, ref) {
    const auto& a = y.attributes();
    attributes inverse{.b = a.b};
    for (int i = 0; i < y.shape().rank; ++i) inverse.a |= std::int64_t{i} << (4 * old_axis(a, i));
    return inputs(apply<transpose_op>(inverse, dy));
  }
  static constexpr ref batch(ref y, dim, std::span<const batched> x) {
    const auto a = y.attributes();
    attributes behind{.b = a.b + 1};
    for (int i = 0; i < a.b; ++i) behind.a |= std::int64_t{old_axis(a, i) + 1} << (4 * (i + 1));
    return apply<transpose_op>(behind, x[0].value);
  }
};
namespace detail {
template <int... Axes> constexpr attributes permutation(int rank) {
  attributes a{.b = rank};
  if constexpr (sizeof...(Axes) == 0) {
    for (int i = 0; i < rank; ++i) a.a |= std::int64_t{rank - 1 - i} << (4 * i);
  } else {
    int i = 0;
    ((a.a |= std::int64_t{(Axes < 0 ? Axes + rank : Axes) & 15} << (4 * i++)), ...);
    a.b = sizeof...(Axes) == static_cast<std::size_t>(rank) ? rank : -1;
  }
  return a;
}
}  // namespace detail
/// transpose(x) reverses the axes; transpose<1, 0, 2>(x) gives them in that order.
template <int... Axes, class X> requires any_operand<X> constexpr auto transpose(X x) {
  if constexpr (traced<X>) return apply<transpose_op>(detail::permutation<Axes...>(x.shape().rank), x);
  else return apply<with<transpose_op, detail::permutation<Axes...>(X::shape.rank)>>(x);
}
/// The last two axes swapped.
constexpr ref matrix_transpose(ref x) {
  attributes a{.b = x.shape().rank};
  const int n = x.shape().rank;
  for (int i = 0; i < n; ++i) a.a |= std::int64_t{i < n - 2 ? i : 2 * n - 3 - i} << (4 * i);
  return apply<transpose_op>(a, x);
}

namespace detail {
/// One axis moved to another place.
constexpr ref move_axis(ref x, int from, int to) {
  if (from == to) return x;
  const int rank = x.shape().rank;
  attributes a{.b = rank};
  for (int i = 0, next = 0; i < rank; ++i) {
    if (next == from) ++next;
    a.a |= std::int64_t{i == to ? from : next++} << (4 * i);
  }
  return apply<transpose_op>(a, x);
}
}  // namespace detail

/// The value, with no gradient through it.
struct stop_gradient_op {
  static constexpr auto name = "stop_gradient";
  static constexpr op_kind kind = op_kind::view;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes&) { return {x[0].type, x[0].shape}; }
  static constexpr ref batch(ref, dim, std::span<const batched> x) { return apply<stop_gradient_op>(x[0].value); }
};
template <class X> requires any_operand<X> constexpr auto stop_gradient(X x) { return apply<stop_gradient_op>(x); }

}  // namespace tapeless
