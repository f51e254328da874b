#pragma once
#include <tapeless/backend/simd/lanes.hpp>
#include <tapeless/backend/simd/loop_order.hpp>

#include <bit>
#include <cstring>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

template <std::size_t I, class T> struct slot { T value; };

/// One register for each slot of a kernel, flat: a kernel of a thousand steps nests no deeper than one of two.
template <class Spec, class Lanes, class = std::make_index_sequence<static_cast<std::size_t>(Spec::value.slots)>> struct registers;
template <class Spec, class Lanes, std::size_t... I>
struct registers<Spec, Lanes, std::index_sequence<I...>> : slot<I, typename Lanes::template value<Spec::value.slot_type(static_cast<int>(I))>>... {
  template <int N> auto& at() { return static_cast<slot<static_cast<std::size_t>(N), typename Lanes::template value<Spec::value.slot_type(N)>>&>(*this).value; }
};
/// With the base named outright: to deduce it, the compiler would look at all slots for each use of one.
template <int N, class R> [[gnu::always_inline]] inline auto& get(R& r) { return r.template at<N>(); }

template <int N, class F> [[gnu::always_inline]] inline void repeat(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<int, static_cast<int>(I)>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(N)>{});
}

}  // namespace detail

/// The slots of a loop kernel as registers, loaded, computed and written part by part.
template <std::uint64_t Hash> struct loop_slots {
  using order = loop_order<Hash>;
  using part = typename order::part;
  using spec = typename order::spec;
  static constexpr auto& S = spec::value;

  /// The numbers of the same kernel over a part of its domain.
  struct part_of_domain {
    std::array<std::int64_t, static_cast<std::size_t>(S.number_count())> numbers;

    explicit part_of_domain(const std::int64_t* all) { std::memcpy(numbers.data(), all, sizeof numbers); }
    /// Only steps [begin, end) of loop l.
    void narrow(int l, std::int64_t begin, std::int64_t end) {
      numbers[static_cast<std::size_t>(l)] = end - begin;
      for (int a = 0; a < S.accesses; ++a) numbers[static_cast<std::size_t>(S.offset_number(a))] += begin * numbers[static_cast<std::size_t>(S.stride_number(a, l))];
    }
  };

  using wide = std::conditional_t<S.width == 0, scalar_lanes, register_lanes<S.width == 8 ? 8 : 4>>;
  template <class Lanes> using registers = detail::registers<spec, Lanes>;
  using whole = std::integral_constant<int, wide::count>;
  template <int A> using element = element_of<S.access[static_cast<std::size_t>(A)].type>;
  static constexpr int inner_loop = S.loops() - 1;

  struct cursor {
    std::array<void*, static_cast<std::size_t>(S.accesses)> pointers;
    bool streams = true;
    void*& operator[](int a) { return pointers[static_cast<std::size_t>(a)]; }
    void* operator[](int a) const { return pointers[static_cast<std::size_t>(a)]; }
  };

  static std::int64_t extent(const std::int64_t* numbers, int l) {
    if (S.inner >= 0 && l == inner_loop) return S.inner;
    return numbers[l];
  }
  static cursor cursor_of(void* const* tensors, const std::int64_t* numbers) {
    cursor at;
    if constexpr (S.streams_late) at.streams = numbers[S.streams_number()] != 0;
    detail::repeat<S.accesses>([&](auto a) { at[a] = static_cast<element<a>*>(tensors[a]) + numbers[S.offset_number(a)]; });
    return at;
  }
  /// A constant in its type where it is one, so that what takes it need not ask.
  template <int A> static auto inner_stride([[maybe_unused]] const std::int64_t* numbers) {
    constexpr auto walk = S.access[static_cast<std::size_t>(A)].walk;
    if constexpr (walk == inner_walk::uniform) return std::integral_constant<std::int64_t, 0>{};
    else if constexpr (walk == inner_walk::contiguous) return std::integral_constant<std::int64_t, 1>{};
    else return numbers[S.stride_number(A, inner_loop)];
  }
  /// What lies between the steps of a loop, read once: stores inside might change it for all that the compiler knows.
  struct strides {
    std::array<std::int64_t, static_cast<std::size_t>(S.accesses)> of;
    [[gnu::always_inline]] strides(const std::int64_t* numbers, int l) : strides(numbers, l, std::make_index_sequence<static_cast<std::size_t>(S.accesses)>{}) {}
    [[gnu::always_inline]] void advance(cursor& at) const { advance(at, std::make_index_sequence<static_cast<std::size_t>(S.accesses)>{}); }

   private:
    template <std::size_t... A> [[gnu::always_inline]] strides(const std::int64_t* numbers, int l, std::index_sequence<A...>) : of{numbers[S.stride_number(static_cast<int>(A), l)]...} {}
    template <std::size_t... A> [[gnu::always_inline]] void advance(cursor& at, std::index_sequence<A...>) const {
      ((at.pointers[A] = static_cast<element<static_cast<int>(A)>*>(at.pointers[A]) + of[A]), ...);
    }
  };

  /// Calls f with the first element of each row, or of each inner loop where nothing is reduced.
  template <int L, class F> [[gnu::always_inline]] static void outer(const cursor& first, const std::int64_t* numbers, F f) {
    if constexpr (L == S.outer_loops) {
      f(first);  // itself: g++ copies by wide registers what has just been advanced pointer by pointer, and each row would wait for that
    } else {
      cursor at = first;
      const auto n = extent(numbers, L);
      for (std::int64_t i = 0; i < n; ++i, strides(numbers, L).advance(at)) outer<L + 1>(at, numbers, f);
    }
  }

  template <part P, int Pass, class F> [[gnu::always_inline]] static void each(F f) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (f(std::integral_constant<int, order::template computed<P, Pass>.slots[K]>{}), ...);
    }(std::make_index_sequence<order::template computed<P, Pass>.size>{});
  }

  /// Computes the slots of one part at inner position i for n elements: a whole register of them (`whole`) or fewer (int).
  template <part P, int Pass, class Lanes, class N> [[gnu::always_inline]] static void compute(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n) {
    compute_each<P, Pass, Lanes>(r, at, numbers, i, n, std::make_index_sequence<order::template computed<P, Pass>.size>{});
  }
  template <part P, int Pass, class Lanes, class N, std::size_t... K>
  [[gnu::always_inline]] static void compute_each(registers<Lanes>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] const std::int64_t* numbers, [[maybe_unused]] std::int64_t i,
                                                  [[maybe_unused]] N n, std::index_sequence<K...>) {
    (compute_slot<order::template computed<P, Pass>.slots[K], Lanes>(r, at, numbers, i, n), ...);
  }
  /// Computes and writes what varies, in each of some registers of elements by turns: one's steps run while the others' wait
  /// for each other. The last of them may be partial.
  template <int Pass, class Lanes, std::size_t Count, class N>
  [[gnu::always_inline]] static void elements(const std::array<registers<Lanes>*, Count>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n) {
    [&]<std::size_t... K>(std::index_sequence<K...>) __attribute__((always_inline)) {
      (act<order::template actions<Pass>.actions[K], Lanes>(r, at, numbers, i, n, std::make_index_sequence<Count - 1>{}), ...);
    }(std::make_index_sequence<order::template actions<Pass>.size>{});
  }
  template <int Action, class Lanes, std::size_t Count, class N, std::size_t... U>
  [[gnu::always_inline]] static void act(const std::array<registers<Lanes>*, Count>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n, std::index_sequence<U...>) {
    (act<Action, Lanes>(*r[U], at, numbers, i + static_cast<std::int64_t>(U) * Lanes::count, whole{}), ...);
    act<Action, Lanes>(*r[Count - 1], at, numbers, i + static_cast<std::int64_t>(Count - 1) * Lanes::count, n);
  }
  template <int Action, class Lanes, class N> [[gnu::always_inline]] static void act(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n) {
    if constexpr (Action < S.slots) compute_slot<Action, Lanes>(r, at, numbers, i, n);
    else write_one<Action - S.slots, Lanes>(r, at, numbers, i, n);
  }
  template <int Slot, class Lanes, class N>
  [[gnu::always_inline]] static void compute_slot(registers<Lanes>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] const std::int64_t* numbers, [[maybe_unused]] std::int64_t i,
                                                  [[maybe_unused]] N n) {
    auto& value = detail::get<Slot>(r);
    if constexpr (Slot < S.reads) {
      const auto stride = inner_stride<Slot>(numbers);
      const auto* from = static_cast<const element<Slot>*>(at[Slot]) + i * stride;
      if constexpr (order::uniform(Slot) && !(S.row_slot(Slot) && S.access[static_cast<std::size_t>(Slot)].walk != inner_walk::uniform)) value = Lanes::broadcast(*from);
      else value = Lanes::load(from, stride, n);
      if constexpr (order::uses(Slot) > 1 && !order::uniform(Slot)) Lanes::settle(value);
    } else if constexpr (Slot < S.first_step) {
      constexpr auto c = S.constant[static_cast<std::size_t>(Slot - S.reads)];
      value = Lanes::broadcast(static_cast<element_of<c.type>>(std::bit_cast<double>(c.bits)));
    } else {
      apply_step<Slot>(r, value, std::make_index_sequence<S.step[static_cast<std::size_t>(Slot - S.first_step)].arity>{});
    }
  }
  /// Brings so many registers of each tensor that is read element by element to the first cache, from inner position i on.
  /// Inlined all the way: g++ takes a function that only does this for one that does nothing.
  template <std::size_t Registers> [[gnu::always_inline]] static void fetch_ahead(const cursor& at, std::int64_t i) {
    fetch_each<Registers>(at, i, std::make_index_sequence<static_cast<std::size_t>(S.reads)>{});
  }
  template <std::size_t Registers, std::size_t... A> [[gnu::always_inline]] static void fetch_each(const cursor& at, std::int64_t i, std::index_sequence<A...>) {
    (fetch_one<Registers, static_cast<int>(A)>(at, i), ...);
  }
  template <std::size_t Registers, int A> [[gnu::always_inline]] static void fetch_one(const cursor& at, std::int64_t i) {
    constexpr auto& x = S.access[static_cast<std::size_t>(A)];
    if constexpr (!x.row && x.walk == inner_walk::contiguous)
      for (std::size_t n = 0; n < Registers; ++n) __builtin_prefetch(static_cast<const element<A>*>(at[A]) + i + static_cast<std::int64_t>(n) * wide::count);
  }
  template <int Slot, class R, class V, std::size_t... I> [[gnu::always_inline]] static void apply_step(R& r, V& value, std::index_sequence<I...>) {
    constexpr auto& step = S.step[static_cast<std::size_t>(Slot - S.first_step)];
    value = op_of<step.op>::value(detail::get<step.operands[I]>(r)...);
  }
  /// Writes what is once for the row, of what the pass is the first to compute.
  template <int Pass, class Lanes, class N> [[gnu::always_inline]] static void write_row(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n) {
    detail::repeat<S.writes>([&](auto w) {
      constexpr int a = S.reads + w;
      constexpr auto& to = S.access[static_cast<std::size_t>(a)];
      if constexpr (to.row && !to.across && S.writing_pass(to.slot) == Pass) write_one<a, Lanes>(r, at, numbers, i, n);
    });
  }
  template <int A, class Lanes, class N> [[gnu::always_inline]] static void write_one(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, N n) {
    constexpr auto& to = S.access[static_cast<std::size_t>(A)];
    const auto stride = inner_stride<A>(numbers);
    auto* const first = static_cast<element<A>*>(at[A]) + i * stride;
    if constexpr (to.streams && std::same_as<N, whole>) {
      if (at.streams) return Lanes::stream(detail::get<to.slot>(r), first);
    }
    Lanes::store(detail::get<to.slot>(r), first, stride, n);
  }

  template <int U = 1, class F> [[gnu::always_inline]] static void by_registers(std::int64_t n, F f) {
    constexpr int w = wide::count;
    constexpr auto one = std::integral_constant<int, 1>{};
    if constexpr (S.inner >= 0 && S.inner <= most_unrolled * w) {
      constexpr int registers = static_cast<int>(S.inner) / w, rest = static_cast<int>(S.inner) % w;
      detail::repeat<registers / U>([&](auto u) __attribute__((always_inline)) { f(std::int64_t{u * U * w}, whole{}, std::integral_constant<int, U>{}); });
      if constexpr (registers % U > 0) f(std::int64_t{registers / U * U * w}, whole{}, std::integral_constant<int, registers % U>{});
      if constexpr (rest > 0) f(std::int64_t{registers * w}, std::integral_constant<int, rest>{}, one);
      return;
    }
    std::int64_t i = 0;
    if constexpr (U > 1)
      for (; i + U * w <= n; i += U * w) f(i, whole{}, std::integral_constant<int, U>{});
    for (; i + w <= n; i += w) f(i, whole{}, one);
    if (i < n) f(i, static_cast<int>(n - i), one);
  }
  /// So many registers of a row whose extent is known become straight code.
  static constexpr std::int64_t most_unrolled = 8;

  // Accumulators of the reductions of a pass: registers of the slots that reduce.
  template <int Pass, class F> [[gnu::always_inline]] static void each_reduction(F f) {
    detail::repeat<S.steps>([&](auto step) {
      constexpr int s = S.first_step + step;
      if constexpr (S.reduces(s) && !S.step_of(s).across)
        if constexpr ((S.step_of(s).computed >> Pass & 1) != 0) f(std::integral_constant<int, s>{}, std::type_identity<op_of<S.step[static_cast<std::size_t>(step)].op>>{});
    });
  }
  template <int Pass, class Lanes> [[gnu::always_inline]] static void clear(registers<Lanes>& acc) {
    each_reduction<Pass>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      detail::get<s>(acc) = Lanes::broadcast(o::template identity<element_of<S.slot_type(s)>>());
    });
  }
  template <int Pass, class Lanes, class N> [[gnu::always_inline]] static void accumulate(registers<Lanes>& acc, registers<Lanes>& r, N n) {
    each_reduction<Pass>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      constexpr int x = S.step[static_cast<std::size_t>(s - S.first_step)].operands[0];
      const auto kept = Lanes::keep_first(detail::get<x>(r), n, o::template identity<element_of<S.slot_type(s)>>());
      detail::get<s>(acc) = o::combine(detail::get<s>(acc), kept);
    });
  }

  /// What earlier passes found for the row, for each element.
  template <int Pass, class To, class From> [[gnu::always_inline]] static void spread(registers<To>& r, registers<From>& row) {
    detail::repeat<S.slots>([&](auto slot) {
      if constexpr (S.row_slot(slot) && order::feeds_elements(slot, Pass)) {
        if constexpr (std::same_as<To, From>) detail::get<slot>(r) = detail::get<slot>(row);
        else detail::get<slot>(r) = To::broadcast(detail::get<slot>(row));
      }
    });
  }
};

}  // namespace tapeless::wide
