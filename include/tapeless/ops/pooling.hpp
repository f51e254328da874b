#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/windows.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Windows of pooling: `pooling{2}` and `pooling{.window = {2, 3}, .stride = 1, .padding = tl::padding::same}`.
struct pooling {
  per_axis window = 2;
  per_axis stride = window;
  tapeless::padding padding{};
  friend constexpr bool operator==(const pooling&, const pooling&) = default;
};

/// The base of ops on the windows of images (N, C, H, W). attributes.a / .b: packed window_axis of rows / columns; .c: the
/// window, rows + columns * 2^32; .target: the result's shape where the operands do not tell it.
struct pool {
  static constexpr op_kind kind = op_kind::windowed;
  static constexpr int arity = 1;

  static constexpr per_axis window_of(const attributes& a) { return {static_cast<int>(a.c & 0xffffffff), static_cast<int>(a.c >> 32)}; }

  static constexpr inferred infer(operands x, const attributes& a) {
    inferred r{x[0].type, x[0].shape};
    const auto w = window_of(a);
    if (r.shape.rank != 4) return {r.type, r.shape, "the operand must be images (N, C, H, W)"};
    r.shape[2] = detail::positions_of(r.shape[2], w.rows, a.a);
    r.shape[3] = detail::positions_of(r.shape[3], w.columns, a.b);
    if (!is_floating(r.type)) r.problem = "operands must be floating";
    else if (!detail::static_from(r.shape, 2)) r.problem = "all extents but the first two must be static";
    else if (a.a == 0 || a.b == 0 || a.c == 0) r.problem = detail::bad_window;
    else if (only_padding(a.a, w.rows) || only_padding(a.b, w.columns)) r.problem = "the padding must be smaller than the window";
    else if (r.shape[2] == dim(0) || r.shape[3] == dim(0)) r.problem = detail::window_too_large;
    return r;
  }
  static constexpr void print(text& out, const attributes& a) {
    out << " window=" << window_of(a).rows << "x" << window_of(a).columns;
    detail::print_axis(out, " rows", a.a);
    detail::print_axis(out, " columns", a.b);
  }
  /// Windows know neither images nor channels: samples join whichever their number can be multiplied with.
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x) {
    const int axis = detail::count_elements(shape(samples, y.shape()[0])).ok ? 0 : 1;
    sequence<ref> joined;
    for (const auto& operand : x) joined.push_back(detail::join_samples(detail::lifted(operand, samples), axis));
    auto a = y.attributes();
    if (a.target.rank > 0) a.target = detail::times_samples(a.target, axis, samples);
    return detail::part_samples(detail::apply_like(y, a, {joined.data(), joined.size()}), axis, samples, y.shape());
  }

 private:
  static constexpr bool only_padding(std::int64_t packed, int window) {
    const auto axis = window_axis::unpacked(packed);
    return std::max(axis.before, axis.after) >= window;
  }
};

/// The base of ops whose result's shape is the target.
struct unpool : pool {
  static constexpr inferred infer(operands x, const attributes& a) { return {x[0].type, a.target}; }
};

struct max_pool_op : pool {
  static constexpr auto name = "max_pool";
  /// Whether an element takes the place of the greatest one before it.
  template <class T> TAPELESS_HOST_DEVICE static constexpr bool better(T candidate, T best) { return candidate > best || (candidate != candidate && best == best); }
  static constexpr gradients gradient(ref dy, ref y, ref x);
};
/// Of y and x: each element of y, added at the first greatest element of its window of x; elsewhere 0.
struct max_pool_spread_op : unpool {
  static constexpr auto name = "max_pool_spread";
  static constexpr int arity = 2;
  static constexpr gradients gradient(ref du, ref u, ref y, ref x);
};
/// Of u and x: from each window, the element of u where the first greatest of x stands.
struct max_pool_take_op : unpool {
  static constexpr auto name = "max_pool_take";
  static constexpr int arity = 2;
  static constexpr gradients gradient(ref dy, ref y, ref u, ref x);
};

struct average_pool_op : pool {
  static constexpr auto name = "average_pool";
  static constexpr gradients gradient(ref dy, ref y, ref x);
};
/// Of y: each element, divided by the number of elements in its window, added to all of them.
struct average_pool_spread_op : unpool {
  static constexpr auto name = "average_pool_spread";
  static constexpr gradients gradient(ref dx, ref x, ref y);
};

