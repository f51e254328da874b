#pragma once
#include <tapeless/backend/simd/pooling_by_two.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Pooling of images whose rows are contiguous, a register of neighbouring windows at a time, as if the stride were 1; of
/// these, one in every stride is taken. Windows that reach over an edge are left to the plain loops.
template <class Op> struct pooling_kernel;

namespace detail {

/// The plain part of an image's row of windows: [first, last) of its positions lie inside the image from left to right.
template <attributes A> struct window_row {
  static constexpr window_axis down = window_axis::unpacked(A.a), across = window_axis::unpacked(A.b);
  static constexpr std::int64_t rows = pool::window_of(A).rows, columns = pool::window_of(A).columns;

  std::int64_t top, count, skipped;  ///< rows of the image that the windows see, and how many they miss above it
  std::int64_t first, last;

  constexpr window_row(std::int64_t i, std::int64_t height, std::int64_t width, std::int64_t positions) {
    const auto row = i * down.stride - down.before;
    top = std::max<std::int64_t>(row, 0);
    skipped = top - row;
    count = std::min(row + rows, height) - top;
    first = std::min((across.before + across.stride - 1) / across.stride, positions);
    last = width < columns ? first : std::clamp<std::int64_t>((width - columns + across.before) / across.stride + 1, first, positions);
  }
  static constexpr std::int64_t column(std::int64_t j) { return j * across.stride - across.before; }
};

/// Windows at once: what they leave is kept in registers' worth of memory.
inline constexpr std::int64_t windows_at_once = 64;

/// For `span` windows of stride 1 from `from` on: f(v, element) combines, in the order of the window, and done(v, position).
template <std::int64_t Columns, class T, class Start, class F, class Done>
[[gnu::always_inline]] inline void slide(const T* from, std::int64_t row_stride, std::int64_t rows, std::int64_t span, Start start, F combine, Done done) {
  constexpr std::int64_t W = vec<T>::size;
  for (std::int64_t v = 0; v < span; v += W) {
    const int n = static_cast<int>(std::min(W, span - v));
    auto state = start();
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t l = 0; l < Columns; ++l) {
        const T* at = from + k * row_stride + v + l;
        combine(state, n == W ? vec<T>::load(at) : vec<T>::load_partial(at, n), k, l);
      }
    done(state, v);
  }
}

/// For each row of windows, begin(n, c, i) gives what is called with (j, value, row, column): the first greatest element of
/// window j and, if `Places`, where it stands in the image.
template <attributes A, bool Places, class T, class F> void each_greatest(tensor_view<const T> x, const std::array<std::int64_t, max_rank>& positions, F begin) {
  using row = window_row<A>;
  constexpr std::int64_t at_once = (windows_at_once - 1) / row::across.stride + 1;
  alignas(64) T values[windows_at_once];
  [[maybe_unused]] alignas(64) T places[windows_at_once];
  for (std::int64_t n = 0; n < positions[0]; ++n)
    for (std::int64_t c = 0; c < positions[1]; ++c)
      for (std::int64_t i = 0; i < positions[2]; ++i) {
        const row r(i, x.extents[2], x.extents[3], positions[3]);
        const auto visit = begin(n, c, i);
        const auto edge = [&](std::int64_t j) {
          const auto left = std::max<std::int64_t>(row::column(j), 0);
          tensor_view<const T> part{.data = &tapeless::detail::at(x, n, c, r.top, left), .rank = 2};
          part.extents = {r.count, std::min(row::column(j) + row::columns, x.extents[3]) - left};
          part.strides = {x.strides[2], x.strides[3]};
          const auto [k, l] = tapeless::detail::first_greatest<T>(part);
          visit(j, part.data[k * part.strides[0] + l * part.strides[1]], r.top + k, left + l);
        };
        const auto inner = x.strides[3] == 1 ? r.last : r.first;
        for (std::int64_t j = 0; j < r.first; ++j) edge(j);
        for (std::int64_t j = inner; j < positions[3]; ++j) edge(j);
        for (std::int64_t j = r.first; j < inner; j += at_once) {
          const auto count = std::min(at_once, inner - j), span = (count - 1) * row::across.stride + 1;
          const T* from = &tapeless::detail::at(x, n, c, r.top, row::column(j));
          if constexpr (Places) {
            struct found {
              vec<T> value, place;
            };
            slide<row::columns>(from, x.strides[2], r.count, span, [&] { return found{vec<T>::load_partial(from, 1), vec<T>(T(-1))}; },
                                [](found& f, vec<T> e, std::int64_t k, std::int64_t l) {
                                  const auto better = (e > f.value) | ((e != e) & (f.value == f.value)) | (f.place < vec<T>(T(0)));
                                  f.value = select(better, e, f.value);
                                  f.place = select(better, vec<T>(static_cast<T>(k * row::columns + l)), f.place);
                                },
                                [&](const found& f, std::int64_t v) { f.value.store(values + v), f.place.store(places + v); });
            for (std::int64_t q = 0; q < count; ++q) {
              const auto place = static_cast<std::int64_t>(places[q * row::across.stride]);
              visit(j + q, values[q * row::across.stride], r.top + place / row::columns, row::column(j + q) + place % row::columns);
            }
          } else {
            slide<row::columns>(from, x.strides[2], r.count, span, [] { return vec<T>(-std::numeric_limits<T>::infinity()); },
                                [](vec<T>& best, vec<T> e, std::int64_t, std::int64_t) { best = max(best, e); },
                                [&](const vec<T>& best, std::int64_t v) { best.store(values + v); });
            for (std::int64_t q = 0; q < count; ++q) visit(j + q, values[q * row::across.stride], 0, 0);
          }
        }
      }
}

}  // namespace detail

