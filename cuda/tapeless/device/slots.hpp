#pragma once
#include <tapeless/backend/simd/loop_order.hpp>
#include <tapeless/core/config.hpp>

#include <bit>
#include <cstddef>
#include <cstring>

/// The slots of a loop kernel as registers of one thread. The twin of wide::loop_slots, in the same order; a thread holds `W`
/// neighbouring elements where the processor has a register of them. All that is asked of the description is asked in constant
/// expressions, since device code cannot have it.
namespace tapeless::inline TAPELESS_ABI::device {

namespace detail {

template <std::size_t I, class T, int Width> struct slot { T value[static_cast<std::size_t>(Width)]; };

/// What one instruction moves of N elements.
template <class T, int N, std::size_t Bytes = (sizeof(T) * N < 16 ? sizeof(T) * N : 16)> struct alignas(Bytes) move_unit {
  static constexpr int count = static_cast<int>(Bytes / sizeof(T));
  T value[static_cast<std::size_t>(count)];
};

/// f(0), ..., f(N - 1), in registers: no index is left to run time.
template <int N, class F> TAPELESS_HOST_DEVICE constexpr void repeat(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<int, static_cast<int>(I)>{}), ...); }(std::make_index_sequence<static_cast<std::size_t>(N)>{});
}

}  // namespace detail

