#pragma once
#include <tapeless/ops/axis.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
template <int Axis> struct expanded {
  constexpr reshaping operator()(const shape& x) const {
    const int at = axis_of(Axis, x.rank + 1);
    if (at < 0) return {x, "expand_dims: the axis is out of range"};
    shape s;
    for (int i = 0; i <= x.rank; ++i) s.push(i == at ? dim(1) : x[i < at ? i : i - 1]);
    return {s};
  }
};
template <int... Axes> struct squeezed {
  constexpr reshaping operator()(const shape& x) const {
    unsigned drop = 0;
    for (int axis : std::array<int, sizeof...(Axes)>{Axes...}) {
      const int at = axis_of(axis, x.rank);
      if (at < 0) return {x, "squeeze: the axis is out of range"};
      if (!x[at].is_one()) return {x, "squeeze: the extent of the axis is not 1"};
      drop |= 1u << at;
    }
    shape s;
    for (int i = 0; i < x.rank; ++i)
      if (sizeof...(Axes) == 0 ? !x[i].is_one() : (drop >> i & 1u) == 0) s.push(x[i]);
    return {s};
  }
};
template <int From> struct flattened {
  constexpr reshaping operator()(const shape& x) const {
    const int from = From < 0 ? From + x.rank : From;
    if (from < 0 || from > x.rank) return {x, "flatten: the axis is out of range"};
    shape s, rest;
    for (int i = 0; i < x.rank; ++i) (i < from ? s : rest).push(x[i]);
    const auto n = count_elements(rest);
    if (!n.ok) return {x, "flatten: two dynamic dims cannot become one"};
    s.push(n.value);
    return {s};
  }
};
}  // namespace detail

/// A new axis of extent 1 at position Axis of the result; negative ones count from its end: `expand_dims<-1>(x)`.
///   gradient  dx = dy without the axis
template <int Axis, class X> requires any_operand<X> constexpr auto expand_dims(X x) { return detail::reshape_by<detail::expanded<Axis>>(x); }

/// Without the given axes, which must have extent 1; without arguments: without all axes of extent 1.
///   gradient  dx = dy with the axes put back
template <int... Axes, class X> requires any_operand<X> constexpr auto squeeze(X x) { return detail::reshape_by<detail::squeezed<Axes...>>(x); }

/// All axes from axis From on as one, in row-major order: `flatten<1>(images)` keeps the batch axis.
///   gradient  dx = dy in the shape of x
template <int From = 0, class X> requires any_operand<X> constexpr auto flatten(X x) { return detail::reshape_by<detail::flattened<From>>(x); }

}  // namespace tapeless
