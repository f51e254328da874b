#pragma once
#include <tapeless/cuda/row_memory.hpp>
#include <tapeless/cuda/row_shape.hpp>
#include <tapeless/device/launch.hpp>
#include <tapeless/device/teams.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// The passes of a loop over its rows, or over its columns. Rows that are few and long go by chunks, one pass in a launch: each
/// team begins with what all teams of its row found in the passes before.
template <std::uint64_t Hash> struct row_kernel {
  static constexpr int W = elements_at_once<Hash>;
  using walk = loop_walk<Hash, W>;
  using slots = typename walk::slots;
  using facts = typename walk::facts;
  using part = typename slots::part;
  using registers = typename slots::registers;
  using cursor = typename walk::cursor;
  using arguments = row_arguments<facts::accesses, facts::loops>;
  using seat = row_seat;
  static constexpr int most_threads = row_shape::most_threads, least_blocks = 2;
  static constexpr const char* name = facts::columns ? "loop over columns" : "loop over rows";
  static constexpr bool columns = facts::columns, crosses = facts::sums + facts::results > 0;
  static constexpr int outer = facts::outer_loops, reduced_end = outer + facts::reduced_loops;
  static constexpr int row_width = columns ? W : 1;

  static grid shape(const arguments& a) { return {.blocks = a.blocks, .threads = static_cast<int>(a.threads), .shared_bytes = a.shared_bytes}; }

  template <class Block> TAPELESS_HOST_DEVICE static void run(const Block& block, const arguments& a) {
    typename Block::template per_thread<cursor> at(block);
    typename Block::template per_thread<registers> row(block), acc(block), totals(block);
    const row_memory<Hash, Block> memory(block, a);
    if constexpr (crosses) block.each([&](int t) { memory.clear(totals[t], t); });
    for (std::int64_t first = block.index * a.teams; first < a.items; first += block.blocks * a.teams) {
      block.each([&](int t) {
        const seat s = seat_of(a, first, t);
        at[t] = walk::start(a.loop);
        walk::template move<0, outer>(at[t], a.loop, s.row);
        row[t] = registers{};
        slots::template compute<part::before, 0, false>(row[t], at[t], s.column, s.n);
      });
      detail::repeat<facts::passes>([&](auto pass) {
        constexpr int p = decltype(pass)::value;
        if (a.pass >= 0 && a.pass < p) return;
        block.each([&](int t) {
          const seat s = seat_of(a, first, t);
          slots::template each_reduction<p>([&](auto slot, auto op) {
            using o = typename decltype(op)::type;
            for (int e = 0; e < row_width; ++e) acc[t].template at<decltype(slot)::value>()[e] = o::template identity<typename facts::template type<decltype(slot)::value>>();
          });
          if (!s.active) return;
          if (a.pass > p) take_partials<p>(a, s, acc[t]);
          else if (a.is_aligned) take<p, true>(a, s, at[t], row[t], acc[t], memory);
          else take<p, false>(a, s, at[t], row[t], acc[t], memory);
        });
        combine<p>(block, a, row, acc);
        if (a.pass == p) return block.each([&](int t) { leave_partials<p>(a, seat_of(a, first, t), row[t]); });
        block.each([&](int t) {
          const seat s = seat_of(a, first, t);
          slots::template compute<part::row, p, false>(row[t], at[t], s.column, s.n);
          if (s.active && s.member == 0 && (a.pass < 0 || a.pass == facts::passes)) slots::template write_row<p, false>(row[t], at[t], s.column, s.n);
        });
      });
      if constexpr (facts::results > 0)
        block.each([&](int t) {
          if (const seat s = seat_of(a, first, t); s.active && s.member == 0 && memory.finds_results()) add_results(row[t], totals[t], s.n);
        });
    }
    if constexpr (crosses) memory.leave(totals);
  }

 private:
  TAPELESS_HOST_DEVICE static seat seat_of(const arguments& a, std::int64_t first, int t) { return row_seat_of<Hash, W>(a, first, t); }
  template <int Slot> using type = typename facts::template type<Slot>;

  template <int Pass, bool Aligned, class Memory>
  TAPELESS_HOST_DEVICE static void take(const arguments& a, const seat& s, const cursor& at, const registers& row, registers& acc, const Memory& memory) {
    std::int64_t begin = 0, end = a.positions;
    if (a.pass >= 0) {
      begin = s.chunk * a.of_chunk;
      if (begin + a.of_chunk < end) end = begin + a.of_chunk;
    }
    registers same = row;
    if constexpr (facts::reduced_loops == 0) slots::template compute<part::uniform, Pass, Aligned>(same, at, s.column, s.n);
    constexpr int at_once = slots::template units_at_once<Pass>;
    for (std::int64_t p = begin + s.member; p < end; p += at_once * a.members) {
      registers r = same;
      position q = position_of<Aligned>(a, s, at, p);
      begin_position<Pass, Aligned>(a, s, q, r);
      if constexpr (at_once == 1) {
        finish_position<Pass, Aligned>(a, s, q, r, acc, memory, p);
      } else {
        registers next = same;
        position then{};
        const bool goes_on = p + a.members < end;
        if (goes_on) {
          then = position_of<Aligned>(a, s, at, p + a.members);
          begin_position<Pass, Aligned>(a, s, then, next);
        }
        finish_position<Pass, Aligned>(a, s, q, r, acc, memory, p);
        if (goes_on) finish_position<Pass, Aligned>(a, s, then, next, acc, memory, p + a.members);
      }
    }
  }
  /// Where a team's member is at one of its turns.
  struct position {
    cursor at;
    std::int64_t i;
    int n;
  };
  template <bool Aligned> TAPELESS_HOST_DEVICE static position position_of(const arguments& a, const seat& s, const cursor& at, std::int64_t p) {
    position q{at, s.column, s.n};
    if constexpr (columns) {
      walk::template move<outer, reduced_end>(q.at, a.loop, p);
    } else {
      std::int64_t unit = p;
      if constexpr (facts::reduced_loops > 0) {
        const std::int64_t line = a.by_units.quotient(p);
        walk::template move<outer, reduced_end>(q.at, a.loop, line);
        unit = p - line * a.by_units.number;
      }
      q.i = unit * W;
      if (!Aligned && a.inner - q.i < W) q.n = static_cast<int>(a.inner - q.i);
    }
    return q;
  }
  template <int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void begin_position([[maybe_unused]] const arguments& a, [[maybe_unused]] const seat& s, const position& q, registers& r) {
    if constexpr (facts::reduced_loops > 0) slots::template compute<part::uniform, Pass, Aligned>(r, q.at, q.i, q.n);
    slots::template begin_elements<Pass, Aligned>(r, q.at, q.i, q.n);
  }
  template <int Pass, bool Aligned, class Memory>
  TAPELESS_HOST_DEVICE static void finish_position(const arguments& a, const seat& s, const position& q, registers& r, registers& acc, const Memory& memory, std::int64_t p) {
    if constexpr (facts::kept_bytes > 0) move_kept<Pass, false>(a, r, memory.kept(s), (p * a.lanes + s.lane) * W);
    slots::template finish_elements<Pass, Aligned>(r, q.at, q.i, q.n);
    if constexpr (facts::kept_bytes > 0) move_kept<Pass, true>(a, r, memory.kept(s), (p * a.lanes + s.lane) * W);
    slots::template each_reduction<Pass>([&](auto slot, auto op) {
      constexpr int k = decltype(slot)::value;
      add<typename decltype(op)::type, facts::template operand<k>>(r, acc.template at<k>(), q.n);
    });
    if constexpr (facts::sums > 0 && Pass == facts::passes - 1) {
      Memory::template each<false>([&](auto slot, auto op) {
        constexpr int k = decltype(slot)::value;
        type<k>* const place = memory.template sums_of<k>(s.team);
        const std::int64_t of_chunk = p - s.chunk * a.of_chunk;
        add_across<typename decltype(op)::type, facts::template operand<k>>(r, columns ? place + of_chunk * a.lanes + s.lane : place + of_chunk * W, q.n);
      });
    }
  }
  /// To what a thread has of its row: to one number, halves onto each other, or to one for each of its columns.
  template <class Op, int Slot, class T> TAPELESS_HOST_DEVICE static void add(registers& r, T* acc, int n) {
    if constexpr (columns) {
      for (int e = 0; e < W; ++e) acc[e] = Op::combine(acc[e], slots::template value<Slot>(r, e));
    } else {
      acc[0] = Op::combine(acc[0], together<Op, Slot, T>(r, n));
    }
  }
  template <class Op, int Slot, class T> TAPELESS_HOST_DEVICE static void add_across(registers& r, T* sums, int n) {
    if constexpr (columns) {
      sums[0] = Op::combine(sums[0], together<Op, Slot, T>(r, n));
    } else {
      using unit = detail::move_unit<T, W>;
      unit* const units = reinterpret_cast<unit*>(sums);
      for (int k = 0; k < W / unit::count; ++k) {
        unit x = units[k];
        for (int e = 0; e < unit::count; ++e) x.value[e] = Op::combine(x.value[e], slots::template value<Slot>(r, k * unit::count + e));
        units[k] = x;
      }
    }
  }
  template <class Op, int Slot, class T> TAPELESS_HOST_DEVICE static T together(registers& r, int n) {
    const auto one = [&](int e) -> T { return e < n ? slots::template value<Slot>(r, e) : Op::template identity<T>(); };
    if constexpr (W == 1) return one(0);
    else if constexpr (W == 2) return Op::combine(one(0), one(1));
    else return Op::combine(Op::combine(one(0), one(2)), Op::combine(one(1), one(3)));
  }
  TAPELESS_HOST_DEVICE static void add_results(registers& row, registers& totals, int n) {
    detail::repeat<facts::steps>([&](auto step) {
      constexpr int k = facts::first_step + decltype(step)::value;
      if constexpr (facts::template sums_across<k, true>) {
        using o = typename facts::template op<k>;
        auto& total = totals.template at<k>()[0];
        total = o::combine(total, together<o, facts::template operand<k>, type<k>>(row, columns ? n : 1));
      }
    });
  }

  /// Between registers and the memory of a team, from its element `i` on.
  template <int Pass, bool Keep> TAPELESS_HOST_DEVICE static void move_kept(const arguments& a, registers& r, std::byte* memory, std::int64_t i) {
    detail::repeat<facts::steps>([&](auto step) {
      constexpr int k = facts::first_step + decltype(step)::value;
      if constexpr (Keep ? facts::template keeps<k, Pass> : facts::template takes_kept<k, Pass>) {
        type<k>* const place = reinterpret_cast<type<k>*>(memory + facts::template kept_before<k> * a.elements) + i;
        if constexpr (Keep) slots::template put<k>(r, place);
        else slots::template get<k>(r, place);
      }
    });
  }

  template <int Pass, class Block, class PerThread> TAPELESS_HOST_DEVICE static void combine(const Block& block, const arguments& a, PerThread& row, PerThread& acc) {
    if constexpr (facts::template reductions<Pass> == 0) block.barrier();  // a result of the row may stand where others still read
    slots::template each_reduction<Pass>([&](auto slot, auto op) {
      constexpr int k = decltype(slot)::value;
      using o = typename decltype(op)::type;
      const auto onto = [](type<k> x, type<k> y) { return o::combine(x, y); };
      detail::repeat<row_width>([&](auto e) {
        typename Block::template per_thread<type<k>> x(block);
        block.each([&](int t) { x[t] = acc[t].template at<k>()[decltype(e)::value]; });
        if constexpr (columns) reduce_members<Block, type<k>>(block, x, a.lanes, a.members, block.shared, onto);
        else reduce_team<Block, type<k>>(block, x, a.members, block.shared, onto);
        block.each([&](int t) { row[t].template at<k>()[decltype(e)::value] = x[t]; });
      });
    });
  }

  /// Of a reduction, chunk c: numbers of all rows, or of all columns. They stand 8 bytes apart.
  template <int Pass, int Slot> TAPELESS_HOST_DEVICE static type<Slot>* partial(const arguments& a, const seat& s, std::int64_t chunk) {
    const std::int64_t k = facts::template reductions_before<Pass> + facts::template reduction_index<Slot, Pass>;
    const std::int64_t i = columns ? (k * a.chunks + chunk) * a.rows * a.inner + s.row * a.inner + s.column : (k * a.rows + s.row) * a.chunks + chunk;
    return reinterpret_cast<type<Slot>*>(a.partials) + i * apart<Slot>;
  }
  template <int Slot> static constexpr std::int64_t apart = static_cast<std::int64_t>(8 / sizeof(type<Slot>));
  template <int Pass> TAPELESS_HOST_DEVICE static void leave_partials(const arguments& a, const seat& s, registers& row) {
    if (!s.active || s.member != 0) return;
    slots::template each_reduction<Pass>([&](auto slot, auto) {
      constexpr int k = decltype(slot)::value;
      type<k>* const to = partial<Pass, k>(a, s, s.chunk);
      for (int e = 0; e < row_width; ++e)
        if (!columns || e < s.n) to[e * apart<k>] = row.template at<k>()[e];
    });
  }
  template <int Pass> TAPELESS_HOST_DEVICE static void take_partials(const arguments& a, const seat& s, registers& acc) {
    for (std::int64_t c = s.member; c < a.chunks; c += a.members)
      slots::template each_reduction<Pass>([&](auto slot, auto op) {
        constexpr int k = decltype(slot)::value;
        const type<k>* const from = partial<Pass, k>(a, s, c);
        auto* const to = acc.template at<k>();
        for (int e = 0; e < row_width; ++e) to[e] = decltype(op)::type::combine(to[e], from[(e < s.n ? e : s.n - 1) * apart<k>]);
      });
  }
};

}  // namespace tapeless::device
