#pragma once
#include <tapeless/core/decimal.hpp>
#include <tapeless/ops/shape_forms.hpp>

#include <limits>

namespace tapeless::inline TAPELESS_ABI {

/// As the start or stop of a slice: where the axis ends in the direction of the step.
inline constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();

namespace detail {
/// What y does along an axis that its attributes.a tells, done along the axis behind it.
constexpr ref along_next_axis(ref y, ref x) {
  auto a = y.attributes();
  ++a.a;
  return apply_like(y, a, x);
}
}  // namespace detail

/// Every step-th element along one axis. attributes.a: axis; .b: start; .c: step; .target: (extent,).
struct slice_op {
  static constexpr auto name = "slice";
  static constexpr op_kind kind = op_kind::view;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, x[0].shape};
    if (a.a < 0 || a.a >= r.shape.rank) return {r.type, r.shape, detail::no_such_axis};
    if (a.c == 0) return {r.type, r.shape, "the step is 0"};
    if (a.target.rank != 1) return {r.type, r.shape, "start or stop is outside the axis, or cannot be compared with its dynamic extent"};
    r.shape[static_cast<int>(a.a)] = a.target[0];
    return r;
  }
  static constexpr void print(text& out, const attributes& a) { out << " axis=" << a.a << " start=" << a.b << " step=" << a.c; }
  static constexpr gradients gradient(ref dy, ref y, ref x);
  static constexpr ref batch(ref y, dim, std::span<const batched> x) { return detail::along_next_axis(y, x[0].value); }
};

/// The elements of x at positions b, b + c, b + 2c, ... of an axis that is otherwise one fill value; what slice undoes.
/// attributes.a: axis; .b: first position; .c: step; .target: (extent,); .bits: the fill value.
struct pad_op {
  static constexpr auto name = "pad";
  static constexpr op_kind kind = op_kind::assembly;
  static constexpr int arity = 1;
  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, x[0].shape};
    if (a.a < 0 || a.a >= r.shape.rank) return {r.type, r.shape, detail::no_such_axis};
    r.shape[static_cast<int>(a.a)] = a.target[0];
    return r;
  }
  static constexpr void print(text& out, const attributes& a) {
    print_decimal(out << " axis=" << a.a << " first=" << a.b << " step=" << a.c << " fill=", a.number());
  }
  static constexpr gradients gradient(ref dy, ref y, ref x) {
    attributes a = y.attributes();
    a.bits = 0;
    a.target = shape(x.shape()[static_cast<int>(a.a)]);
    return inputs(apply<slice_op>(a, dy));
  }
  static constexpr ref batch(ref y, dim, std::span<const batched> x) { return detail::along_next_axis(y, x[0].value); }
};

constexpr gradients slice_op::gradient(ref dy, ref y, ref x) {
  attributes a = y.attributes();
  a.target = shape(x.shape()[static_cast<int>(a.a)]);
  return inputs(apply<pad_op>(a, dy));
}

namespace detail {

/// Python's slice rule for one axis, but with an error instead of cutting down what lies outside.
constexpr attributes slice_of(const shape& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  attributes a{.a = axis_of(axis, x.rank), .b = start, .c = step};
  if (a.a < 0 || step == 0) return a;
  const dim d = x[static_cast<int>(a.a)];
  if (!d.is_static()) {
    // The start counts from the front, the stop from the back, or from the front as far as the extent reaches for sure.
    const bool known_stop = stop != end && stop >= 0;
    if (step != 1 || start < 0 || start == end || (known_stop && (stop > d.constant || d.factor < 0 || start > stop))) return a;
    a.target = shape(known_stop ? dim(stop - start) : d.plus((stop == end ? 0 : stop) - start));
    return a;
  }
  const std::int64_t n = d.constant, first = step > 0 ? 0 : -1, last = step > 0 ? n : n - 1;
  const auto position = [&](std::int64_t i, std::int64_t at_end) { return i == end ? at_end : i < 0 ? i + n : i; };
  const std::int64_t from = position(start, step > 0 ? n : n - 1), to = position(stop, step > 0 ? n : -1);
  if (from < first || from > last || to < first || to > last) return a;
  const std::int64_t extent = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
  a.b = extent > 0 ? from : 0;
  a.target = shape(extent > 0 ? extent : 0);
  return a;
}

constexpr ref slice(ref x, int axis, std::int64_t start, dim extent) {
  return apply<slice_op>({.a = axis, .b = start, .c = 1, .target = shape(extent)}, x);
}
constexpr ref pad(ref x, int axis, std::int64_t before, std::int64_t after, double fill) {
  const int at = axis_of(axis, x.shape().rank);
  const dim total = at < 0 ? dim(0) : x.shape()[at].plus(before + after);
  return apply<pad_op>({.a = at, .b = before, .c = 1, .bits = std::bit_cast<std::uint64_t>(fill), .target = shape(total)}, x);
}

}  // namespace detail

/// The elements from start to before stop, every step-th, along one axis, as x[start:stop:step] in Python.
///   shape     that of x but for the axis     dtype  that of x
///   bounds    negative ones count from the end; `tl::end` stands for the end; a dynamic axis takes a start from the front,
///             step 1, and a stop that is `end` or negative
///   gradient  dx = dy at the places taken, else 0
///   errors    start or stop outside the axis
///   example   slice<0, 1, tl::end>(x): without the first row; slice<-1, 0, 10, 2>(x): columns 0, 2, 4, 6, 8
template <int Axis, std::int64_t Start, std::int64_t Stop = end, std::int64_t Step = 1, class X> requires any_operand<X> constexpr auto slice(X x) {
  if constexpr (traced<X>) return apply<slice_op>(detail::slice_of(x.shape(), Axis, Start, Stop, Step), x);
  else return apply<with<slice_op, detail::slice_of(X::shape, Axis, Start, Stop, Step)>>(x);
}

/// The elements along an axis of static extent in reverse order.
///   gradient  dx = flip(dy)
template <int Axis, class X> requires any_operand<X> constexpr auto flip(X x) { return slice<Axis, end, end, -1>(x); }

/// Row i of an axis: slice without the axis; `take<0, -1>(x)` is the last one.
template <int Axis, std::int64_t Index, class X> requires any_operand<X> constexpr auto take(X x) {
  return squeeze<Axis>(slice<Axis, Index, Index == -1 ? end : Index + 1>(x));
}

/// x with `Before` and `After` elements of one value (0 unless given) added along an axis.
///   shape     that of x but for the axis     dtype  that of x
///   gradient  dx = dy without the padding
///   example   pad<-1, 1, 2>(x), pad<0, 1, 1>(x, 0.5_c)
template <int Axis, std::int64_t Before, std::int64_t After, class X, class V = constant<0>> requires any_operand<X> constexpr auto pad(X x, V value = {}) {
  static_assert(Before >= 0 && After >= 0, "tapeless: pad adds elements; tl::slice takes them away");
  if constexpr (traced<X>) {
    if constexpr (number<V>) return detail::pad(x, Axis, Before, After, static_cast<double>(value));
    else return detail::pad(x, Axis, Before, After, V::value);
  } else {
    static_assert(requires { V::value; }, "tapeless: the value to pad with is a constant, such as 0.5_c");
    constexpr int at = detail::axis_of(Axis, X::shape.rank);
    constexpr dim total = at < 0 ? dim(0) : X::shape[at].plus(Before + After);
    return apply<with<pad_op, attributes{.a = at, .b = Before, .c = 1, .bits = std::bit_cast<std::uint64_t>(V::value), .target = shape(total)}>>(x);
  }
}

}  // namespace tapeless
