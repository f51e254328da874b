#pragma once
#include <tapeless/cuda/loop_arguments.hpp>
#include <tapeless/device/launch.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::device {

template <int Accesses, int Loops> struct map_arguments {
  loop_arguments<Accesses, Loops> loop;
  std::int64_t units = 0;    ///< of elements that are moved at once, of all rows
  std::int64_t singles = 0;  ///< elements behind them, one at a time
  divisor along;             ///< by units of a row, or by its elements where there are no units
};

/// A loop that reduces nothing. Threads take neighbouring units of elements, then those that are as far away as the grid is
/// wide; what is no whole unit, or not aligned, goes by single elements, neighbours by neighbouring threads.
template <std::uint64_t Hash> struct map_kernel {
  static constexpr int W = elements_of_map<Hash>;
  template <int N> using walk = loop_walk<Hash, N>;
  using facts = typename walk<W>::facts;
  using arguments = map_arguments<facts::accesses, facts::loops>;
  static constexpr int most_threads = 256;
  static constexpr const char* name = "loop";
  static constexpr bool is_flat = facts::outer_loops == 0;
  static constexpr std::int64_t most_blocks = 132 * 64;

  static arguments arguments_of(void* const* tensors, const std::int64_t* numbers) {
    arguments a{};
    walk<W>::fill(a.loop, tensors, numbers);
    std::int64_t rows = 1;
    for (int l = 0; l < facts::outer_loops; ++l) rows *= numbers[l];
    const std::int64_t inner = numbers[facts::loops - 1];
    const bool aligned = walk<W>::is_aligned(a.loop) && (is_flat || inner % W == 0);
    a.units = aligned ? rows * (inner / W) : 0;
    a.singles = rows * inner - a.units * W;
    a.along = divisor(aligned ? inner / W : inner, rows * inner + 1);
    return a;
  }
  static grid shape(const arguments& a) {
    return {.blocks = std::min<std::int64_t>(most_blocks, (std::max(a.units, a.singles) + most_threads - 1) / most_threads), .threads = most_threads};
  }
  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    const std::int64_t step = block.blocks * block.threads;
    block.each([&](int t) {
      const std::int64_t first = block.index * block.threads + t;
      take<W>(a, first, step, a.units, 0);
      take<1>(a, first, step, a.singles, a.units * W);
    });
  }

 private:
  /// From inner position `start` on where there is one row only.
  template <int N> TAPELESS_HOST_DEVICE static void take(const arguments& a, std::int64_t first, std::int64_t step, std::int64_t count, std::int64_t start) {
    using slots = typename walk<N>::slots;
    using part = typename slots::part;
    typename slots::registers r{};
    const typename slots::cursor begin = walk<N>::start(a.loop);
    if (first >= count) return;
    if constexpr (is_flat) slots::template compute<part::uniform, 0, true>(r, begin, 0);
    constexpr int at_once = slots::template units_at_once<0>;
    for (std::int64_t u = first; u < count; u += at_once * step) {
      cursor_of<N> at = begin;
      const std::int64_t i = go_to<N>(a, r, at, u, start);
      slots::template begin_elements<0, true>(r, at, i);
      if constexpr (at_once == 1) {
        slots::template finish_elements<0, true>(r, at, i);
      } else {
        typename slots::registers next = r;
        cursor_of<N> there = begin;
        const bool goes_on = u + step < count;
        std::int64_t j = 0;
        if (goes_on) {
          j = go_to<N>(a, next, there, u + step, start);
          slots::template begin_elements<0, true>(next, there, j);
        }
        slots::template finish_elements<0, true>(r, at, i);
        if (goes_on) slots::template finish_elements<0, true>(next, there, j);
      }
    }
  }
  template <int N> using cursor_of = typename walk<N>::slots::cursor;
  /// Moves a cursor to the row of a unit, computes what is the same there, and gives the unit's inner position.
  template <int N> TAPELESS_HOST_DEVICE static std::int64_t go_to(const arguments& a, typename walk<N>::slots::registers& r, cursor_of<N>& at, std::int64_t unit, std::int64_t start) {
    if constexpr (is_flat) {
      return start + unit * N;
    } else {
      const std::int64_t row = a.along.quotient(unit);
      walk<N>::template move<0, facts::outer_loops>(at, a.loop, row);
      walk<N>::slots::template compute<walk<N>::slots::part::uniform, 0, true>(r, at, 0);
      return (unit - row * a.along.number) * N;
    }
  }
};

}  // namespace tapeless::device
