#pragma once
#include <tapeless/backend/simd/loop_slots.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::wide {

inline constexpr int most_columns_at_once = 4;

/// The passes of a loop kernel over one row, or over neighbouring columns.
template <std::uint64_t Hash> struct row_passes {
  using slots = loop_slots<Hash>;
  using part = typename slots::part;
  using cursor = typename slots::cursor;
  using wide = typename slots::wide;
  using whole = typename slots::whole;
  template <class Lanes> using registers = typename slots::template registers<Lanes>;
  static constexpr auto& S = slots::S;
  static constexpr int inner_loop = S.loops() - 1, last_pass = S.passes() - 1;
  static constexpr std::size_t register_bytes = sizeof(typename wide::template value<S.width == 8 ? dtype::f64 : dtype::f32>);

  /// The buffer of a row: for each register of elements, what one pass keeps for later ones.
  struct row_buffer {
    static constexpr int kept = S.kept_index(S.slots);
    using side_by_side = std::integral_constant<std::int64_t, 1>;
    std::byte* next;

    template <int Slot> std::byte* place() const { return next + static_cast<std::size_t>(S.kept_index(Slot)) * register_bytes; }
    [[gnu::always_inline]] void advance() { next += static_cast<std::size_t>(kept) * register_bytes; }
    /// Of n elements from inner position i.
    template <int Pass, class N> [[gnu::always_inline]] void load(registers<wide>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] std::int64_t i, [[maybe_unused]] N n) const {
      slots::template each<part::kept, Pass>([&](auto slot) {
        constexpr int home = S.step_of(slot).home;
        if constexpr (home > 0) detail::get<slot>(r) = wide::load(static_cast<const element_of<S.slot_type(slot)>*>(at[home - 1]) + i, side_by_side{}, n);
        else std::memcpy(&detail::get<slot>(r), place<slot>(), sizeof(detail::get<slot>(r)));
      });
    }
    static constexpr bool is_result(int home, int slot) { return home > 0 && S.access[static_cast<std::size_t>(home - 1)].slot == slot; }
    template <int Pass, class N> [[gnu::always_inline]] void keep(registers<wide>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] std::int64_t i, [[maybe_unused]] N n) const {
      detail::repeat<S.steps>([&](auto step) {
        constexpr int slot = S.first_step + step;
        if constexpr (S.step_of(slot).kept != 0 && S.computed_in(slot, Pass)) {
          constexpr int home = S.step_of(slot).home;
          if constexpr (is_result(home, slot)) return;  // it has just been written
          else if constexpr (home > 0) wide::store(detail::get<slot>(r), static_cast<element_of<S.slot_type(slot)>*>(at[home - 1]) + i, side_by_side{}, n);
          else std::memcpy(place<slot>(), &detail::get<slot>(r), sizeof(detail::get<slot>(r)));
        }
      });
    }
  };

  /// What the rows have added up to so far: for each register of elements of a row, a register of each reduction across the rows;
  /// behind them one of each reduction of the rows' own results.
  struct row_of_sums {
    static constexpr int sums = S.across_index(S.slots), results = S.across_index(S.slots, true);
    std::byte* next;

    [[gnu::always_inline]] void advance() { next += static_cast<std::size_t>(sums) * register_bytes; }
    /// Calls f with each reduction's slot, its op and its place.
    template <bool Results = false, class F> [[gnu::always_inline]] void each(F f) const {
      detail::repeat<S.steps>([&](auto step) {
        constexpr int slot = S.first_step + step;
        if constexpr (S.across(slot) && S.across_results(slot) == Results)
          f(std::integral_constant<int, slot>{}, std::type_identity<op_of<S.step_of(slot).op>>{}, next + static_cast<std::size_t>(S.across_index(slot, Results)) * register_bytes);
      });
    }
    [[gnu::always_inline]] void add(registers<wide>& r) const {
      begin(r);
      each([&](auto slot, auto op, std::byte*) { detail::get<slot>(r) = decltype(op)::type::combine(detail::get<slot>(r), detail::get<operand<slot>>(r)); });
      end(r);
    }
    template <int Slot> static constexpr int operand = S.step_of(Slot).operands[0];
    template <bool Results = false> [[gnu::always_inline]] void begin(registers<wide>& sums_so_far) const {
      each<Results>([&](auto slot, auto, const std::byte* place) { std::memcpy(&detail::get<slot>(sums_so_far), place, sizeof(detail::get<slot>(sums_so_far))); });
    }
    template <bool Results = false> [[gnu::always_inline]] void end(registers<wide>& sums_so_far) const {
      each<Results>([&](auto slot, auto, std::byte* place) { std::memcpy(place, &detail::get<slot>(sums_so_far), sizeof(detail::get<slot>(sums_so_far))); });
    }
    /// Of neighbouring columns, of which `n` are there.
    template <bool Results = false, class N> [[gnu::always_inline]] void add_columns(registers<wide>& sums_so_far, registers<wide>& r, N n) const {
      each<Results>([&](auto slot, auto op, std::byte*) {
        using o = typename decltype(op)::type;
        const auto kept = wide::keep_first(detail::get<operand<slot>>(r), n, o::template identity<element_of<S.slot_type(slot)>>());
        detail::get<slot>(sums_so_far) = o::combine(detail::get<slot>(sums_so_far), kept);
      });
    }
  };
  /// Of a row; where columns are walked, of as many as go together.
  static std::int64_t registers_of_row(const std::int64_t* numbers) {
    std::int64_t n = S.mode == loop_mode::columns ? most_columns_at_once : (slots::extent(numbers, inner_loop) + wide::count - 1) / wide::count;
    for (int l = S.outer_loops; l < inner_loop; ++l) n *= slots::extent(numbers, l);
    return n;
  }

  /// Several accumulators hide the latency of combining; they take registers of elements in turn. How many there are depends on
  /// the row alone, so that a sum is the same bits whatever else its loop computes.
  static constexpr std::size_t accumulators = S.inner < 0 ? 4 : std::clamp<std::size_t>(static_cast<std::size_t>(S.inner) / static_cast<std::size_t>(wide::count), 1, 4);
  /// A pass that computes more for each element hides the latency by itself, and would run out of registers: there the
  /// accumulators take turns by changing places.
  static constexpr bool is_unrolled(std::size_t slots) { return slots <= 16; }

  /// Lanes of the accumulators that have elements: fewer than a register has where a row is part of one. Those behind them are
  /// not combined at all where that is a power of two.
  static constexpr int live_lanes = S.inner > 0 && S.inner < wide::count ? static_cast<int>(S.inner) : wide::count;
  static constexpr bool parts_are_apart = live_lanes < wide::count && std::has_single_bit(static_cast<unsigned>(live_lanes));

  static void row(const cursor& at, const std::int64_t* numbers, std::byte* buffer, std::byte* sums) {
    registers<scalar_lanes> result;
    begin_row(at, numbers, result);
    detail::repeat<S.passes()>([&](auto pass) {
      reduce_row<pass>(at, numbers, buffer, sums, result);
      finish_row<pass>(at, numbers, result);
    });
  }
  template <int Pass> [[gnu::always_inline]] static void reduce_row(const cursor& at, const std::int64_t* numbers, std::byte* buffer, std::byte* sums, registers<scalar_lanes>& result) {
    constexpr bool unrolled = is_unrolled(slots::order::template computed<part::varying, Pass>.size);
    using registers_at_once = std::array<registers<wide>, unrolled ? accumulators : 1>;
    std::array<registers<wide>, accumulators> acc;
    for (auto& a : acc) slots::template clear<Pass, wide>(a);
    row_buffer kept{buffer};
    row_of_sums across{sums};
    reduced<S.outer_loops>(at, numbers, [&](const cursor& here) __attribute__((always_inline)) {
      const auto n = slots::extent(numbers, inner_loop);
      if (n == 0) return;
      registers_at_once r;
      for (auto& x : r) {
        slots::template spread<Pass>(x, result);
        slots::template compute<part::uniform, Pass, wide>(x, here, numbers, 0, 1);
      }
      constexpr int w = wide::count;
      std::int64_t i = 0;
      const auto one = [&](std::size_t u, auto count) __attribute__((always_inline)) {
        kept.template load<Pass>(r[u], here, i, count);
        slots::template elements<Pass, wide>(std::array{&r[u]}, here, numbers, i, count);
        kept.template keep<Pass>(r[u], here, i, count);
        kept.advance();
        if constexpr (Pass == last_pass && row_of_sums::sums > 0) {
          across.add(r[u]);
          across.advance();
        }
        if constexpr (parts_are_apart) slots::template accumulate<Pass, wide>(acc[u], r[u], whole{});
        else slots::template accumulate<Pass, wide>(acc[u], r[u], count);
        i += count;
      };
      while (i + static_cast<int>(accumulators) * w <= n) {
        if constexpr (unrolled) {
          detail::repeat<static_cast<int>(accumulators)>([&](auto u) { one(static_cast<std::size_t>(u.value), whole{}); });
        } else {
          for (std::size_t turn = 0; turn < accumulators; ++turn) {
            one(0, whole{});
            slots::template each_reduction<Pass>([&](auto s, auto) {
              const auto first = detail::get<s>(acc[0]);
              for (std::size_t u = 1; u < accumulators; ++u) detail::get<s>(acc[u - 1]) = detail::get<s>(acc[u]);
              detail::get<s>(acc[accumulators - 1]) = first;
            });
          }
        }
      }
      while (i + w <= n) one(0, whole{});
      if constexpr (S.inner >= 0) {  // known, so that the lanes may be moved as a half register
        if constexpr (S.inner % w > 0) one(0, std::integral_constant<int, static_cast<int>(S.inner % w)>{});
      } else if (i < n) {
        one(0, static_cast<int>(n - i));
      }
    });
    slots::template each_reduction<Pass>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      auto total = detail::get<s>(acc[0]);
      for (std::size_t u = 1; u < accumulators; ++u) total = o::combine(total, detail::get<s>(acc[u]));
      detail::get<s>(result) = wide::template combine_lanes<o, live_lanes>(total);
    });
  }
  [[gnu::always_inline]] static void begin_row(const cursor& at, const std::int64_t* numbers, registers<scalar_lanes>& result) {
    slots::template compute<part::constants, 0, scalar_lanes>(result, at, numbers, 0, 1);
    slots::template compute<part::before, 0, scalar_lanes>(result, at, numbers, 0, 1);
  }
  template <int Pass> [[gnu::always_inline]] static void finish_row(const cursor& at, const std::int64_t* numbers, registers<scalar_lanes>& result) {
    slots::template compute<part::row, Pass, scalar_lanes>(result, at, numbers, 0, 1);
    slots::template write_row<Pass, scalar_lanes>(result, at, numbers, 0, 1);
  }

  /// Neighbouring registers of columns go together, so that each touch of a row uses whole cache lines.
  static constexpr int columns_at_once = S.steps <= 8 * S.passes() ? most_columns_at_once : 1;

  static void columns(const cursor& at, const std::int64_t* numbers, std::byte* buffer, std::byte* sums) {
    slots::template by_registers<columns_at_once>(slots::extent(numbers, inner_loop), [&](std::int64_t i, auto count, auto u) __attribute__((always_inline)) {
      std::array<registers<wide>, u.value> result;
      detail::repeat<u.value>([&](auto n) {
        slots::template compute<part::constants, 0, wide>(result[n], at, numbers, i, count);
        slots::template compute<part::before, 0, wide>(result[n], at, numbers, i + n * wide::count, count);
      });
      detail::repeat<S.passes()>([&](auto pass) { pass_over_columns<pass>(at, numbers, buffer, sums, i, count, result); });
      if constexpr (row_of_sums::results > 0) {
        const row_of_sums of_results = behind_sums(numbers, sums);
        registers<wide> so_far;
        of_results.template begin<true>(so_far);
        detail::repeat<u.value>([&](auto n) __attribute__((always_inline)) { of_results.template add_columns<true>(so_far, result[n], count); });
        of_results.template end<true>(so_far);
      }
    });
  }
  /// Of columns: a register of sums for each line that they cross.
  static std::int64_t lines(const std::int64_t* numbers) { return registers_of_row(numbers) / most_columns_at_once; }
  static row_of_sums behind_sums(const std::int64_t* numbers, std::byte* sums) { return {sums + static_cast<std::int64_t>(register_bytes) * row_of_sums::sums * lines(numbers)}; }

  template <int Pass, std::size_t U, class N>
  [[gnu::always_inline]] static void pass_over_columns(const cursor& at, const std::int64_t* numbers, std::byte* buffer, std::byte* sums, std::int64_t i, N count,
                                                       std::array<registers<wide>, U>& result) {
    constexpr bool crosses = Pass == last_pass && row_of_sums::sums > 0;
    // The processor fetches what follows in a page, and not that many pages at once.
    const bool many_lines = crosses && slots::extent(numbers, S.outer_loops) >= 32;
    std::array<registers<wide>, U> acc;
    for (auto& a : acc) slots::template clear<Pass, wide>(a);
    row_buffer kept{buffer};
    row_of_sums across{sums};
    reduced<S.outer_loops>(at, numbers, [&](const cursor& here) __attribute__((always_inline)) {
      registers<wide> so_far;
      if constexpr (crosses) {
        if (many_lines) slots::template fetch_ahead<U>(here, i + static_cast<std::int64_t>(U) * wide::count);
        across.begin(so_far);
      }
      detail::repeat<static_cast<int>(U)>([&](auto u) __attribute__((always_inline)) {
        const auto column = i + u * wide::count;
        registers<wide> r;
        slots::template spread<Pass>(r, result[u]);
        slots::template compute<part::uniform, Pass, wide>(r, here, numbers, column, count);
        kept.template load<Pass>(r, here, column, count);
        slots::template elements<Pass, wide>(std::array{&r}, here, numbers, column, count);
        kept.template keep<Pass>(r, here, column, count);
        kept.advance();
        slots::template accumulate<Pass, wide>(acc[u], r, whole{});  // lanes are columns: what is behind the last one stays there
        if constexpr (crosses) across.add_columns(so_far, r, count);
      });
      if constexpr (crosses) across.end(so_far), across.advance();
    });
    detail::repeat<static_cast<int>(U)>([&](auto u) {
      const auto column = i + u * wide::count;
      slots::template each_reduction<Pass>([&](auto s, auto) { detail::get<s>(result[u]) = detail::get<s>(acc[u]); });
      slots::template compute<part::row, Pass, wide>(result[u], at, numbers, column, count);
      slots::template write_row<Pass, wide>(result[u], at, numbers, column, count);
    });
  }

  /// Calls f with the first element of each inner loop of a row.
  template <int L, class F> [[gnu::always_inline]] static void reduced(const cursor& first, const std::int64_t* numbers, F f) {
    if constexpr (L == S.outer_loops + S.reduced_loops) {
      f(first);
    } else {
      cursor at = first;
      const auto n = slots::extent(numbers, L);
      const typename slots::strides step(numbers, L);
      for (std::int64_t i = 0; i < n; ++i, step.advance(at)) reduced<L + 1>(at, numbers, f);
    }
  }
};

}  // namespace tapeless::wide
