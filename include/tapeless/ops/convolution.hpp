#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/windows.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// How a kernel moves over images: `convolution{.stride = 2, .padding = tl::padding::same}`.
struct convolution {
  per_axis stride = 1;
  tapeless::padding padding{};
  per_axis dilation = 1;
  int groups = 1;  ///< kernels of group i see the channels of group i only
  friend constexpr bool operator==(const convolution&, const convolution&) = default;
};

// One sum of products x w y, over images, channels, and positions of the kernel: what is left out of it gives three ops,
// and the gradients of each are the other two. attributes.a / .b: packed window_axis of rows / columns; .c: groups; .target:
// the result's shape where the operands do not tell it.

/// Images (N, C, H, W), kernels (O, C / groups, KH, KW): result (N, O, H', W').
struct conv2d_op {
  static constexpr auto name = "conv2d";
  static constexpr op_kind kind = op_kind::windowed;
  static constexpr int arity = 2;
  static constexpr inferred infer(operands operand, const attributes& a) {
    const auto &x = operand[0].shape, &w = operand[1].shape;
    inferred r{operand[0].type, x};
    if (x.rank != 4 || w.rank != 4) return {r.type, x, "operands must be images (N, C, H, W) and kernels (O, C / groups, KH, KW)"};
    r.shape = shape(x[0], w[0], detail::positions_of(x[2], w[2], a.a), detail::positions_of(x[3], w[3], a.b));
    if (operand[0].type != operand[1].type) r.problem = "operands have different dtypes; convert one with tl::cast";
    else if (!is_floating(r.type)) r.problem = "operands must be floating";
    else if (!detail::static_from(x, 1) || !detail::static_from(w, 0)) r.problem = detail::window_of_dynamic;
    else if (a.a == 0 || a.b == 0 || a.c < 1) r.problem = detail::bad_window;
    else if (x[1].is_static() && w[1].is_static() && x[1].constant != w[1].constant * a.c) r.problem = "the channels of the images are not those of the kernels times the groups";
    else if (w[0].is_static() && w[0].constant % a.c != 0) r.problem = "the kernels cannot be dealt out to the groups";
    else if (r.shape[2] == dim(0) || r.shape[3] == dim(0)) r.problem = detail::window_too_large;
    return r;
  }
  static constexpr void print(text& out, const attributes& a) {
    detail::print_axis(out, " rows", a.a);
    detail::print_axis(out, " columns", a.b);
    if (a.c != 1) out << " groups=" << a.c;
  }
  static constexpr gradients gradient(ref dy, ref y, ref x, ref w);
  static constexpr ref batch(ref y, dim samples, std::span<const batched> x);
};

/// The base of what conv2d is differentiated to.
struct conv2d_adjoint {
  static constexpr op_kind kind = op_kind::windowed;
  static constexpr int arity = 2;
  static constexpr inferred infer(operands x, const attributes& a) { return {x[0].type, a.target}; }
  static constexpr void print(text& out, const attributes& a) { conv2d_op::print(out, a); }
};

/// Of y and w: each element of y, times the kernel, added to the places that the kernel saw.
struct conv2d_by_images_op : conv2d_adjoint {
  static constexpr auto name = "conv2d_by_images";
  static constexpr gradients gradient(ref dx, ref x, ref y, ref w);
  static constexpr ref batch(ref x, dim samples, std::span<const batched> given);
};

/// Of x and y: for each place of the kernel, the sum of the elements that it saw times what became of them.
struct conv2d_by_kernels_op : conv2d_adjoint {
  static constexpr auto name = "conv2d_by_kernels";
  static constexpr gradients gradient(ref dw, ref w, ref x, ref y);
  static constexpr ref batch(ref w, dim samples, std::span<const batched> given);
};

namespace detail {

constexpr attributes for_target(attributes a, const shape& target) {
  a.target = target;
  return a;
}
constexpr ref convolve(attributes a, ref x, ref w) { return apply<conv2d_op>(for_target(a, {}), x, w); }
constexpr ref by_images(const attributes& a, ref y, ref w, ref like) { return apply<conv2d_by_images_op>(for_target(a, like.shape()), y, w); }
constexpr ref by_kernels(const attributes& a, ref x, ref y, ref like) { return apply<conv2d_by_kernels_op>(for_target(a, like.shape()), x, y); }

}  // namespace detail

constexpr gradients conv2d_op::gradient(ref dy, ref y, ref x, ref w) {
  const auto a = y.attributes();
  return inputs(detail::by_images(a, dy, w, x), detail::by_kernels(a, x, dy, w));
}
constexpr gradients conv2d_by_images_op::gradient(ref dx, ref x, ref y, ref w) {
  const auto a = x.attributes();
  return inputs(detail::convolve(a, dx, w), detail::by_kernels(a, dx, y, w));
}
constexpr gradients conv2d_by_kernels_op::gradient(ref dw, ref w, ref x, ref y) {
  const auto a = w.attributes();
  return inputs(detail::by_images(a, y, dw, x), detail::convolve(a, x, dw));
}

namespace detail {

/// Kernels that differ from sample to sample are groups of one convolution: samples are dealt out along channels.
constexpr attributes grouped_by_samples(attributes a, dim samples, builder& b) {
  if (!samples.is_static()) fail(b, "vmap: convolutions with kernels of each sample need a static number of samples");
  a.c *= samples.is_static() ? samples.constant : 1;
  return a;
}
constexpr ref convolve_like(ref y, const attributes& a, ref first, ref second) {
  const ref both[]{first, second};
  return apply_like(y, a, both);
}

}  // namespace detail