/// Answers about one loop kernel, as constants.
template <std::uint64_t Hash, int W> struct slot_facts {
  using order = wide::loop_order<Hash>;
  static constexpr auto& S = order::S;
  static constexpr int slots = S.slots, first_step = S.first_step, steps = S.steps, accesses = S.accesses, reads = S.reads, writes = S.writes;
  static constexpr int loops = S.loops(), outer_loops = S.outer_loops, reduced_loops = S.reduced_loops, passes = S.passes();
  static constexpr loop_mode mode = S.mode;
  static constexpr bool columns = S.mode == loop_mode::columns;
  template <int A> static constexpr inner_walk walk = S.access[static_cast<std::size_t>(A)].walk;
  template <int A> static constexpr int source = S.access[static_cast<std::size_t>(A)].slot;  ///< of what is written: its slot
  template <int A> static constexpr bool row_access = S.access[static_cast<std::size_t>(A)].row;
  template <int A> static constexpr bool across_access = S.access[static_cast<std::size_t>(A)].across;
  template <int A, int Pass> static constexpr bool writes_row = row_access<A> && !across_access<A> && S.writing_pass(S.access[static_cast<std::size_t>(A)].slot) == Pass;
  template <int Slot> static constexpr int arity = S.arity(Slot);
  template <int Slot, int I = 0> static constexpr int operand = S.step_of(Slot).operands[static_cast<std::size_t>(I)];
  template <int Slot> using op = op_of<S.step_of(Slot).op>;
  template <int Slot> static constexpr bool across = S.across(Slot);
  template <int Slot, int Pass> static constexpr bool reduces = S.reduces(Slot) && !S.across(Slot) && (S.step_of(Slot).computed >> Pass & 1) != 0;
  template <int Slot> static constexpr bool row_slot = S.row_slot(Slot);
  template <int Slot, int Pass> static constexpr bool keeps = Slot >= S.first_step && S.step_of(Slot).kept != 0 && S.computed_in(Slot, Pass);       ///< for later passes
  template <int Slot, int Pass> static constexpr bool takes_kept = Slot >= S.first_step && (S.step_of(Slot).kept >> Pass & 1) != 0;  ///< from an earlier pass
  /// Bytes of one element of all that is kept in front of a slot's; of all that is kept.
  static constexpr std::int64_t kept_bytes_before(int slot) {
    std::int64_t n = 0;
    for (int s = S.first_step; s < slot; ++s) n += S.step_of(s).kept != 0 ? size_of(S.slot_type(s)) : 0;
    return n;
  }
  template <int Slot> static constexpr std::int64_t kept_before = kept_bytes_before(Slot);
  static constexpr std::int64_t kept_bytes = kept_bytes_before(S.slots);
  // Reductions across the rows: of elements, and of what is once for each row.
  template <int Slot, bool Results> static constexpr bool sums_across = S.across(Slot) && S.across_results(Slot) == Results;
  template <int Slot, bool Results> static constexpr int across_index = S.across_index(Slot, Results);
  static constexpr int sums = S.across_index(S.slots), results = S.across_index(S.slots, true);
  /// Bytes of one element of all sums of elements in front of a slot's; of all sums.
  static constexpr std::int64_t sum_bytes_before(int slot) {
    std::int64_t n = 0;
    for (int s = S.first_step; s < slot; ++s) n += S.across(s) && !S.across_results(s) ? size_of(S.slot_type(s)) : 0;
    return n;
  }
  template <int Slot> static constexpr std::int64_t sum_before = sum_bytes_before(Slot);
  static constexpr std::int64_t sum_bytes = sum_bytes_before(S.slots);
  /// Of a row's own reductions: how many a pass makes, and those in front of it.
  static constexpr int reductions_of(int pass) {
    int n = 0;
    for (int s = S.first_step; s < S.slots; ++s) n += S.reduces(s) && !S.across(s) && (S.step_of(s).computed >> pass & 1) != 0;
    return n;
  }
  static constexpr int count_before(int pass) {
    int n = 0;
    for (int p = 0; p < pass; ++p) n += reductions_of(p);
    return n;
  }
  template <int Pass> static constexpr int reductions = reductions_of(Pass);
  template <int Pass> static constexpr int reductions_before = count_before(Pass);
  static constexpr bool writes_rows = [] {
    bool any = false;
    for (const auto& a : S.access) any = any || (&a - S.access.data() >= S.reads && a.row && !a.across);
    return any;
  }();
  /// The position of a reduction among those of its pass.
  template <int Slot, int Pass> static constexpr int reduction_index = [] {
    int n = 0;
    for (int s = S.first_step; s < Slot; ++s) n += S.reduces(s) && !S.across(s) && (S.step_of(s).computed >> Pass & 1) != 0;
    return n;
  }();

  template <int Slot> using type = element_of<S.slot_type(Slot)>;
  template <int A> using element = element_of<S.access[static_cast<std::size_t>(A)].type>;
  template <int Slot> static constexpr bool is_constant = Slot >= S.reads && Slot < S.first_step;
  /// How many elements of a slot a thread holds: one of what is the same for neighbours.
  template <int Slot> static constexpr int width = is_constant<Slot> || (!columns && order::uniform(Slot)) ? 1 : W;
  template <int Slot> static constexpr std::uint64_t constant_bits = S.constant[static_cast<std::size_t>(Slot - S.reads)].bits;
};

template <std::uint64_t Hash, int W, class = std::make_index_sequence<static_cast<std::size_t>(slot_facts<Hash, W>::slots)>> struct slot_registers;
template <std::uint64_t Hash, int W, std::size_t... I>
struct slot_registers<Hash, W, std::index_sequence<I...>>
    : detail::slot<I, typename slot_facts<Hash, W>::template type<static_cast<int>(I)>, slot_facts<Hash, W>::template width<static_cast<int>(I)>>... {
  template <int N> TAPELESS_HOST_DEVICE auto& at() {
    return static_cast<detail::slot<static_cast<std::size_t>(N), typename slot_facts<Hash, W>::template type<N>, slot_facts<Hash, W>::template width<N>>&>(*this).value;
  }
};

/// Where the accesses of a kernel stand at some coordinates of its loops, and how they go on along the inner one.
template <int Accesses> struct slot_cursor {
  std::byte* pointers[static_cast<std::size_t>(Accesses)];
  std::int64_t strides[static_cast<std::size_t>(Accesses)];  ///< of elements, along the inner loop
};

