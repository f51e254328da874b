#pragma once
#include <tapeless/expr/call.hpp>
#include <tapeless/ops/hypot.hpp>
#include <tapeless/ops/absolute.hpp>
#include <tapeless/ops/comparison.hpp>
#include <tapeless/ops/extrema.hpp>
#include <tapeless/ops/logarithm.hpp>
#include <tapeless/ops/mod.hpp>
#include <tapeless/ops/roots.hpp>

#include <limits>
#include <numbers>

// Functions of <cmath> under their own names, so that a function template written for double works on handles and
// expressions as it is: `using std::fmax; ... fmax(x, k)`. Composed of ops; shape broadcast of all, dtype common (floating).
namespace tapeless::inline TAPELESS_ABI {

namespace detail {

struct fmax_of {
  template <class X, class Y> constexpr auto operator()(X x, Y y) const { return where(x != x, y, where(y != y, x, maximum(x, y))); }
};
struct fmin_of {
  template <class X, class Y> constexpr auto operator()(X x, Y y) const { return where(x != x, y, where(y != y, x, minimum(x, y))); }
};
struct fdim_of {
  template <class X, class Y> constexpr auto operator()(X x, Y y) const { return where(x <= y, 0.0, x - y); }
};
struct fma_of {
  template <class X, class Y, class Z> constexpr auto operator()(X x, Y y, Z z) const { return x * y + z; }
};
/// |x| with the derivative 1 at 0, for what is odd and continued to the other side.
template <class X> constexpr auto mirrored(X x) { return where(x < 0.0, -x, x); }
struct fmod_of {
  template <class X, class Y> constexpr auto operator()(X x, Y y) const {
    const auto rest = mod(mirrored(x), abs(y));
    return where(x < 0.0, -rest, rest);
  }
};
/// From where on the inverse hyperbolic functions are log(2 x); at infinity their other forms are inf / inf, or have the slope 0 inf.
inline constexpr double large = 0x1p30;
struct log10_of {
  template <class X> constexpr auto operator()(X x) const { return log(x) / std::numbers::ln10; }
};
struct asinh_of {
  template <class X> constexpr auto operator()(X x) const {
    const auto a = mirrored(x);
    const auto small = log1p(a * (1.0 + a / (1.0 + hypot(a, 1.0))));
    const auto y = where(a > large, log(a) + std::numbers::ln2, small);
    return where(x < 0.0, -y, y);
  }
};
struct acosh_of {
  template <class X> constexpr auto operator()(X x) const {
    const auto above = x - 1.0;
    return where(x > large, log(x) + std::numbers::ln2, log1p(above + sqrt(above) * sqrt(above + 2.0)));
  }
};
struct atanh_of {
  template <class X> constexpr auto operator()(X x) const { return 0.5 * (log1p(x) - log1p(-x)); }
};

}  // namespace detail

/// abs() under the name that C gives it for floating numbers.
template <class X> requires any_operand<X> constexpr auto fabs(X x) { return abs(x); }
/// The greater of both, or the other where one is NaN; gradient as maximum.
template <class X, class Y> requires any_operand<X, Y> constexpr auto fmax(X x, Y y) { return tapeless::invoke(detail::fmax_of{}, x, y); }
/// The lesser of both, or the other where one is NaN; gradient as minimum.
template <class X, class Y> requires any_operand<X, Y> constexpr auto fmin(X x, Y y) { return tapeless::invoke(detail::fmin_of{}, x, y); }
/// x - y where x is greater, else 0.
template <class X, class Y> requires any_operand<X, Y> constexpr auto fdim(X x, Y y) { return tapeless::invoke(detail::fdim_of{}, x, y); }
/// x y + z; the product may be rounded.
template <class X, class Y, class Z> requires any_operand<X, Y, Z> constexpr auto fma(X x, Y y, Z z) { return tapeless::invoke(detail::fma_of{}, x, y, z); }
/// The rest of x / y with the sign of x; mod() gives it that of y.
template <class X, class Y> requires any_operand<X, Y> constexpr auto fmod(X x, Y y) { return tapeless::invoke(detail::fmod_of{}, x, y); }
/// The logarithm to base 10, by a division: within two units in the last place.
template <class X> requires any_operand<X> constexpr auto log10(X x) { return tapeless::invoke(detail::log10_of{}, x); }
/// Inverse hyperbolic functions, without cancellation near 0 (asinh, atanh) and near 1 (acosh).
template <class X> requires any_operand<X> constexpr auto asinh(X x) { return tapeless::invoke(detail::asinh_of{}, x); }
template <class X> requires any_operand<X> constexpr auto acosh(X x) { return tapeless::invoke(detail::acosh_of{}, x); }
template <class X> requires any_operand<X> constexpr auto atanh(X x) { return tapeless::invoke(detail::atanh_of{}, x); }
/// clip() under the name that C++ gives it.
template <class X, class L, class H> requires any_operand<X, L, H> constexpr auto clamp(X x, L low, H high) { return clip(x, low, high); }
constexpr ref clamp(ref x, ref low, ref high) { return clip(x, low, high); }

/// The cube root, also of negative numbers. A primitive, since the power to 1/3, which is no number, is off by up to sixty units
/// in the last place, and gives the gradient NaN at 0.
///   shape     that of x             dtype  that of x (floating)
///   limits    cbrt(+-0) = +-0, cbrt(+-inf) = +-inf
///   gradient  dx = dy / (3 y^2): inf at 0
struct cbrt_op : elementwise<1> {
  static constexpr auto name = "cbrt";
  template <class T> TAPELESS_HOST_DEVICE static constexpr T value(T x) {
    using math::abs, math::full_like, math::pow, math::select, math::sign;
    return select(abs(x) > full_like(x, 0), select(abs(x) + abs(x) == abs(x), x, sign(x) * better(abs(x), pow(abs(x), full_like(x, 1) / full_like(x, 3)))), x);
  }
  static constexpr gradients gradient(ref dy, ref y, ref) { return inputs(dy / (3.0 * y * y)); }

 private:
  /// One of Newton's steps. A function, since nvcc has no variables of a processor's registers in what may run on a card.
  template <class T> TAPELESS_HOST_DEVICE static constexpr T better(T a, T near) {
    using math::full_like;
    return near - (near * near * near - a) / (full_like(a, 3) * near * near);
  }
};
template <class X> requires any_operand<X> constexpr auto cbrt(X x) { return apply<cbrt_op>(x); }

}  // namespace tapeless
