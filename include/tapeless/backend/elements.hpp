#pragma once
#include <tapeless/backend/tensor_view.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {
template <class To, class From, class F> constexpr void each_in_line(To* t, From* f, std::int64_t n, F& visit) {
  for (std::int64_t i = 0; i < n; ++i) visit(t[i], f[i]);
}
/// Along the axes before `outer`; behind them, `line` elements stand one after the other.
template <class To, class From, class F>
constexpr void each_line(const tensor_view<To>& to, const tensor_view<From>& from, int axis, int outer, std::int64_t line, To* t, From* f, F& visit) {
  const auto n = static_cast<std::size_t>(axis);
  const auto extent = to.extents[n], step = to.strides[n], other_step = from.strides[n];
  if (axis + 1 < outer) {
    for (std::int64_t i = 0; i < extent; ++i) each_line(to, from, axis + 1, outer, line, t + i * step, f + i * other_step, visit);
  } else if (line == 1) {
    for (std::int64_t i = 0; i < extent; ++i) visit(t[i * step], f[i * other_step]);
  } else {
    for (std::int64_t i = 0; i < extent; ++i) each_in_line(t + i * step, f + i * other_step, line, visit);
  }
}
}  // namespace detail

/// Visits the elements of two tensors of equal extents in row-major order.
template <class To, class From, class F> constexpr void each_element(const tensor_view<To>& to, const tensor_view<From>& from, F visit) {
  int outer = to.rank;
  std::int64_t line = 1;
  for (; outer > 0; --outer) {
    const auto n = static_cast<std::size_t>(outer - 1);
    if (to.extents[n] != 1 && (to.strides[n] != line || from.strides[n] != line)) break;
    line *= to.extents[n];
  }
  if (outer == 0) detail::each_in_line(to.data, from.data, line, visit);
  else if (to.size() > 0) detail::each_line(to, from, 0, outer, line, to.data, from.data, visit);
}

template <class T> constexpr void copy_elements(const tensor_view<T>& to, const tensor_view<const T>& from) {
  each_element(to, from, [](T& t, const T& f) { t = f; });
}
template <class T> constexpr void fill_elements(const tensor_view<T>& to, T value) {
  each_element(to, to, [&](T& t, const T&) { t = value; });
}

/// The part of `whole` that `part`'s elements fill along one axis, from `start` on in steps of `step`.
template <class T> constexpr tensor_view<T> window(tensor_view<T> whole, int axis, std::int64_t start, std::int64_t step, std::int64_t extent) {
  const auto n = static_cast<std::size_t>(axis);
  whole.data += start * whole.strides[n];
  whole.strides[n] *= step;
  whole.extents[n] = extent;
  return whole;
}

}  // namespace tapeless