template <std::uint64_t Hash, int W> struct loop_slots {
  using facts = slot_facts<Hash, W>;
  using order = typename facts::order;
  using part = typename order::part;
  using registers = slot_registers<Hash, W>;
  using cursor = slot_cursor<facts::accesses>;
  template <int Slot> using type = typename facts::template type<Slot>;
  template <int A> using element = typename facts::template element<A>;

  /// A part's slots at inner position i, of `n` elements: W, or fewer where not `Aligned`, which says that contiguous accesses
  /// stand where all W elements may be moved at once.
  template <part P, int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void compute(registers& r, const cursor& at, std::int64_t i, int n = W) {
    compute_each<P, Pass, Aligned>(r, at, i, n, std::make_index_sequence<order::template computed<P, Pass>.size>{});
  }
  /// Computes and writes what varies along the inner loop.
  template <int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void elements(registers& r, const cursor& at, std::int64_t i, int n = W) {
    begin_elements<Pass, Aligned>(r, at, i, n);
    finish_elements<Pass, Aligned>(r, at, i, n);
  }
  /// The two halves of that: what is read is under way behind the first, so that a thread can begin elsewhere before it waits.
  template <int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void begin_elements(registers& r, const cursor& at, std::int64_t i, int n = W) {
    if constexpr (loads_first<Pass>) load_all<Pass, Aligned>(r, at, i, n, std::make_index_sequence<order::template computed<part::varying, Pass>.size>{});
  }
  template <int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void finish_elements(registers& r, const cursor& at, std::int64_t i, int n = W) {
    act_all<Pass, Aligned>(r, at, i, n, std::make_index_sequence<order::template actions<Pass>.size>{});
  }
  /// How many units of elements a thread has under way at once: what hides the time of memory, where it needs few registers.
  template <int Pass> static constexpr int units_at_once = [] {
    constexpr auto& varying = order::template computed<part::varying, Pass>;
    int bytes = 0;
    for (std::size_t i = varying.size; i-- > 0;) bytes += static_cast<int>(varying.slots[i]) < facts::reads ? static_cast<int>(size_of(facts::S.slot_type(varying.slots[i]))) * W : 0;
    return bytes > 0 && bytes <= 32 && facts::steps <= 16 ? 2 : 1;
  }();
  /// Writes what is once for the row, of what the pass is the first to compute.
  template <int Pass, bool Aligned> TAPELESS_HOST_DEVICE static void write_row(registers& r, const cursor& at, std::int64_t i, int n = W) {
    detail::repeat<facts::writes>([&](auto w) {
      constexpr int a = facts::reads + decltype(w)::value;
      if constexpr (facts::template writes_row<a, Pass>) store<a, Aligned>(r, at, i, n);
    });
  }
  /// Calls f with the slot and the op of each reduction that a pass over the row makes.
  template <int Pass, class F> TAPELESS_HOST_DEVICE static void each_reduction(F f) {
    detail::repeat<facts::steps>([&](auto step) {
      constexpr int s = facts::first_step + decltype(step)::value;
      if constexpr (facts::template reduces<s, Pass>) f(std::integral_constant<int, s>{}, std::type_identity<typename facts::template op<s>>{});
    });
  }
  template <int Slot> TAPELESS_HOST_DEVICE static type<Slot> value(registers& r, int e) {
    if constexpr (facts::template is_constant<Slot>) {
      constexpr double c = std::bit_cast<double>(facts::template constant_bits<Slot>);
      return static_cast<type<Slot>>(c);
    } else if constexpr (facts::template width<Slot> == 1) {
      return r.template at<Slot>()[0];
    } else {
      return r.template at<Slot>()[e];
    }
  }
  /// To and from memory of the kernel's own, W elements of a slot side by side.
  template <int Slot> TAPELESS_HOST_DEVICE static void put(registers& r, type<Slot>* to) {
    move_all<Slot>(r, to, std::make_index_sequence<static_cast<std::size_t>(W / detail::move_unit<type<Slot>, W>::count)>{});
  }
  template <int Slot> TAPELESS_HOST_DEVICE static void get(registers& r, const type<Slot>* from) {
    constexpr std::size_t bytes = sizeof(type<Slot>) * static_cast<std::size_t>(facts::template width<Slot>);
    constexpr std::size_t unit = sizeof(type<Slot>) * static_cast<std::size_t>(W) < 16 ? sizeof(type<Slot>) * static_cast<std::size_t>(W) : 16;
    std::memcpy(r.template at<Slot>(), __builtin_assume_aligned(static_cast<const void*>(from), unit), bytes);
  }
  template <int A> TAPELESS_HOST_DEVICE static element<A>* address(const cursor& at, std::int64_t i) {
    constexpr inner_walk walk = facts::template walk<A>;
    auto* const first = reinterpret_cast<element<A>*>(at.pointers[A]);
    if constexpr (walk == inner_walk::uniform) return first;
    else if constexpr (walk == inner_walk::contiguous) return first + i;
    else return first + i * at.strides[A];
  }
  template <int A, bool Aligned> TAPELESS_HOST_DEVICE static void store(registers& r, const cursor& at, std::int64_t i, int n) {
    constexpr inner_walk walk = facts::template walk<A>;
    constexpr int from = facts::template source<A>;
    element<A>* const first = address<A>(at, i);
    if constexpr (walk == inner_walk::uniform || (!facts::columns && facts::template row_slot<from>)) {
      first[0] = value<from>(r, 0);
    } else if constexpr (walk == inner_walk::contiguous && Aligned) {
      move_all<from>(r, first, std::make_index_sequence<static_cast<std::size_t>(W / detail::move_unit<element<A>, W>::count)>{});
    } else {
      const std::int64_t stride = walk == inner_walk::contiguous ? 1 : at.strides[A];
      scatter<from, Aligned>(r, first, stride, n, each{});
    }
  }

 private:
  /// All that is read is under way before anything waits for it, and before anything is written over it.
  template <int Pass> static constexpr bool loads_first = facts::reads <= 12;

  template <part P, int Pass, bool Aligned, std::size_t... K>
  TAPELESS_HOST_DEVICE static void compute_each(registers& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] std::int64_t i, [[maybe_unused]] int n, std::index_sequence<K...>) {
    (compute_slot<order::template computed<P, Pass>.slots[K], Aligned>(r, at, i, n), ...);
  }
  template <int Pass, bool Aligned, std::size_t... K>
  TAPELESS_HOST_DEVICE static void load_all(registers& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] std::int64_t i, [[maybe_unused]] int n, std::index_sequence<K...>) {
    (load_if_read<order::template computed<part::varying, Pass>.slots[K], Aligned>(r, at, i, n), ...);
  }
  template <int Slot, bool Aligned> TAPELESS_HOST_DEVICE static void load_if_read(registers& r, const cursor& at, std::int64_t i, int n) {
    if constexpr (Slot < facts::reads) load<Slot, Aligned>(r, at, i, n);
  }
  template <int Pass, bool Aligned, std::size_t... K>
  TAPELESS_HOST_DEVICE static void act_all(registers& r, [[maybe_unused]] const cursor& at, [[maybe_unused]] std::int64_t i, [[maybe_unused]] int n, std::index_sequence<K...>) {
    (act<order::template actions<Pass>.actions[K], Aligned, loads_first<Pass>>(r, at, i, n), ...);
  }
  template <int Action, bool Aligned, bool Loaded> TAPELESS_HOST_DEVICE static void act(registers& r, const cursor& at, std::int64_t i, int n) {
    if constexpr (Action >= facts::slots) store<Action - facts::slots, Aligned>(r, at, i, n);
    else if constexpr (!Loaded || Action >= facts::reads) compute_slot<Action, Aligned>(r, at, i, n);
  }
  template <int Slot, bool Aligned> TAPELESS_HOST_DEVICE static void compute_slot(registers& r, const cursor& at, std::int64_t i, int n) {
    if constexpr (Slot < facts::reads) load<Slot, Aligned>(r, at, i, n);
    else if constexpr (!facts::template is_constant<Slot>) apply_step<Slot>(r);
  }
  /// Behind the n-th element, the last one again.
  template <int A, bool Aligned> TAPELESS_HOST_DEVICE static void load(registers& r, const cursor& at, std::int64_t i, int n) {
    constexpr inner_walk walk = facts::template walk<A>;
    constexpr int width = facts::template width<A>;
    auto& to = r.template at<A>();
    const element<A>* const first = address<A>(at, i);
    if constexpr (walk == inner_walk::uniform || width == 1) {
      const element<A> x = *first;
      for (int e = 0; e < width; ++e) to[e] = x;
    } else if constexpr (walk == inner_walk::contiguous && Aligned) {
      constexpr std::size_t bytes = sizeof(element<A>) * width;
      std::memcpy(to, __builtin_assume_aligned(static_cast<const void*>(first), bytes < 16 ? bytes : 16), bytes);
    } else {
      const std::int64_t stride = walk == inner_walk::contiguous ? 1 : at.strides[A];
      pick<Aligned>(to, first, stride, n, each{});
    }
  }
  template <int Slot> TAPELESS_HOST_DEVICE static void apply_step(registers& r) {
    apply_each<Slot>(r, std::make_index_sequence<static_cast<std::size_t>(facts::template width<Slot>)>{});
  }
  template <int Slot, std::size_t... E> TAPELESS_HOST_DEVICE static void apply_each(registers& r, std::index_sequence<E...>) {
    (apply_one<Slot, static_cast<int>(E)>(r, std::make_index_sequence<static_cast<std::size_t>(facts::template arity<Slot>)>{}), ...);
  }
  template <int Slot, int E, std::size_t... I> TAPELESS_HOST_DEVICE static void apply_one(registers& r, std::index_sequence<I...>) {
    using op = typename facts::template op<Slot>;
    r.template at<Slot>()[E] = op::value(value<facts::template operand<Slot, static_cast<int>(I)>>(r, E)...);
  }

  // Element by element, spelled out: nvcc does not hand arrays to lambdas.
  using each = std::make_index_sequence<static_cast<std::size_t>(W)>;
  template <int Slot, class T, std::size_t... K> TAPELESS_HOST_DEVICE static void move_all(registers& r, T* to, std::index_sequence<K...>) {
    using unit = detail::move_unit<T, W>;
    ((reinterpret_cast<unit*>(to)[K] = unit_of<Slot, static_cast<int>(K) * unit::count, unit>(r, std::make_index_sequence<static_cast<std::size_t>(unit::count)>{})), ...);
  }
  template <int Slot, int First, class Unit, std::size_t... E> TAPELESS_HOST_DEVICE static Unit unit_of(registers& r, std::index_sequence<E...>) {
    return {{value<Slot>(r, First + static_cast<int>(E))...}};
  }
  template <int Slot, bool All, class T, std::size_t... E>
  TAPELESS_HOST_DEVICE static void scatter(registers& r, T* to, std::int64_t stride, [[maybe_unused]] int n, std::index_sequence<E...>) {
    ((All || static_cast<int>(E) < n ? void(to[static_cast<std::int64_t>(E) * stride] = value<Slot>(r, static_cast<int>(E))) : void()), ...);
  }
  template <bool All, class T, std::size_t... E> TAPELESS_HOST_DEVICE static void pick(T* to, const T* from, std::int64_t stride, [[maybe_unused]] int n, std::index_sequence<E...>) {
    ((to[E] = from[(All || static_cast<int>(E) < n ? static_cast<int>(E) : n - 1) * stride]), ...);
  }
};

}  // namespace tapeless::device
