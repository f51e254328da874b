#pragma once
#include <tapeless/core/config.hpp>
#include <tapeless/plan/spec.hpp>
#include <tapeless/thrust/places.hpp>

#include <bit>
#include <type_traits>
#include <utility>

namespace tapeless::inline TAPELESS_ABI::thrust_detail {

/// What of a loop kernel is computed for each element of a pass. What a pass keeps for later ones these compute again: an
/// item has no memory of its own to keep it in.
template <std::uint64_t Hash> struct element_order {
  using spec = registered_as<spec_key<Hash>>;
  static constexpr int slots = spec::value.slots, reads = spec::value.reads, first_step = spec::value.first_step, writes = spec::value.writes;
  using table = std::array<bool, static_cast<std::size_t>(slots)>;

  static constexpr table needed_in(int pass) {
    constexpr auto& s = spec::value;
    table t{};
    for (int slot = first_step; slot < slots; ++slot) {
      const auto& step = s.step_of(slot);
      if ((step.computed >> pass & 1) == 0) continue;
      if (!step.row) t[static_cast<std::size_t>(slot)] = true;
      else if (step.op->kind == op_kind::reduction) t[step.operands[0]] = true;
    }
    for (int slot = slots; slot-- > first_step;)
      if (t[static_cast<std::size_t>(slot)] && !s.row_slot(slot))
        for (int i = 0; i < s.arity(slot); ++i) t[s.step_of(slot).operands[static_cast<std::size_t>(i)]] = true;
    for (int slot = 0; slot < slots; ++slot)
      if (s.row_slot(slot) || (slot >= reads && slot < first_step) || s.across(slot)) t[static_cast<std::size_t>(slot)] = false;
    return t;
  }
  template <int Pass> static constexpr table needed = needed_in(Pass);

  /// What is the same for all of a line is computed before it; where a line crosses the inner loop, nothing is.
  static constexpr table uniform = [] {
    table t{};
    if (spec::value.mode != loop_mode::columns)
      for (int slot = 0; slot < slots; ++slot) t[static_cast<std::size_t>(slot)] = spec::value.uniform_slots()[static_cast<std::size_t>(slot)];
    return t;
  }();
};

template <std::size_t I, class T> struct slot_value {
  T value;
};
/// One number for each slot.
template <std::uint64_t Hash, class = std::make_index_sequence<static_cast<std::size_t>(element_order<Hash>::slots)>> struct slot_values;
template <std::uint64_t Hash, std::size_t... I>
struct slot_values<Hash, std::index_sequence<I...>> : slot_value<I, element_of<registered_as<spec_key<Hash>>::value.slot_type(static_cast<int>(I))>>... {
  template <int N> TAPELESS_HOST_DEVICE auto& at() {
    return static_cast<slot_value<static_cast<std::size_t>(N), element_of<registered_as<spec_key<Hash>>::value.slot_type(N)>>&>(*this).value;
  }
};

/// The tensors and numbers of a loop kernel, as they are passed to its items. How many there are stands in the type, as in those
/// of the items: what nvcc writes for the host names them before it enters the descriptions that Hash leads to.
template <std::size_t Accesses, std::size_t Numbers> struct loop_arguments {
  void* tensors[Accesses];
  std::int64_t numbers[Numbers];
};
template <std::uint64_t Hash> using arguments_for = loop_arguments<static_cast<std::size_t>(registered_as<spec_key<Hash>>::value.accesses), static_cast<std::size_t>(registered_as<spec_key<Hash>>::value.number_count())>;

/// The elements of a loop kernel. A unit is what stands together when a reduction is complete: a row, a column, or, where
/// nothing is reduced, one run of the inner loop. It consists of lines, which are evenly spaced elements.
template <std::uint64_t Hash> struct loop_elements {
  using spec = registered_as<spec_key<Hash>>;
  using order = element_order<Hash>;
  using values = slot_values<Hash>;
  using arguments = arguments_for<Hash>;
  static constexpr loop_mode mode = spec::value.mode;
  static constexpr int passes = spec::value.passes(), accesses = spec::value.accesses, outer_loops = spec::value.outer_loops, reduced_loops = spec::value.reduced_loops;
  static constexpr int inner_loop = outer_loops + reduced_loops, line_loop = mode == loop_mode::columns ? inner_loop - 1 : inner_loop;
  static constexpr int line_loops = line_loop > outer_loops ? line_loop - outer_loops : 0;  ///< around the lines of a unit
  static constexpr bool has_lines = mode != loop_mode::columns || reduced_loops > 0;
  template <int A> using element = element_of<spec::value.access[static_cast<std::size_t>(A)].type>;

  struct place {
    void* at[static_cast<std::size_t>(accesses)];
  };

  TAPELESS_HOST_DEVICE static std::int64_t line_extent(const arguments& a) {
    if constexpr (has_lines) return a.numbers[line_loop];
    else return 1;
  }
  TAPELESS_HOST_DEVICE static std::int64_t lines(const arguments& a) {
    std::int64_t n = 1;
    repeat<line_loops>([&](auto l) { n *= a.numbers[outer_loops + l]; });
    return n;
  }
  TAPELESS_HOST_DEVICE static std::int64_t units(const arguments& a) {
    std::int64_t n = mode == loop_mode::columns ? a.numbers[inner_loop] : 1;
    repeat<outer_loops>([&](auto l) { n *= a.numbers[l]; });
    return n;
  }

  template <int A, int Loop> TAPELESS_HOST_DEVICE static std::int64_t stride(const arguments& a) {
    constexpr int number = spec::value.stride_number(A, Loop);
    return a.numbers[number];
  }
  template <int A> TAPELESS_HOST_DEVICE static std::int64_t line_stride(const arguments& a) {
    if constexpr (!has_lines) return 0;
    else if constexpr (mode != loop_mode::columns && spec::value.access[static_cast<std::size_t>(A)].walk == inner_walk::uniform) return 0;
    else if constexpr (mode != loop_mode::columns && spec::value.access[static_cast<std::size_t>(A)].walk == inner_walk::contiguous) return 1;
    else return stride<A, line_loop>(a);
  }
  template <int Loop> TAPELESS_HOST_DEVICE static void move(place& p, const arguments& a, std::int64_t steps) {
    repeat<accesses>([&](auto i) { p.at[i] = static_cast<element<i>*>(p.at[i]) + steps * stride<i, Loop>(a); });
  }
  /// To step `index` of Count loops from First on, the last of which is the innermost.
  template <int First, int Count> TAPELESS_HOST_DEVICE static void move_to(place& p, const arguments& a, std::int64_t index) {
    repeat<Count>([&](auto k) {
      constexpr int l = First + Count - 1 - decltype(k)::value;
      if constexpr (decltype(k)::value + 1 == Count) move<l>(p, a, index);
      else move<l>(p, a, index % a.numbers[l]), index /= a.numbers[l];
    });
  }
  TAPELESS_HOST_DEVICE static place start(const arguments& a) {
    place p;
    repeat<accesses>([&](auto i) {
      constexpr int number = spec::value.offset_number(i);
      p.at[i] = static_cast<element<i>*>(a.tensors[i]) + a.numbers[number];
    });
    return p;
  }
  TAPELESS_HOST_DEVICE static place unit(const arguments& a, std::int64_t index) {
    place p = start(a);
    if constexpr (mode == loop_mode::columns) {
      move<inner_loop>(p, a, index % a.numbers[inner_loop]);
      index /= a.numbers[inner_loop];
    }
    move_to<0, outer_loops>(p, a, index);
    return p;
  }
  TAPELESS_HOST_DEVICE static place line(place p, const arguments& a, std::int64_t index) {
    move_to<outer_loops, line_loops>(p, a, index);
    return p;
  }

  /// What is known before the elements of a unit: constants, what is read once for it, and what follows from these.
  TAPELESS_HOST_DEVICE static void begin_unit(values& v, const arguments& a, const place& p) {
    repeat<order::slots>([&](auto slot) {
      constexpr bool constant = slot >= order::reads && slot < order::first_step;
      if constexpr (constant) compute<slot>(v, a, p, 0);
      else if constexpr (spec::value.row_slot(slot))
        if constexpr (slot < order::reads || spec::value.before_passes(slot)) compute<slot>(v, a, p, 0);
    });
  }
  template <int Pass> TAPELESS_HOST_DEVICE static void begin_line(values& v, const arguments& a, const place& p) {
    repeat<order::slots>([&](auto slot) {
      constexpr bool here = order::template needed<Pass>[static_cast<std::size_t>(slot)] && order::uniform[static_cast<std::size_t>(slot)];
      if constexpr (here) compute<slot>(v, a, p, 0);
    });
  }
  /// Element j of a line. All that it reads is read before it writes, so results may stand in the place of operands.
  template <int Pass> TAPELESS_HOST_DEVICE static void one(values& v, const arguments& a, const place& p, std::int64_t j) {
    repeat<order::slots>([&](auto slot) {
      constexpr bool here = order::template needed<Pass>[static_cast<std::size_t>(slot)] && !order::uniform[static_cast<std::size_t>(slot)];
      if constexpr (here) compute<slot>(v, a, p, j);
    });
    repeat<order::writes>([&](auto w) {
      constexpr int i = order::reads + w, slot = spec::value.access[static_cast<std::size_t>(i)].slot;
      constexpr bool here = !spec::value.access[static_cast<std::size_t>(i)].row && !spec::value.access[static_cast<std::size_t>(i)].across && spec::value.writing_pass(slot) == Pass;
      if constexpr (here) static_cast<element<i>*>(p.at[i])[j * line_stride<i>(a)] = v.template at<slot>();
    });
  }
  /// What is once for the unit, behind a pass.
  template <int Pass> TAPELESS_HOST_DEVICE static void end_pass(values& v, const arguments& a, const place& p) {
    repeat<order::slots>([&](auto slot) {
      if constexpr (slot >= order::first_step) {
        constexpr bool here = spec::value.row_slot(slot) && !spec::value.reduces(slot) && (spec::value.step_of(slot).computed >> Pass & 1) != 0;
        if constexpr (here) compute<slot>(v, a, p, 0);
      }
    });
    repeat<order::writes>([&](auto w) {
      constexpr int i = order::reads + w, slot = spec::value.access[static_cast<std::size_t>(i)].slot;
      constexpr bool here = spec::value.access[static_cast<std::size_t>(i)].row && !spec::value.access[static_cast<std::size_t>(i)].across && spec::value.writing_pass(slot) == Pass;
      if constexpr (here) *static_cast<element<i>*>(p.at[i]) = v.template at<slot>();
    });
  }

  /// Calls f with the slot of each reduction of a pass and its op.
  template <int Pass, class F> TAPELESS_HOST_DEVICE static void each_reduction(F f) {
    repeat<order::slots>([&](auto slot) {
      constexpr bool reduces = spec::value.reduces(slot) && !spec::value.across(slot);
      if constexpr (reduces)
        if constexpr ((spec::value.step_of(slot).computed >> Pass & 1) != 0) f(slot, std::type_identity<op_of<spec::value.step_of(slot).op>>{});
    });
  }
  template <int Pass> TAPELESS_HOST_DEVICE static void clear(values& sums) {
    each_reduction<Pass>([&](auto slot, auto op) {
      using type = element_of<spec::value.slot_type(slot)>;
      sums.template at<slot>() = decltype(op)::type::template identity<type>();
    });
  }
  template <int Pass> TAPELESS_HOST_DEVICE static void add(values& sums, values& v) {
    each_reduction<Pass>([&](auto slot, auto op) {
      constexpr int operand = spec::value.step_of(slot).operands[0];
      sums.template at<slot>() = decltype(op)::type::combine(sums.template at<slot>(), v.template at<operand>());
    });
  }
  template <int Pass> TAPELESS_HOST_DEVICE static void join(values& sums, values& others) {
    each_reduction<Pass>([&](auto slot, auto op) { sums.template at<slot>() = decltype(op)::type::combine(sums.template at<slot>(), others.template at<slot>()); });
  }

 private:
  template <int Slot> TAPELESS_HOST_DEVICE static void compute(values& v, [[maybe_unused]] const arguments& a, [[maybe_unused]] const place& p, [[maybe_unused]] std::int64_t j) {
    auto& value = v.template at<Slot>();
    if constexpr (Slot < order::reads) {
      value = static_cast<const element<Slot>*>(p.at[Slot])[j * line_stride<Slot>(a)];
    } else if constexpr (Slot < order::first_step) {
      constexpr auto c = static_cast<element_of<spec::value.slot_type(Slot)>>(std::bit_cast<double>(spec::value.constant[static_cast<std::size_t>(Slot - order::reads)].bits));
      value = c;
    } else {
      step<Slot>(v, std::make_index_sequence<static_cast<std::size_t>(spec::value.arity(Slot))>{});
    }
  }
  template <int Slot, std::size_t... I> TAPELESS_HOST_DEVICE static void step(values& v, std::index_sequence<I...>) {
    using op = op_of<spec::value.step_of(Slot).op>;
    v.template at<Slot>() = op::value(v.template at<spec::value.step_of(Slot).operands[I]>()...);
  }
};

}  // namespace tapeless::thrust_detail
