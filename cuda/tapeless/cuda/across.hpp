#pragma once
#include <tapeless/cuda/rows.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

template <int Accesses, int Loops> struct across_arguments {
  loop_arguments<Accesses, Loops> loop;
  std::byte* partials = nullptr;
  std::int64_t parts = 0;             ///< blocks that left one
  std::int64_t elements = 0, threads = 0;  ///< of a part: sums of elements, and threads with sums of results
  std::int64_t count = 0;             ///< elements of a row, or steps of the reduced loops
  std::int64_t line = 1;              ///< in a part, from one inner loop to the next
  int lanes = 1;                      ///< numbers of one step
  divisor by_inner;
};

/// Adds up what the blocks of row_kernel left of reductions across the rows, in the order of the blocks.
template <std::uint64_t Hash> struct across_kernel {
  using rows = row_kernel<Hash>;
  using walk = typename rows::walk;
  using slots = typename rows::slots;
  using facts = typename rows::facts;
  using arguments = across_arguments<facts::accesses, facts::loops>;
  template <int Slot> using type = typename facts::template type<Slot>;
  static constexpr int most_threads = 256, lanes = warp, members = most_threads / warp;
  static constexpr const char* name = "sums across rows";

  static std::int64_t blocks_of_elements(const arguments& a) { return facts::sums > 0 ? (a.count + lanes - 1) / lanes : 0; }
  static grid shape(const arguments& a) { return {.blocks = blocks_of_elements(a) + (facts::results > 0 ? 1 : 0), .threads = most_threads, .shared_bytes = most_threads * 8}; }

  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    const bool of_results = facts::results > 0 && block.index == block.blocks - 1;
    detail::repeat<facts::steps>([&](auto step) {
      constexpr int k = facts::first_step + decltype(step)::value;
      if constexpr (facts::template sums_across<k, false>) {
        if (!of_results) add_elements<k>(block, a);
      } else if constexpr (facts::template sums_across<k, true>) {
        if (of_results) add_results<k>(block, a);
      }
    });
  }

 private:
  template <int Slot, class Block> TAPELESS_HOST_DEVICE static void add_elements(const Block& block, const arguments& a) {
    using o = typename facts::template op<Slot>;
    using T = type<Slot>;
    const T* const parts = reinterpret_cast<const T*>(a.partials + 8 * facts::template across_index<Slot, false> * a.parts * a.elements);
    typename Block::template per_thread<T> x(block);
    block.each([&](int t) {
      T total = o::template identity<T>();
      const std::int64_t e = block.index * lanes + t % lanes;
      if (e < a.count) {
        if constexpr (facts::columns) {
          for (std::int64_t j = t / lanes; j < a.parts * a.lanes; j += members) total = o::combine(total, parts[j / a.lanes * a.elements + e * a.lanes + j % a.lanes]);
        } else {
          const std::int64_t line = a.by_inner.quotient(e), at = line * a.line + e - line * a.by_inner.number;
          for (std::int64_t j = t / lanes; j < a.parts; j += members) total = o::combine(total, parts[j * a.elements + at]);
        }
      }
      x[t] = total;
    });
    reduce_members<Block, T>(block, x, lanes, members, block.shared, [](T p, T q) { return o::combine(p, q); });
    block.each([&](int t) {
      const std::int64_t e = block.index * lanes + t;
      if (t >= lanes || e >= a.count) return;
      typename walk::cursor at = walk::start(a.loop);
      std::int64_t line = e;
      if constexpr (!facts::columns) line = a.by_inner.quotient(e);
      walk::template move<facts::outer_loops, facts::outer_loops + facts::reduced_loops>(at, a.loop, line);
      write<Slot>(at, facts::columns ? 0 : e - line * a.by_inner.number, x[t]);
    });
  }
  template <int Slot, class Block> TAPELESS_HOST_DEVICE static void add_results(const Block& block, const arguments& a) {
    using o = typename facts::template op<Slot>;
    using T = type<Slot>;
    const T* const parts = reinterpret_cast<const T*>(a.partials + 8 * facts::sums * a.parts * a.elements + 8 * facts::template across_index<Slot, true> * a.parts * a.threads);
    typename Block::template per_thread<T> x(block);
    block.each([&](int t) {
      T total = o::template identity<T>();
      for (std::int64_t j = t; j < a.parts * a.threads; j += block.threads) total = o::combine(total, parts[j]);
      x[t] = total;
    });
    reduce_team<Block, T>(block, x, most_threads, block.shared, [](T p, T q) { return o::combine(p, q); });
    block.each([&](int t) {
      if (t == 0) write<Slot>(walk::start(a.loop), 0, x[t]);
    });
  }
  template <int Slot, class T> TAPELESS_HOST_DEVICE static void write(const typename walk::cursor& at, std::int64_t i, T x) {
    detail::repeat<facts::writes>([&](auto w) {
      constexpr int access = facts::reads + decltype(w)::value;
      if constexpr (facts::template source<access> == Slot) *slots::template address<access>(at, i) = x;
    });
  }
};

}  // namespace tapeless::device
