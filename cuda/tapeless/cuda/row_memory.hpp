#pragma once
#include <tapeless/cuda/row_seats.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// What passes over rows keep, and what rows add up to; of the threads of one team at their own places.
template <std::uint64_t Hash, class Block> struct row_memory {
  static constexpr int W = elements_at_once<Hash>;
  using slots = loop_slots<Hash, W>;
  using facts = typename slots::facts;
  using registers = typename slots::registers;
  using arguments = row_arguments<facts::accesses, facts::loops>;
  template <int Slot> using type = typename facts::template type<Slot>;
  static constexpr bool columns = facts::columns;
  const Block& block;
  const arguments& a;

  TAPELESS_HOST_DEVICE row_memory(const Block& b, const arguments& args) : block(b), a(args) {}
  TAPELESS_HOST_DEVICE std::byte* kept(const row_seat& s) const {
    return a.keeps_in_shared ? block.shared + a.exchange_bytes + s.team * a.kept_bytes : a.kept + (a.pass < 0 ? block.index * a.teams + s.team : s.line) * a.kept_bytes;
  }
  TAPELESS_HOST_DEVICE std::byte* sums(int team) const {
    return a.sums_in_shared ? block.shared + a.exchange_bytes + (a.keeps_in_shared ? a.teams * a.kept_bytes : 0) + team * a.sum_bytes
                            : a.sums + (block.index * a.teams + team) * a.sum_bytes;
  }
  template <int Slot> TAPELESS_HOST_DEVICE type<Slot>* sums_of(int team) const {
    return reinterpret_cast<type<Slot>*>(sums(team) + facts::template sum_before<Slot> * a.sum_elements);
  }
  // Which launch adds up across rows: that of the last pass, of elements, and the one behind it, of what is once for a row.
  TAPELESS_HOST_DEVICE bool finds_sums() const { return facts::sums > 0 && (a.pass < 0 || a.pass == facts::passes - 1); }
  TAPELESS_HOST_DEVICE bool finds_results() const { return facts::results > 0 && (a.pass < 0 || a.pass == facts::passes); }
  /// Calls f with each reduction across the rows.
  template <bool Results, class F> TAPELESS_HOST_DEVICE static void each(F f) {
    detail::repeat<facts::steps>([&](auto step) {
      constexpr int s = facts::first_step + decltype(step)::value;
      if constexpr (facts::template sums_across<s, Results>) f(std::integral_constant<int, s>{}, std::type_identity<typename facts::template op<s>>{});
    });
  }
  /// Members clear what they will add to themselves.
  TAPELESS_HOST_DEVICE void clear(registers& totals, int t) const {
    totals = registers{};
    const row_seat s = row_seat_of<Hash, W>(a, 0, t);
    each<false>([&](auto slot, auto op) {
      if (!finds_sums()) return;
      constexpr int k = decltype(slot)::value;
      type<k>* const place = this->template sums_of<k>(s.team);
      for (std::int64_t p = s.member; p < a.of_chunk; p += a.members) {
        if constexpr (columns) place[p * a.lanes + s.lane] = decltype(op)::type::template identity<type<k>>();
        else
          for (int e = 0; e < W; ++e) place[p * W + e] = decltype(op)::type::template identity<type<k>>();
      }
    });
    each<true>([&](auto slot, auto op) {
      constexpr int k = decltype(slot)::value;
      totals.template at<k>()[0] = decltype(op)::type::template identity<type<k>>();
    });
  }
  /// Combines what the teams of the block have, in their order, and leaves it in the block's part, for the block's chunk.
  TAPELESS_HOST_DEVICE void leave(typename Block::template per_thread<registers>& totals) const {
    block.barrier();
    const std::int64_t part = a.by_chunks.quotient(block.index), first = (block.index - part * a.chunks) * a.of_chunk;
    const std::int64_t n = (first + a.of_chunk < a.positions ? a.of_chunk : a.positions - first) * (columns ? a.lanes : W);
    each<false>([&](auto slot, auto op) {
      constexpr int k = decltype(slot)::value;
      using o = typename decltype(op)::type;
      if (!finds_sums()) return;
      type<k>* const to = reinterpret_cast<type<k>*>(a.across + facts::template sum_before<k> * a.parts * a.part_elements) + part * a.part_elements + first * (columns ? a.lanes : W);
      block.each([&](int t) {
        for (std::int64_t i = t; i < n; i += block.threads) {
          type<k> total = this->template sums_of<k>(0)[i];
          for (int team = 1; team < a.teams; ++team) total = o::combine(total, this->template sums_of<k>(team)[i]);
          to[i] = total;
        }
      });
    });
    // One number of each thread; those that are no first members have none.
    std::byte* const results = a.across + facts::sum_bytes * a.parts * a.part_elements;
    each<true>([&](auto slot, auto) {
      constexpr int k = decltype(slot)::value;
      if (!finds_results()) return;
      type<k>* const to = reinterpret_cast<type<k>*>(results + 8 * facts::template across_index<k, true> * a.result_parts * block.threads) + block.index * block.threads;
      block.each([&](int t) { to[t] = totals[t].template at<k>()[0]; });
    });
  }
};

}  // namespace tapeless::device
