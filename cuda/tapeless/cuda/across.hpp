#pragma once
#include <tapeless/cuda/rows.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

template <int Accesses, int Loops> struct across_arguments {
  loop_arguments<Accesses, Loops> loop;
  std::byte* partials = nullptr;
  std::int64_t parts = 0, elements = 0;        ///< of sums of elements
  std::int64_t result_parts = 0, threads = 0;  ///< of sums of results; each thread of a part has one
  std::int64_t count = 0;             ///< elements of a row, or steps of the reduced loops
  std::int64_t line = 1;              ///< in a part, from one inner loop to the next
  std::int64_t terms = 0;             ///< of an element's sum
  int lane_bits = 0;                  ///< of the power of two of neighbours that a part has for one element
  int place_bits = 0;                 ///< and of elements that a block adds up; all its other threads are members of their teams
  divisor by_inner;
};

/// Adds up what row_kernel left of reductions across the rows, in an order that depends on extents only.
template <std::uint64_t Hash> struct across_kernel {
  using rows = row_kernel<Hash>;
  using walk = typename rows::walk;
  using slots = typename rows::slots;
  using facts = typename rows::facts;
  using arguments = across_arguments<facts::accesses, facts::loops>;
  template <int Slot> using type = typename facts::template type<Slot>;
  static constexpr int most_threads = 256;
  static constexpr const char* name = "sums across rows";

  /// Members take some terms each; where there are few terms, or many elements, they are few. 8 neighbours are a sector.
  static int place_bits_of(const arguments& a) {
    int members = 0;
    while (members < 5 && a.terms >> members > 16) ++members;
    int places = 3;
    while (places < 8 - members && a.count >> places > 1) ++places;
    return places;
  }
  static std::int64_t blocks_of_elements(const arguments& a) { return facts::sums > 0 ? (a.count + (std::int64_t{1} << a.place_bits) - 1) >> a.place_bits : 0; }
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
    const T* const parts = reinterpret_cast<const T*>(a.partials + facts::template sum_before<Slot> * a.parts * a.elements);
    const int places = 1 << a.place_bits, members = most_threads >> a.place_bits;
    typename Block::template per_thread<T> x(block);
    block.each([&](int t) {
      T total = o::template identity<T>();
      const std::int64_t e = (block.index << a.place_bits) + (t & (places - 1));
      if (e < a.count) {
        if constexpr (facts::columns) {
          const std::int64_t lanes = std::int64_t{1} << a.lane_bits;
          for (std::int64_t j = t >> a.place_bits; j < a.terms; j += members) total = o::combine(total, parts[(j >> a.lane_bits) * a.elements + (e << a.lane_bits) + (j & (lanes - 1))]);
        } else {
          const std::int64_t line = a.by_inner.quotient(e), at = line * a.line + e - line * a.by_inner.number;
          for (std::int64_t j = t >> a.place_bits; j < a.terms; j += members) total = o::combine(total, parts[j * a.elements + at]);
        }
      }
      x[t] = total;
    });
    reduce_members<Block, T>(block, x, places, members, block.shared, [](T p, T q) { return o::combine(p, q); });
    block.each([&](int t) {
      const std::int64_t e = (block.index << a.place_bits) + t;
      if (t >= places || e >= a.count) return;
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
    const T* const parts = reinterpret_cast<const T*>(a.partials + facts::sum_bytes * a.parts * a.elements + 8 * facts::template across_index<Slot, true> * a.result_parts * a.threads);
    typename Block::template per_thread<T> x(block);
    block.each([&](int t) {
      T total = o::template identity<T>();
      for (std::int64_t j = t; j < a.result_parts * a.threads; j += block.threads) total = o::combine(total, parts[j]);
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
