#pragma once
#include <tapeless/backend/indexed.hpp>
#include <tapeless/backend/simd/math.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::wide {

/// arg_max and arg_min of tensors of which the axis, or the last of the other axes, is contiguous.
template <class Op> struct place_kernel {
  template <class Out, class T> static void run(const attributes& a, tensor_view<Out> out, tensor_view<const T> x) {
    if constexpr (std::is_same_v<T, bool>) {
      plain_loops::run(a, out, x);
    } else {
      const auto axis = static_cast<std::size_t>(a.a), last = static_cast<std::size_t>(x.rank - 1), last_out = static_cast<std::size_t>(out.rank - 1);
      if (x.strides[axis] == 1) {
        tapeless::detail::each_line(a, out, x, [](Out& result, const T* line, std::int64_t n, std::int64_t) { result = static_cast<Out>(place_in_row(line, n)); });
      } else if (axis != last && x.strides[last] == 1 && out.rank > 0 && (out.strides[last_out] == 1 || out.extents[last_out] == 1) && x.extents[axis] <= most_rows<T>) {
        const auto columns = x.extents[last];
        --x.rank, --out.rank;
        tapeless::detail::each_line(a, out, x, [&](Out& result, const T* line, std::int64_t n, std::int64_t stride) { places_in_columns(line, n, stride, columns, &result); });
      } else {
        plain_loops::run(a, out, x);
      }
    }
  }

 private:
  using plain_loops = indexed_loops<Op>;
  static constexpr bool greatest = std::is_same_v<Op, arg_max_op>;
  /// Rows are counted in lanes as wide as the elements.
  template <class T> using count_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  template <class T> static constexpr std::int64_t most_rows = std::numeric_limits<count_of<T>>::max();

  template <class T> static T better(T x, T y) {
    using math::max, math::min;
    if constexpr (greatest) return max(x, y);
    else return min(x, y);
  }

  /// By blocks: one that has nothing better than what was found is passed over with one comparison.
  template <class T> static std::int64_t place_in_row(const T* row, std::int64_t n) {
    using lanes = vec<T>;
    constexpr int w = lanes::size, block = 8;
    if (n < w) return place_of(row, n);
    T found = row[0];
    std::int64_t start = 0;
    const auto meet = [&](std::int64_t i, lanes candidate) {
      const lanes best(found);
      if (any((greatest ? candidate > best : candidate < best) | (candidate != candidate))) {
        found = reduce([](auto x, auto y) { return better(x, y); }, candidate);
        start = i;
      }
      return found == found;  // nothing is better than the first nan
    };
    bool open = found == found;
    std::int64_t i = 0;
    for (; open && i + block * w <= n; i += block * w) {
      lanes candidate = lanes::load(row + i);
      for (int u = 1; u < block; ++u) candidate = better(lanes::load(row + i + u * w), candidate);
      open = meet(i, candidate);
    }
    for (; open && i + w <= n; i += w) open = meet(i, lanes::load(row + i));
    if (open && i < n) meet(n - w, lanes::load(row + n - w));
    const auto is_it = [found](auto x) { return (x == decltype(x)(found)) | (x != x); };
    while (start + w <= n && !any(is_it(lanes::load(row + start)))) start += w;
    while (!is_it(row[start])) ++start;
    return start;
  }
  template <class T> static std::int64_t place_of(const T* row, std::int64_t n) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (Op::better(row[i], row[best])) best = i;
    return best;
  }

  template <class Out, class T> static void places_in_columns(const T* first, std::int64_t n, std::int64_t stride, std::int64_t columns, Out* to) {
    using lanes = vec<T>;
    using counts = vec<count_of<T>>;
    constexpr int w = lanes::size, together = 4;
    const auto block = [&]<std::size_t U>(std::int64_t j, int count, std::integral_constant<std::size_t, U>) {
      const auto load = [&](std::int64_t i, std::size_t u) { return count == w ? lanes::load(first + i * stride + j + static_cast<std::int64_t>(u) * w) : lanes::load_partial(first + i * stride + j, count); };
      std::array<lanes, U> best;
      std::array<counts, U> place;
      for (std::size_t u = 0; u < U; ++u) best[u] = load(0, u), place[u] = counts(0);
      for (std::int64_t i = 1; i < n; ++i) {
        const counts row(static_cast<count_of<T>>(i));
        for (std::size_t u = 0; u < U; ++u) {
          const auto x = load(i, u);
          auto wins = greatest ? x > best[u] : x < best[u];
          if constexpr (std::is_floating_point_v<T>) wins = wins | ((x != x) & (best[u] == best[u]));
          best[u] = select(wins, x, best[u]);
          place[u] = select(wins, row, place[u]);
        }
      }
      for (std::size_t u = 0; u < U; ++u) {
        alignas(64) count_of<T> places[lane_count<T>];
        place[u].store(places);
        std::copy_n(places, count, to + j + static_cast<std::int64_t>(u) * w);
      }
    };
    std::int64_t j = 0;
    for (; j + together * w <= columns; j += together * w) block(j, w, std::integral_constant<std::size_t, together>{});
    for (; j + w <= columns; j += w) block(j, w, std::integral_constant<std::size_t, 1>{});
    if (j < columns) block(j, static_cast<int>(columns - j), std::integral_constant<std::size_t, 1>{});
  }
};

}  // namespace tapeless::wide
