#pragma once
#include <tapeless/backend/simd/gemm_tile.hpp>
#include <tapeless/backend/simd/vec.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::wide::detail {

/// to[j] = element first + j * step of a row of so many elements, 0 outside it.
template <class T>
inline void copy_row(const T* row, std::int64_t stride, std::int64_t extent, std::int64_t first, std::int64_t step, T* to, std::int64_t count) {
  const auto begin = std::clamp<std::int64_t>(first >= 0 ? 0 : (-first + step - 1) / step, 0, count);
  const auto end = std::clamp<std::int64_t>(extent <= first ? 0 : (extent - first - 1) / step + 1, begin, count);
  for (std::int64_t j = 0; j < begin; ++j) to[j] = T{};
  for (std::int64_t j = end; j < count; ++j) to[j] = T{};
  const T* from = row + first * stride;
  if (stride * step == 1) {
    std::int64_t j = begin;
    for (; j + vec<T>::size <= end; j += vec<T>::size) vec<T>::load(from + j).store(to + j);
    if (j < end) vec<T>::load_partial(from + j, static_cast<int>(end - j)).store_partial(to + j, static_cast<int>(end - j));
  } else {
    for (std::int64_t j = begin; j < end; ++j) to[j] = from[j * stride * step];
  }
}

/// Rows (output channels) and registers of positions that a tile keeps in registers.
template <class T> inline constexpr int most_rows = has_32_registers<xsimd::batch<T>> ? 8 : 6;
template <class T> inline constexpr int most_registers = has_32_registers<xsimd::batch<T>> ? 3 : 2;

/// How many of the rows that are left the next tile takes; rows beyond the last are computed with zeros.
template <class T> constexpr int rows_of_tile(std::int64_t left) {
  if (left > most_rows<T>) return most_rows<T> == 8 && left < 12 && left > 8 ? 6 : most_rows<T>;
  return left > 6 ? 8 : left > 4 ? 6 : left > 2 ? 4 : static_cast<int>(left);
}
template <class T, class F> void each_block(std::int64_t rows, F visit) {
  for (std::int64_t row = 0; row < rows;) {
    const int n = rows_of_tile<T>(rows - row);
    visit(row, n);
    row += n;
  }
}

/// Weights in the order in which tiles read them: by block of rows, input channel, tap, row.
template <class T>
void pack_weights(const T* w, std::int64_t rows, std::int64_t row_stride, std::int64_t channels, std::int64_t channel_stride, const std::int64_t* places, std::int64_t count, T* to) {
  each_block<T>(rows, [&](std::int64_t first, int n) {
    const int real = static_cast<int>(std::min<std::int64_t>(n, rows - first));
    for (int r = 0; r < n; ++r) {
      T* at = to + r;
      const T* from = w + (first + r) * row_stride;
      for (std::int64_t c = 0; c < channels; ++c, from += channel_stride)
        for (std::int64_t t = 0; t < count; ++t, at += n) *at = r < real ? from[places[t]] : T{};
    }
    to += n * channels * count;
  });
}

/// y[row, i, j] = sum over channels c and taps t of weights[row, c, t] * planes[c, taps[t] + i * pitch + j].
template <class T> struct correlation {
  const T* planes;
  std::int64_t plane, channels;
  const std::int64_t* taps;
  std::int64_t tap_count;
  const T* weights;
  std::int64_t rows, pitch, height, width;
  T* y;
  std::int64_t y_row, y_down, y_across;
};

/// Rows x Registers registers of positions from `position` on, to `sums`.
template <class T, int Rows, int Registers>
[[gnu::noinline]] void correlate_tile(const correlation<T>& job, const T* w, std::int64_t position, T* sums) {
  using V = xsimd::batch<T>;
  using lanes = lane_traits<V>;
  constexpr auto W = static_cast<std::int64_t>(V::size);
  plain_array<plain_array<V, Registers>, Rows> sum;
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Registers; ++v) sum[r][v] = V(T(0));
  const T* plane = job.planes + position;
  const std::int64_t* const end = job.taps + job.tap_count;
  for (std::int64_t c = 0; c < job.channels; ++c, plane += job.plane)
    for (const std::int64_t* tap = job.taps; tap != end; ++tap, w += Rows) {
      plain_array<V, Registers> x;
#pragma GCC unroll 8
      for (int v = 0; v < Registers; ++v) x[v] = lanes::load(plane + *tap + v * W);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const V weight(w[r]);
#pragma GCC unroll 8
        for (int v = 0; v < Registers; ++v) sum[r][v] = lanes::multiply_add(weight, x[v], sum[r][v]);
      }
    }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Registers; ++v) lanes::store(sum[r][v], sums + (r * Registers + v) * W);
}

/// Calls f(std::integral_constant) for a number of rows, or of registers, known at run time.
template <class T, class F> void with_rows(int n, F f) {
  switch (n) {
    case 1: return f(std::integral_constant<int, 1>{});
    case 2: return f(std::integral_constant<int, 2>{});
    case 4: return f(std::integral_constant<int, 4>{});
    case 6: return f(std::integral_constant<int, 6>{});
    default: return f(std::integral_constant<int, most_rows<T>>{});
  }
}
template <class T, class F> void with_registers(std::int64_t n, F f) {
  if (n == 1) f(std::integral_constant<int, 1>{});
  else if (n == 2 || most_registers<T> == 2) f(std::integral_constant<int, 2>{});
  else f(std::integral_constant<int, most_registers<T>>{});
}