template <> struct pooling_kernel<max_pool_op> {
  template <attributes A, class T> static void run(tensor_view<T> y, tensor_view<const T> x) noexcept {
    if constexpr (detail::moves_by_two<A>)
      if (x.strides[3] == 1 && y.strides[3] == 1)
        return detail::pool_by_two<A>(y, x, -std::numeric_limits<T>::infinity(), [](vec<T> best, vec<T> e) { return max(best, e); }, [](vec<T> best) { return best; });
    detail::each_greatest<A, false>(x, y.extents, [&](auto n, auto c, auto i) {
      return [to = &tapeless::detail::at(y, n, c, i, 0), stride = y.strides[3]](auto j, T value, auto, auto) { to[j * stride] = value; };
    });
  }
};
template <> struct pooling_kernel<max_pool_spread_op> {
  template <attributes A, class T> static void run(tensor_view<T> u, tensor_view<const T> y, tensor_view<const T> x) noexcept {
    tapeless::detail::clear(u);
    detail::each_greatest<A, true>(x, y.extents, [&](auto n, auto c, auto i) {
      return [to = &tapeless::detail::at(u, n, c, 0, 0), down = u.strides[2], across = u.strides[3], from = &tapeless::detail::at(y, n, c, i, 0), stride = y.strides[3]](auto j, T, auto row, auto column) {
        to[row * down + column * across] += from[j * stride];
      };
    });
  }
};
template <> struct pooling_kernel<max_pool_take_op> {
  template <attributes A, class T> static void run(tensor_view<T> y, tensor_view<const T> u, tensor_view<const T> x) noexcept {
    detail::each_greatest<A, true>(x, y.extents, [&](auto n, auto c, auto i) {
      return [to = &tapeless::detail::at(y, n, c, i, 0), stride = y.strides[3], from = &tapeless::detail::at(u, n, c, 0, 0), down = u.strides[2], across = u.strides[3]](auto j, T, auto row, auto column) {
        to[j * stride] = from[row * down + column * across];
      };
    });
  }
};

template <> struct pooling_kernel<average_pool_spread_op> {
  template <attributes A, class T> static void run(tensor_view<T> x, tensor_view<const T> y) noexcept {
    using row = detail::window_row<A>;
    tapeless::detail::clear(x);
    for (std::int64_t n = 0; n < y.extents[0]; ++n)
      for (std::int64_t c = 0; c < y.extents[1]; ++c)
        for (std::int64_t i = 0; i < y.extents[2]; ++i) {
          const row r(i, x.extents[2], x.extents[3], y.extents[3]);
          for (std::int64_t j = 0; j < y.extents[3]; ++j) {
            const auto left = std::max<std::int64_t>(row::column(j), 0), right = std::min(row::column(j) + row::columns, x.extents[3]);
            const T share = tapeless::detail::at(y, n, c, i, j) / static_cast<T>(r.count * (right - left));
            for (std::int64_t k = r.top; k < r.top + r.count; ++k)
              for (std::int64_t l = left; l < right; ++l) tapeless::detail::at(x, n, c, k, l) += share;
          }
        }
  }
};

template <> struct pooling_kernel<average_pool_op> {
  template <attributes A, class T> static void run(tensor_view<T> y, tensor_view<const T> x) noexcept {
    using row = detail::window_row<A>;
    if constexpr (detail::moves_by_two<A>)
      if (x.strides[3] == 1 && y.strides[3] == 1)
        return detail::pool_by_two<A>(y, x, T{}, [](vec<T> sum, vec<T> e) { return sum + e; }, [](vec<T> sum) { return sum / vec<T>(static_cast<T>(row::rows * row::columns)); });
    constexpr std::int64_t at_once = (detail::windows_at_once - 1) / row::across.stride + 1;
    alignas(64) T sums[detail::windows_at_once];
    for (std::int64_t n = 0; n < y.extents[0]; ++n)
      for (std::int64_t c = 0; c < y.extents[1]; ++c)
        for (std::int64_t i = 0; i < y.extents[2]; ++i) {
          const row r(i, x.extents[2], x.extents[3], y.extents[3]);
          const auto edge = [&](std::int64_t j) {
            const auto left = std::max<std::int64_t>(row::column(j), 0), right = std::min(row::column(j) + row::columns, x.extents[3]);
            T sum{};
            for (std::int64_t k = r.top; k < r.top + r.count; ++k)
              for (std::int64_t l = left; l < right; ++l) sum += tapeless::detail::at(x, n, c, k, l);
            tapeless::detail::at(y, n, c, i, j) = sum / static_cast<T>(r.count * (right - left));
          };
          const auto inner = x.strides[3] == 1 ? r.last : r.first;
          for (std::int64_t j = 0; j < r.first; ++j) edge(j);
          for (std::int64_t j = inner; j < y.extents[3]; ++j) edge(j);
          for (std::int64_t j = r.first; j < inner; j += at_once) {
            const auto count = std::min(at_once, inner - j), span = (count - 1) * row::across.stride + 1;
            detail::slide<row::columns>(&tapeless::detail::at(x, n, c, r.top, row::column(j)), x.strides[2], r.count, span, [] { return vec<T>(T{}); },
                                        [](vec<T>& sum, vec<T> e, std::int64_t, std::int64_t) { sum += e; },
                                        [&](const vec<T>& sum, std::int64_t v) { (sum / vec<T>(static_cast<T>(r.count * row::columns))).store(sums + v); });
            T* const to = &tapeless::detail::at(y, n, c, i, j);
            for (std::int64_t q = 0; q < count; ++q) to[q * y.strides[3]] = sums[q * row::across.stride];
          }
        }
  }
};

}  // namespace tapeless::wide
