#pragma once
#include <tapeless/backend/elements.hpp>
#include <tapeless/core/math.hpp>
#include <tapeless/ops/convolution.hpp>
#include <tapeless/ops/pooling.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// The plain loops of a windowed op, for any backend: `run(attributes, out, in...)` on tensors of any strides.
template <class Op> struct windowed_loops;

namespace detail {

template <class T> constexpr T& at(const tensor_view<T>& t, std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) {
  return t.data[i * t.strides[0] + j * t.strides[1] + k * t.strides[2] + l * t.strides[3]];
}

/// Zeros in all places of a tensor of four axes.
template <class T> void clear(tensor_view<T> x) {
  for (std::int64_t n = 0; n < x.extents[0]; ++n)
    for (std::int64_t c = 0; c < x.extents[1]; ++c)
      for (std::int64_t i = 0; i < x.extents[2]; ++i) {
        T* const row = &at(x, n, c, i, 0);
        if (x.strides[3] == 1) std::fill_n(row, x.extents[3], T{});
        else for (std::int64_t j = 0; j < x.extents[3]; ++j) row[j * x.strides[3]] = T{};
      }
}

/// Calls visit(element of x, of w, of y) for each product in the sum that a convolution is. Padding is visited as a zero.
template <class X, class W, class Y, class F>
constexpr void each_product(const attributes& a, tensor_view<X> x, tensor_view<W> w, tensor_view<Y> y, F visit) {
  const auto down = window_axis::unpacked(a.a), across = window_axis::unpacked(a.b);
  const auto channels = w.extents[1], per_group = w.extents[0] / a.c;
  for (std::int64_t n = 0; n < y.extents[0]; ++n)
    for (std::int64_t o = 0; o < y.extents[1]; ++o)
      for (std::int64_t i = 0; i < y.extents[2]; ++i)
        for (std::int64_t j = 0; j < y.extents[3]; ++j)
          for (std::int64_t c = 0; c < channels; ++c)
            for (std::int64_t k = 0; k < w.extents[2]; ++k)
              for (std::int64_t l = 0; l < w.extents[3]; ++l) {
                const auto row = i * down.stride - down.before + k * down.dilation, column = j * across.stride - across.before + l * across.dilation;
                const bool inside = row >= 0 && row < x.extents[2] && column >= 0 && column < x.extents[3];
                std::remove_const_t<X> zero{};
                visit(inside ? at(x, n, o / per_group * channels + c, row, column) : zero, at(w, o, c, k, l), at(y, n, o, i, j));
              }
}

/// Calls visit(n, c, i, j, part of the window inside the image) for each position; the part as a tensor (rows, columns).
template <class X, class F> constexpr void each_window(const attributes& a, tensor_view<X> x, const std::array<std::int64_t, max_rank>& positions, F visit) {
  const auto down = window_axis::unpacked(a.a), across = window_axis::unpacked(a.b);
  const auto window = pool::window_of(a);
  for (std::int64_t n = 0; n < positions[0]; ++n)
    for (std::int64_t c = 0; c < positions[1]; ++c)
      for (std::int64_t i = 0; i < positions[2]; ++i)
        for (std::int64_t j = 0; j < positions[3]; ++j) {
          const auto row = i * down.stride - down.before, column = j * across.stride - across.before;
          const auto top = std::max<std::int64_t>(row, 0), left = std::max<std::int64_t>(column, 0);
          tensor_view<X> part{.data = &at(x, n, c, top, left), .rank = 2};
          part.extents = {std::min(row + window.rows, x.extents[2]) - top, std::min(column + window.columns, x.extents[3]) - left};
          part.strides = {x.strides[2], x.strides[3]};
          visit(n, c, i, j, part);
        }
}

/// The place of the first greatest element of a window.
template <class T> constexpr std::pair<std::int64_t, std::int64_t> first_greatest(const tensor_view<const T>& part) {
  std::pair<std::int64_t, std::int64_t> place{0, 0};
  T best = *part.data;
  for (std::int64_t k = 0; k < part.extents[0]; ++k)
    for (std::int64_t l = 0; l < part.extents[1]; ++l)
      if (const T e = part.data[k * part.strides[0] + l * part.strides[1]]; max_pool_op::better(e, best)) best = e, place = {k, l};
  return place;
}

}  // namespace detail