template <class T> void correlate(const correlation<T>& job) {
  constexpr auto W = static_cast<std::int64_t>(vec<T>::size);
  alignas(64) T sums[static_cast<std::size_t>(most_rows<T> * most_registers<T> * W)];
  const auto positions = (job.height - 1) * job.pitch + job.width;
  for (std::int64_t position = 0, row = 0, column = 0; position < positions;) {
    const auto registers = std::min<std::int64_t>((positions - position + W - 1) / W, most_registers<T>);
    const auto length = std::min(registers * W, positions - position);
    const T* w = job.weights;
    each_block<T>(job.rows, [&](std::int64_t first, int n) {
      with_rows<T>(n, [&](auto rows) { with_registers<T>(registers, [&](auto r) { correlate_tile<T, rows(), r()>(job, w, position, sums); }); });
      w += n * job.channels * job.tap_count;
      for (int r = 0; r < n && first + r < job.rows; ++r) {
        const T* from = sums + r * registers * W;
        T* line = job.y + (first + r) * job.y_row + row * job.y_down;
        auto at = column;
        for (std::int64_t left = length; left > 0;) {
          const auto part = std::min(left, job.pitch - at), wanted = std::min(part, job.width - at);
          if (wanted > 0) {
            if (job.y_across == 1) copy_row(from, 1, wanted, 0, 1, line + at, wanted);
            else for (std::int64_t j = 0; j < wanted; ++j) line[(at + j) * job.y_across] = from[j];
          }
          from += part, left -= part, at = 0, line += job.y_down;
        }
      }
    });
    position += length;
    for (column += length; column >= job.pitch; column -= job.pitch) ++row;
  }
}

/// w[row, targets[k]] = sum over images n and positions p of y[n, row, p] * x[n, places[k] + p], added to what is there if
/// `add`.
template <class T> struct correlation_of_planes {
  const T* x;
  std::int64_t x_size;
  const std::int64_t* places;
  std::int64_t place_count;
  const T* y;
  std::int64_t y_size, y_plane, rows, images;
  T* w;
  std::int64_t w_row;
  const std::int64_t* targets;
  bool add;
};

template <class T, int Rows, int Places>
[[gnu::noinline]] void correlate_planes_tile(const correlation_of_planes<T>& job, std::int64_t row, const std::int64_t* places, T* sums) {
  using V = xsimd::batch<T>;
  using lanes = lane_traits<V>;
  constexpr auto W = static_cast<std::int64_t>(V::size);
  plain_array<V, Rows * Places> sum;
#pragma GCC unroll 32
  for (auto& s : sum) s = V(T(0));
  for (std::int64_t n = 0; n < job.images; ++n) {
    const T* const y = job.y + n * job.y_size + row * job.y_plane;
    plain_array<const T*, Places> x;
#pragma GCC unroll 8
    for (int k = 0; k < Places; ++k) x[k] = job.x + n * job.x_size + places[k];
    for (std::int64_t p = 0; p < job.y_plane; p += W) {
      plain_array<V, Places> of_x;
#pragma GCC unroll 8
      for (int k = 0; k < Places; ++k) of_x[k] = lanes::load(x[k] + p);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const V of_y = lanes::load(y + r * job.y_plane + p);
#pragma GCC unroll 8
        for (int k = 0; k < Places; ++k) sum[r * Places + k] = lanes::multiply_add(of_y, of_x[k], sum[r * Places + k]);
      }
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < Rows * Places; ++i) lanes::store(sum[i], sums + i * W);
}

/// The sums of `count` registers' lanes, which stand one after the other at `lanes_of`, to the front of the same memory.
template <class T> void add_lanes(T* lanes_of, int count) {
  using V = xsimd::batch<T>;
  using H = typename std::conditional_t<sizeof(V) == 64, half_width<V>, std::type_identity<V>>::type;  // haddp of 512 bits mixes up its lanes in xsimd 8
  constexpr int size = static_cast<int>(H::size);
  for (int i = 0; i < count; i += size) {
    plain_array<H, size> part;
#pragma GCC unroll 8
    for (int k = 0; k < size; ++k) {
      const T* from = lanes_of + std::min(i + k, count - 1) * static_cast<int>(V::size);
      part[k] = H::load_aligned(from);
      if constexpr (V::size > H::size) part[k] += H::load_aligned(from + size);
    }
    xsimd::haddp(part).store_aligned(lanes_of + i);
  }
}

template <class T> void correlate(const correlation_of_planes<T>& job) {
  constexpr int most_places = has_32_registers<xsimd::batch<T>> ? 4 : 2;
  alignas(64) T sums[6 * most_places * vec<T>::size];
  const auto tile = [&](auto rows, auto places, std::int64_t row, std::int64_t place) {
    correlate_planes_tile<T, rows(), places()>(job, row, job.places + place, sums);
    add_lanes(sums, rows() * places());
    for (int r = 0; r < rows(); ++r)
      for (int k = 0; k < places(); ++k) {
        T& to = job.w[(row + r) * job.w_row + job.targets[place + k]];
        to = job.add ? to + sums[r * places() + k] : sums[r * places() + k];
      }
  };
  const auto each_place = [&](auto rows, std::int64_t row) {
    std::int64_t place = 0;
    for (; place + most_places <= job.place_count; place += most_places) tile(rows, std::integral_constant<int, most_places>{}, row, place);
    for (; place < job.place_count; ++place) tile(rows, std::integral_constant<int, 1>{}, row, place);
  };
  std::int64_t row = 0;
  for (; row + 6 <= job.rows; row += 6) each_place(std::integral_constant<int, 6>{}, row);
  if (row + 4 <= job.rows) each_place(std::integral_constant<int, 4>{}, row), row += 4;
  for (; row < job.rows; ++row) each_place(std::integral_constant<int, 1>{}, row);
}

}  // namespace tapeless::wide::detail