constexpr ref conv2d_op::batch(ref y, dim samples, std::span<const batched> x) {
  const auto a = y.attributes();
  const auto s = y.shape();
  if (!x[1].mapped) return detail::part_samples(detail::convolve_like(y, a, detail::join_samples(x[0].value, 0), x[1].value), 0, samples, s);
  const ref kernels = detail::join_samples(x[1].value, 0);
  if (!x[0].mapped && a.c == 1) return detail::part_samples(detail::convolve_like(y, a, x[0].value, kernels), 1, samples, s);
  const ref images = detail::join_samples(detail::lifted(x[0], samples), 1);
  return detail::part_samples(detail::convolve_like(y, detail::grouped_by_samples(a, samples, *y.owner), images, kernels), 1, samples, s);
}
constexpr ref conv2d_by_images_op::batch(ref x, dim samples, std::span<const batched> given) {
  const auto a = x.attributes();
  const auto s = x.shape();
  if (!given[1].mapped) {
    const auto all = detail::for_target(a, detail::times_samples(s, 0, samples));
    return detail::part_samples(detail::convolve_like(x, all, detail::join_samples(given[0].value, 0), given[1].value), 0, samples, s);
  }
  const auto all = detail::for_target(detail::grouped_by_samples(a, samples, *x.owner), detail::times_samples(s, 1, samples));
  const ref y = detail::join_samples(detail::lifted(given[0], samples), 1), kernels = detail::join_samples(given[1].value, 0);
  return detail::part_samples(detail::convolve_like(x, all, y, kernels), 1, samples, s);
}
constexpr ref conv2d_by_kernels_op::batch(ref w, dim samples, std::span<const batched> given) {
  const auto a = w.attributes();
  const auto s = w.shape();
  const auto target = detail::times_samples(s, 0, samples);
  const ref y = detail::join_samples(detail::lifted(given[1], samples), 1);
  if (!given[0].mapped && a.c == 1) return detail::part_samples(detail::convolve_like(w, detail::for_target(a, target), given[0].value, y), 0, samples, s);
  const ref x = detail::join_samples(detail::lifted(given[0], samples), 1);
  return detail::part_samples(detail::convolve_like(w, detail::for_target(detail::grouped_by_samples(a, samples, *w.owner), target), x, y), 0, samples, s);
}

namespace detail {

constexpr attributes attributes_of(const convolution& o, const shape& x, const shape& w) {
  if (x.rank != 4 || w.rank != 4) return {};
  return {.a = window_axis_of(false, o.stride, o.padding, o.dilation, x[2], w[2]).packed(),
          .b = window_axis_of(true, o.stride, o.padding, o.dilation, x[3], w[3]).packed(), .c = o.groups};
}

template <convolution Options> struct conv1d_of {
  constexpr ref operator()(ref x, ref w) const {
    constexpr auto shapes = "operands must be rows (N, C, L) and kernels (O, C / groups, K)";
    if (!has_rank(x, 3, "conv1d", shapes) || !has_rank(w, 3, "conv1d", shapes)) return x;
    const ref images = as_image(x), kernels = as_image(w);
    auto o = Options;
    o.padding = of_columns(o.padding);
    o.stride.rows = o.dilation.rows = 1;
    return as_line(apply<conv2d_op>(attributes_of(o, images.shape(), kernels.shape()), images, kernels));
  }
};

}  // namespace detail

/// Images under kernels that move over them: y[n, o, i, j] = sum of w[o, c, k, l] x[n, c, i + k, j + l] over c, k, l. The
/// kernels are not turned over. N may be a dynamic dim.
///   shape     x (N, C, H, W), w (O, C / groups, KH, KW): (N, O, H', W'), H' = (H + padding - dilation (KH - 1) - 1) / stride + 1
///   dtype     common (floating)
///   limits    padding is zeros; operands that are not finite may make NaN also where they are not seen
///   rounding  sums in an order of each backend; 3x3 kernels of many channels in Winograd's form, whose error is a few times that
///   gradient  dx, dw: two more ops of this kind, themselves differentiable
///   errors    channels do not fit, window larger than the padded input
///   example   conv2d(x, w); conv2d<tl::convolution{.stride = 2, .padding = tl::padding::same}>(x, w)
template <convolution Options = convolution{}, class X, class W> requires any_operand<X, W> constexpr auto conv2d(X x, W w) {
  if constexpr (traced<X> || traced<W>) {
    builder& owner = *(detail::owner_of(x) != nullptr ? detail::owner_of(x) : detail::owner_of(w));
    const ref images = detail::as_ref(owner, x), kernels = detail::as_ref(owner, w);
    return apply<conv2d_op>(detail::attributes_of(Options, images.shape(), kernels.shape()), images, kernels);
  } else {
    static_assert(expression<X> && expression<W>, "tapeless: this op works on tensors, not on plain numbers");
    return apply<with<conv2d_op, detail::attributes_of(Options, X::shape, W::shape)>>(x, w);
  }
}

/// The same for rows: x (N, C, L), w (O, C / groups, K): (N, O, L'). Of the options it takes the columns' part.
template <convolution Options = convolution{}, class X, class W> requires any_operand<X, W> constexpr auto conv1d(X x, W w) {
  return tapeless::invoke(detail::conv1d_of<Options>{}, x, w);
}

}  // namespace tapeless
