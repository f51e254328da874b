#pragma once
#include <tapeless/backend/simd/lanes.hpp>
#include <tapeless/plan/spec.hpp>

namespace tapeless::wide {

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

template <std::uint64_t Hash> struct known_spec {
  static constexpr auto value = registered_as<spec_key<Hash>>::value;
};

template <int N, class F> [[gnu::always_inline]] inline void repeat(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<int, static_cast<int>(I)>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(N)>{});
}

}  // namespace detail

/// Runs one loop kernel. Loops over unreduced axes stand outside, then reduced ones, then the inner loop, which goes by
/// registers; the last register is partial, so all elements are computed by the same instructions.
template <std::uint64_t Hash> class loop {
  using spec = detail::known_spec<Hash>;
  static constexpr auto& S = spec::value;

 public:
  /// `tensors`: the start of each access's storage; `numbers`: see loop_spec.
  static void run(void* const* tensors, const std::int64_t* numbers) noexcept {
    cursor at;
    detail::repeat<S.accesses>([&](auto a) {
      at[a] = static_cast<element<a>*>(tensors[a]) + numbers[S.offset_number(a)];
    });
    outer<0>(at, numbers);
  }

 private:
  using wide = std::conditional_t<S.width == 0, scalar_lanes, register_lanes<S.width == 8 ? 8 : 4>>;
  template <class Lanes> using registers = detail::registers<spec, Lanes>;
  template <int A> using element = element_of<S.access[static_cast<std::size_t>(A)].type>;
  static constexpr int inner_loop = S.loops() - 1;

  struct cursor {
    std::array<void*, static_cast<std::size_t>(S.accesses)> pointers;
    void*& operator[](int a) { return pointers[static_cast<std::size_t>(a)]; }
    void* operator[](int a) const { return pointers[static_cast<std::size_t>(a)]; }
  };

  static std::int64_t extent(const std::int64_t* numbers, int l) {
    if (S.inner >= 0 && l == inner_loop) return S.inner;
    return numbers[l];
  }
  template <int A> static std::int64_t inner_stride(const std::int64_t* numbers) {
    constexpr auto walk = S.access[static_cast<std::size_t>(A)].walk;
    if constexpr (walk == inner_walk::uniform) return 0;
    else if constexpr (walk == inner_walk::contiguous) return 1;
    else return numbers[S.stride_number(A, inner_loop)];
  }
  static void advance(cursor& at, const std::int64_t* numbers, int l) {
    detail::repeat<S.accesses>([&](auto a) { at[a] = static_cast<element<a>*>(at[a]) + numbers[S.stride_number(a, l)]; });
  }

  template <int L> static void outer(cursor at, const std::int64_t* numbers) {
    if constexpr (L < S.outer_loops) {
      const auto n = extent(numbers, L);
      for (std::int64_t i = 0; i < n; ++i, advance(at, numbers, L)) outer<L + 1>(at, numbers);
    } else if constexpr (S.mode == loop_mode::map) {
      map(at, numbers);
    } else if constexpr (S.mode == loop_mode::rows) {
      row(at, numbers);
    } else {
      columns(at, numbers);
    }
  }

  // Which slots a pass computes.
  enum class part { constants, uniform, varying, row };
  static constexpr auto uniform_slots = S.uniform_slots();
  static constexpr bool uniform(int slot) { return uniform_slots[static_cast<std::size_t>(slot)]; }
  static constexpr bool belongs(part p, int slot) {
    if (S.row_slot(slot)) return p == part::row && !S.reduces(slot);
    if (slot >= S.reads && slot < S.first_step) return p == part::uniform || p == part::constants;
    if (p == part::row || p == part::constants) return false;
    return uniform(slot) == (p == part::uniform);
  }
  struct slot_list {
    std::array<int, static_cast<std::size_t>(S.slots)> slots{};
    std::size_t size = 0;
  };
  static constexpr slot_list slots_of(part p) {
    slot_list l;
    for (int slot = 0; slot < S.slots; ++slot)
      if (belongs(p, slot)) l.slots[l.size++] = slot;
    return l;
  }
  template <part P> static constexpr slot_list computed = slots_of(P);

  /// Computes the slots of one part at inner position i for n elements.
  template <part P, class Lanes> [[gnu::always_inline]] static void compute(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, int n) {
    compute_each<P, Lanes>(r, at, numbers, i, n, std::make_index_sequence<computed<P>.size>{});
  }
  template <part P, class Lanes, std::size_t... K>
  [[gnu::always_inline]] static void compute_each(registers<Lanes>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] const std::int64_t* numbers, [[maybe_unused]] std::int64_t i, [[maybe_unused]] int n, std::index_sequence<K...>) {
    (compute_slot<computed<P>.slots[K], Lanes>(r, at, numbers, i, n), ...);
  }
  template <int Slot, class Lanes>
  [[gnu::always_inline]] static void compute_slot(registers<Lanes>& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] const std::int64_t* numbers, [[maybe_unused]] std::int64_t i, [[maybe_unused]] int n) {
    auto& value = detail::get<Slot>(r);
    if constexpr (Slot < S.reads) {
      const auto stride = inner_stride<Slot>(numbers);
      const auto* from = static_cast<const element<Slot>*>(at[Slot]) + i * stride;
      if constexpr (uniform(Slot)) value = Lanes::broadcast(*from);
      else value = Lanes::load(from, stride, n);
    } else if constexpr (Slot < S.first_step) {
      constexpr auto c = S.constant[static_cast<std::size_t>(Slot - S.reads)];
      value = Lanes::broadcast(static_cast<element_of<c.type>>(std::bit_cast<double>(c.bits)));
    } else {
      apply_step<Slot>(r, value, std::make_index_sequence<S.step[static_cast<std::size_t>(Slot - S.first_step)].arity>{});
    }
  }
  template <int Slot, class R, class V, std::size_t... I> [[gnu::always_inline]] static void apply_step(R& r, V& value, std::index_sequence<I...>) {
    constexpr auto& step = S.step[static_cast<std::size_t>(Slot - S.first_step)];
    value = op_of<step.op>::value(detail::get<step.operands[I]>(r)...);
  }
  template <bool Row, class Lanes> [[gnu::always_inline]] static void write(registers<Lanes>& r, const cursor& at, const std::int64_t* numbers, std::int64_t i, int n) {
    detail::repeat<S.writes>([&](auto w) {
      constexpr int a = S.reads + w;
      if constexpr (S.access[static_cast<std::size_t>(a)].row == Row) {
        const auto stride = inner_stride<a>(numbers);
        Lanes::store(detail::get<S.access[static_cast<std::size_t>(a)].slot>(r), static_cast<element<a>*>(at[a]) + i * stride, stride, n);
      }
    });
  }

  template <class F> [[gnu::always_inline]] static void by_registers(std::int64_t n, F f) {
    constexpr int w = wide::count;
    std::int64_t i = 0;
    for (; i + w <= n; i += w) f(i, w);
    if (i < n) f(i, static_cast<int>(n - i));
  }

  static void map(const cursor& at, const std::int64_t* numbers) {
    const auto n = extent(numbers, inner_loop);
    if (n == 0) return;
    registers<wide> r;
    compute<part::uniform, wide>(r, at, numbers, 0, 1);
    by_registers(n, [&](std::int64_t i, int count) {
      compute<part::varying, wide>(r, at, numbers, i, count);
      write<false, wide>(r, at, numbers, i, count);
    });
  }

  // Accumulators of all reductions of the kernel: registers of the slots that reduce.
  template <class Lanes, class F> [[gnu::always_inline]] static void each_reduction(F f) {
    detail::repeat<S.steps>([&](auto step) {
      constexpr int s = S.first_step + step;
      if constexpr (S.reduces(s)) f(std::integral_constant<int, s>{}, std::type_identity<op_of<S.step[static_cast<std::size_t>(step)].op>>{});
    });
  }
  template <class Lanes> [[gnu::always_inline]] static void clear(registers<Lanes>& acc) {
    each_reduction<Lanes>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      detail::get<s>(acc) = Lanes::broadcast(o::template identity<element_of<S.slot_type(s)>>());
    });
  }
  template <class Lanes> [[gnu::always_inline]] static void accumulate(registers<Lanes>& acc, registers<Lanes>& r, int n) {
    each_reduction<Lanes>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      constexpr int x = S.step[static_cast<std::size_t>(s - S.first_step)].operands[0];
      const auto kept = Lanes::keep_first(detail::get<x>(r), n, o::template identity<element_of<S.slot_type(s)>>());
      detail::get<s>(acc) = o::combine(detail::get<s>(acc), kept);
    });
  }

  /// Several accumulators hide the latency of combining; they are combined in a fixed order.
  static constexpr std::size_t accumulators = S.steps <= 8 ? 4 : 1;

  static void row(const cursor& at, const std::int64_t* numbers) {
    std::array<registers<wide>, accumulators> acc;
    for (auto& a : acc) clear<wide>(a);
    reduced<S.outer_loops>(at, numbers, [&](const cursor& here) {
      const auto n = extent(numbers, inner_loop);
      if (n == 0) return;
      std::array<registers<wide>, accumulators> r;
      for (auto& x : r) compute<part::uniform, wide>(x, here, numbers, 0, 1);
      constexpr int w = wide::count;
      std::int64_t i = 0;
      const auto one = [&](std::size_t u, int count) {
        compute<part::varying, wide>(r[u], here, numbers, i, count);
        write<false, wide>(r[u], here, numbers, i, count);
        accumulate<wide>(acc[u], r[u], count);
        i += count;
      };
      while (i + static_cast<int>(accumulators) * w <= n)
        detail::repeat<static_cast<int>(accumulators)>([&](auto u) { one(static_cast<std::size_t>(u.value), w); });
      while (i + w <= n) one(0, w);
      if (i < n) one(0, static_cast<int>(n - i));
    });
    registers<scalar_lanes> result;
    each_reduction<wide>([&](auto s, auto op) {
      using o = typename decltype(op)::type;
      auto total = detail::get<s>(acc[0]);
      for (std::size_t u = 1; u < accumulators; ++u) total = o::combine(total, detail::get<s>(acc[u]));
      detail::get<s>(result) = wide::template combine_lanes<o>(total);
    });
    compute<part::constants, scalar_lanes>(result, at, numbers, 0, 1);
    compute<part::row, scalar_lanes>(result, at, numbers, 0, 1);
    write<true, scalar_lanes>(result, at, numbers, 0, 1);
  }

  static void columns(const cursor& at, const std::int64_t* numbers) {
    by_registers(extent(numbers, inner_loop), [&](std::int64_t i, int count) {
      registers<wide> acc;
      clear<wide>(acc);
      reduced<S.outer_loops>(at, numbers, [&](const cursor& here) {
        registers<wide> r;
        compute<part::uniform, wide>(r, here, numbers, i, count);
        compute<part::varying, wide>(r, here, numbers, i, count);
        write<false, wide>(r, here, numbers, i, count);
        accumulate<wide>(acc, r, count);
      });
      compute<part::constants, wide>(acc, at, numbers, i, count);
      compute<part::row, wide>(acc, at, numbers, i, count);
      write<true, wide>(acc, at, numbers, i, count);
    });
  }

  template <int L, class F> [[gnu::always_inline]] static void reduced(cursor at, const std::int64_t* numbers, F f) {
    if constexpr (L == S.outer_loops + S.reduced_loops) {
      f(at);
    } else {
      const auto n = extent(numbers, L);
      for (std::int64_t i = 0; i < n; ++i, advance(at, numbers, L)) reduced<L + 1>(at, numbers, f);
    }
  }
};

}  // namespace tapeless::wide