template <> struct windowed_loops<conv2d_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> y, tensor_view<const T> x, tensor_view<const T> w) {
    fill_elements(y, T{});
    detail::each_product(a, x, w, y, [](const T& of_x, const T& of_w, T& of_y) { of_y += of_x * of_w; });
  }
};
template <> struct windowed_loops<conv2d_by_images_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> x, tensor_view<const T> y, tensor_view<const T> w) {
    fill_elements(x, T{});
    detail::each_product(a, x, w, y, [](T& of_x, const T& of_w, const T& of_y) { of_x += of_w * of_y; });
  }
};
template <> struct windowed_loops<conv2d_by_kernels_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> w, tensor_view<const T> x, tensor_view<const T> y) {
    fill_elements(w, T{});
    detail::each_product(a, x, w, y, [](const T& of_x, T& of_w, const T& of_y) { of_w += of_x * of_y; });
  }
};

template <> struct windowed_loops<max_pool_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> y, tensor_view<const T> x) {
    detail::each_window(a, x, y.extents, [&](auto n, auto c, auto i, auto j, const auto& part) {
      const auto [k, l] = detail::first_greatest<T>(part);
      detail::at(y, n, c, i, j) = part.data[k * part.strides[0] + l * part.strides[1]];
    });
  }
};
template <> struct windowed_loops<max_pool_spread_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> u, tensor_view<const T> y, tensor_view<const T> x) {
    fill_elements(u, T{});
    detail::each_window(a, x, y.extents, [&](auto n, auto c, auto i, auto j, const auto& part) {
      const auto [k, l] = detail::first_greatest<T>(part);
      const auto down = window_axis::unpacked(a.a), across = window_axis::unpacked(a.b);
      detail::at(u, n, c, std::max<std::int64_t>(i * down.stride - down.before, 0) + k, std::max<std::int64_t>(j * across.stride - across.before, 0) + l) += detail::at(y, n, c, i, j);
    });
  }
};
template <> struct windowed_loops<max_pool_take_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> y, tensor_view<const T> u, tensor_view<const T> x) {
    detail::each_window(a, x, y.extents, [&](auto n, auto c, auto i, auto j, const auto& part) {
      const auto [k, l] = detail::first_greatest<T>(part);
      const auto down = window_axis::unpacked(a.a), across = window_axis::unpacked(a.b);
      detail::at(y, n, c, i, j) = detail::at(u, n, c, std::max<std::int64_t>(i * down.stride - down.before, 0) + k, std::max<std::int64_t>(j * across.stride - across.before, 0) + l);
    });
  }
};

template <> struct windowed_loops<average_pool_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> y, tensor_view<const T> x) {
    detail::each_window(a, x, y.extents, [&](auto n, auto c, auto i, auto j, const auto& part) {
      T sum{};
      each_element(part, part, [&](const T& e, const T&) { sum += e; });
      detail::at(y, n, c, i, j) = sum / static_cast<T>(part.size());
    });
  }
};
template <> struct windowed_loops<average_pool_spread_op> {
  template <class T> static constexpr void run(const attributes& a, tensor_view<T> x, tensor_view<const T> y) {
    fill_elements(x, T{});
    detail::each_window(a, x, y.extents, [&](auto n, auto c, auto i, auto j, const auto& part) {
      const T share = detail::at(y, n, c, i, j) / static_cast<T>(part.size());
      each_element(part, part, [&](T& e, const T&) { e += share; });
    });
  }
};

}  // namespace tapeless
