#pragma once
#include <tapeless/plan/plan.hpp>

#include <algorithm>
#include <bit>

namespace tapeless::inline TAPELESS_ABI {

/// How the inner loop of a kernel walks over a tensor.
enum class inner_walk : std::uint8_t { uniform, contiguous, strided };

struct loop_access {
  dtype type = dtype::f32;
  inner_walk walk = inner_walk::contiguous;
  bool row = false;
  bool across = false;
  bool streams = false;
  std::uint8_t slot = 0;
  std::uint8_t over = nothing;  ///< written: the last slot that is read from where this is written, if that is behind its own
  static constexpr std::uint8_t nothing = 255;
  friend constexpr bool operator==(const loop_access&, const loop_access&) = default;
};

/// A loop kernel as a template argument, in canonical form: loops of equal steps and access patterns are one
/// instantiation, whatever their extents and addresses, which are run-time numbers.
template <int Reads, int Constants, int Steps, int Writes> struct loop_spec {
  static constexpr int reads = Reads, constants = Constants, steps = Steps, writes = Writes, accesses = Reads + Writes;
  static constexpr int first_step = Reads + Constants, slots = first_step + Steps;

  loop_mode mode = loop_mode::map;
  int width = 0;           ///< bytes of the lanes; 0: one element at a time
  int outer_loops = 0;
  int reduced_loops = 0;
  std::int64_t inner = -1; ///< the inner extent where it is small and known
  bool streams_late = false;  ///< a number behind the others says whether to write past the caches
  std::array<loop_access, static_cast<std::size_t>(accesses)> access{};
  std::array<loop_constant, static_cast<std::size_t>(Constants + 1)> constant{};  ///< one more than used: no empty array
  std::array<loop_step, static_cast<std::size_t>(Steps)> step{};

  constexpr int loops() const { return outer_loops + reduced_loops + 1; }
  /// Positions in the kernel's numbers: extents of the loops, then offset and strides of each access.
  constexpr int offset_number(int a) const { return loops() + a * (loops() + 1); }
  constexpr int stride_number(int a, int loop) const { return offset_number(a) + 1 + loop; }
  constexpr int streams_number() const { return offset_number(accesses); }
  constexpr int number_count() const { return streams_number() + streams_late; }

  constexpr dtype slot_type(int slot) const {
    if (slot < Reads) return access[static_cast<std::size_t>(slot)].type;
    if (slot < first_step) return constant[static_cast<std::size_t>(slot - Reads)].type;
    return step[static_cast<std::size_t>(slot - first_step)].type;
  }
  constexpr bool row_slot(int slot) const {
    if (slot < Reads) return access[static_cast<std::size_t>(slot)].row;
    return slot >= first_step && step[static_cast<std::size_t>(slot - first_step)].row;
  }
  constexpr bool reduces(int slot) const { return slot >= first_step && step[static_cast<std::size_t>(slot - first_step)].op->kind == op_kind::reduction; }
  /// By slot: the same for a whole inner loop, so computed before it. One pass in order, since operands come first.
  constexpr auto uniform_slots() const {
    std::array<bool, static_cast<std::size_t>(slots)> same{};
    for (int slot = 0; slot < slots; ++slot) {
      bool all = true;  // also of what is once for the row, to the passes that follow
      if (row_slot(slot)) all = true;
      else if (slot < Reads) all = access[static_cast<std::size_t>(slot)].walk == inner_walk::uniform;
      else if (slot >= first_step) {
        for (int i = 0; i < arity(slot); ++i) all = all && same[step[static_cast<std::size_t>(slot - first_step)].operands[static_cast<std::size_t>(i)]];
      }
      same[static_cast<std::size_t>(slot)] = all;
    }
    return same;
  }
  constexpr const loop_step& step_of(int slot) const { return step[static_cast<std::size_t>(slot - first_step)]; }
  constexpr int passes() const {
    int n = 1;
    for (const auto& s : step) n = std::max(n, static_cast<int>(std::bit_width(s.computed)));
    return n;
  }
  /// Whether the step is computed for each row before its passes.
  constexpr bool before_passes(int slot) const { return slot >= first_step && step_of(slot).row && step_of(slot).computed == 0; }
  constexpr bool any_before() const {
    for (int slot = first_step; slot < slots; ++slot)
      if (before_passes(slot)) return true;
    return false;
  }
  /// The pass that writes the step's result.
  constexpr int writing_pass(int slot) const { return before_passes(slot) ? 0 : std::countr_zero(step_of(slot).computed); }
  /// Whether pass `pass` computes the slot for each element.
  constexpr bool computed_in(int slot, int pass) const {
    if (slot >= first_step) return !row_slot(slot) && (step_of(slot).computed >> pass & 1) != 0;
    for (const auto& s : step)
      if ((s.computed >> pass & 1) != 0 && (!s.row || s.op->kind == op_kind::reduction))
        for (std::size_t i = 0; i < s.arity; ++i)
          if (s.operands[i] == slot) return true;
    return false;
  }
  /// The first step of a pass that takes the slot; 0: none does.
  constexpr int first_use(int slot, int pass) const {
    for (int s = first_step; s < slots; ++s)
      if (computed_in(s, pass))
        for (int i = 0; i < arity(s); ++i)
          if (step_of(s).operands[static_cast<std::size_t>(i)] == slot) return s;
    return 0;
  }
  constexpr bool across(int slot) const { return slot >= first_step && step_of(slot).across; }
  /// Whether a reduction across the rows is of what is once for each of them.
  constexpr bool across_results(int slot) const { return across(slot) && row_slot(step_of(slot).operands[0]); }
  /// The position of a reduction across the rows among those of its kind.
  constexpr int across_index(int slot, bool results = false) const {
    int n = 0;
    for (int s = first_step; s < slot; ++s) n += across(s) && across_results(s) == results;
    return n;
  }
  constexpr bool streams() const {
    bool any = false;
    for (const auto& a : access) any = any || a.streams;
    return any;
  }
  /// The position of a kept step among those of the row's buffer.
  constexpr int kept_index(int slot) const {
    int n = 0;
    for (int s = first_step; s < slot; ++s) n += step_of(s).kept != 0 && step_of(s).home == 0;
    return n;
  }
  constexpr int arity(int slot) const { return step[static_cast<std::size_t>(slot - first_step)].arity; }
  friend constexpr bool operator==(const loop_spec&, const loop_spec&) = default;
};

/// A kernel's description under a short name. Compilers write out the name of every function they use, and a loop kernel uses
/// several for each step.
template <std::uint64_t Hash> struct spec_key {};
template <auto Spec> struct spec_constant { static constexpr auto value = Spec; };

template <int R, int C, int S, int W> constexpr std::uint64_t content_hash(const loop_spec<R, C, S, W>& s) {
  std::uint64_t h = 0;
  const auto add = [&](auto... v) { ((h = hash_combine(h, static_cast<std::uint64_t>(v))), ...); };
  add(R, C, S, W, s.mode, s.width, s.outer_loops, s.reduced_loops, s.inner, s.streams_late);
  for (const auto& a : s.access) add(a.type, a.walk, a.row, a.across, a.streams, a.slot, a.over);
  for (const auto& c : s.constant) add(c.bits, c.type);
  for (const auto& t : s.step) {
    add(t.op->hash, t.type, t.row, t.across, t.computed, t.kept, t.home, t.arity);
    for (auto o : t.operands) add(o);
  }
  return h;
}
template <auto Spec> constexpr std::uint64_t enter_spec() {
  constexpr auto hash = content_hash(Spec);
  static_assert(entered<spec_key<hash>, spec_constant<Spec>>);
  return hash;
}

/// The canonical form of kernel `k`. `numbers` are those of the representative binding.
template <int Reads, int Constants, int Steps, int Writes, class Graph, class Plan>
constexpr auto spec_of(const Graph& g, const Plan& p, int index, bool all_static) {
  const auto& k = p.kernels[static_cast<std::size_t>(index)];
  loop_spec<Reads, Constants, Steps, Writes> s;
  s.mode = k.mode;
  s.width = k.width;
  s.outer_loops = k.outer_loops;
  s.reduced_loops = k.reduced_loops;
  s.streams_late = k.streams_late;
  const auto number = [&](int i) { return p.numbers[static_cast<std::size_t>(k.first_number + i)]; };
  const int inner_loop = s.loops() - 1;
  bool single = true;
  for (int i = 0; i < s.loops(); ++i) single = single && number(i) == 1;
  if (single) s.width = 0;
  if (all_static && !k.epilogue && number(inner_loop) <= 64) s.inner = number(inner_loop);
  for (int i = 0; i < s.accesses; ++i) {
    const auto& a = p.accesses[static_cast<std::size_t>(k.first_access + i)];
    const auto stride = number(s.stride_number(i, inner_loop));
    s.access[static_cast<std::size_t>(i)] = {g[a.node].type, stride == 0 ? inner_walk::uniform : stride == 1 ? inner_walk::contiguous : inner_walk::strided, a.row, a.across,
                                             a.streams && stride == 1, static_cast<std::uint8_t>(i < Reads ? i : a.slot)};
  }
  for (int i = 0; i < Constants; ++i) s.constant[static_cast<std::size_t>(i)] = p.constants[static_cast<std::size_t>(k.first_constant + i)];
  for (int i = 0; i < Steps; ++i) s.step[static_cast<std::size_t>(i)] = p.steps[static_cast<std::size_t>(k.first_step + i)];
  const auto memory_of = [&](int i) {
    int storage = p.accesses[static_cast<std::size_t>(k.first_access + i)].storage;
    while (p.storages[static_cast<std::size_t>(storage)].in_place_of >= 0) storage = p.storages[static_cast<std::size_t>(storage)].in_place_of;
    return storage;
  };
  for (int w = Reads; w < s.accesses; ++w) {
    auto& to = s.access[static_cast<std::size_t>(w)];
    int latest = to.slot;
    for (int r = 0; r < Reads; ++r)
      if (memory_of(r) == memory_of(w))
        if (const int first = s.first_use(r, s.writing_pass(to.slot)); first > latest) latest = first, to.over = static_cast<std::uint8_t>(r);
  }
  return s;
}

}  // namespace tapeless