namespace detail {
template <class Op, class... X> constexpr ref pooled_to(ref like, attributes a, X... x) {
  a.target = like.shape();
  return apply<Op>(a, x...);
}
}  // namespace detail

constexpr gradients max_pool_op::gradient(ref dy, ref y, ref x) { return inputs(detail::pooled_to<max_pool_spread_op>(x, y.attributes(), dy, x)); }
constexpr gradients max_pool_spread_op::gradient(ref du, ref u, ref y, ref x) {
  return inputs(detail::pooled_to<max_pool_take_op>(y, u.attributes(), du, x), no_gradient);
}
constexpr gradients max_pool_take_op::gradient(ref dy, ref y, ref u, ref x) {
  return inputs(detail::pooled_to<max_pool_spread_op>(u, y.attributes(), dy, x), no_gradient);
}
constexpr gradients average_pool_op::gradient(ref dy, ref y, ref x) { return inputs(detail::pooled_to<average_pool_spread_op>(x, y.attributes(), dy)); }
constexpr gradients average_pool_spread_op::gradient(ref dx, ref x, ref) {
  auto a = x.attributes();
  a.target = {};
  return inputs(apply<average_pool_op>(a, dx));
}

namespace detail {

constexpr attributes attributes_of(const pooling& o, const shape& x) {
  if (x.rank != 4 || o.window.rows < 1 || o.window.columns < 1 || std::max(o.window.rows, o.window.columns) > window_axis::most) return {};
  return {.a = window_axis_of(false, o.stride, o.padding, 1, x[2], o.window.rows).packed(),
          .b = window_axis_of(true, o.stride, o.padding, 1, x[3], o.window.columns).packed(),
          .c = o.window.rows | std::int64_t{o.window.columns} << 32};
}

template <class Op, pooling Options> struct pool1d_of {
  constexpr ref operator()(ref x) const {
    if (!has_rank(x, 3, Op::name, "the operand must be rows (N, C, L)")) return x;
    const ref images = as_image(x);
    auto o = Options;
    o.padding = of_columns(o.padding);
    o.window.rows = o.stride.rows = 1;
    return as_line(apply<Op>(attributes_of(o, images.shape()), images));
  }
};

}  // namespace detail

/// The greatest element of each window: `max_pool2d<tl::pooling{2}>(x)`. Windows do not overlap unless a stride is given.
///   shape     (N, C, H, W): (N, C, H', W'), H' = (H + padding - window) / stride + 1     dtype  that of x (floating)
///   limits    padding never counts; NaN if a NaN is in the window
///   gradient  dx = dy at the first greatest (or NaN) element of its window, else 0
///   errors    window larger than the padded input, padding as large as the window
template <pooling Options = pooling{}, class X> requires any_operand<X> constexpr auto max_pool2d(X x) {
  static_assert(!number<X>, "tapeless: this op works on tensors, not on plain numbers");
  if constexpr (traced<X>) return apply<max_pool_op>(detail::attributes_of(Options, x.shape()), x);
  else return apply<with<max_pool_op, detail::attributes_of(Options, X::shape)>>(x);
}

/// The mean of each window; padding does not count. Otherwise as max_pool2d.
///   gradient  dx = dy / (elements in its window) at all of them
template <pooling Options = pooling{}, class X> requires any_operand<X> constexpr auto average_pool2d(X x) {
  static_assert(!number<X>, "tapeless: this op works on tensors, not on plain numbers");
  if constexpr (traced<X>) return apply<average_pool_op>(detail::attributes_of(Options, x.shape()), x);
  else return apply<with<average_pool_op, detail::attributes_of(Options, X::shape)>>(x);
}

/// The same for rows (N, C, L). Of the options they take the columns' part.
template <pooling Options = pooling{}, class X> requires any_operand<X> constexpr auto max_pool1d(X x) { return tapeless::invoke(detail::pool1d_of<max_pool_op, Options>{}, x); }
template <pooling Options = pooling{}, class X> requires any_operand<X> constexpr auto average_pool1d(X x) { return tapeless::invoke(detail::pool1d_of<average_pool_op, Options>{}, x); }

}  // namespace tapeless
