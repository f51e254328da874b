#pragma once
#include <tapeless/plan/spec.hpp>

#include <utility>

namespace tapeless::inline TAPELESS_ABI::wide {

namespace detail {

template <std::uint64_t Hash> struct known_spec {
  static constexpr auto value = registered_as<spec_key<Hash>>::value;
};

}  // namespace detail

/// What of a loop kernel is computed where, and in which order.
template <std::uint64_t Hash> struct loop_order {
  using spec = detail::known_spec<Hash>;
  static constexpr auto& S = spec::value;

  // What is computed where: in each pass over a row, before its elements or for each of them; behind the pass, once.
  enum class part { constants, before, uniform, varying, kept, row };
  static constexpr auto uniform_slots = S.uniform_slots();
  static constexpr bool uniform(int slot) { return uniform_slots[static_cast<std::size_t>(slot)]; }
  static constexpr bool belongs(part p, int pass, int slot) {
    const bool constant = slot >= S.reads && slot < S.first_step, step = slot >= S.first_step;
    switch (p) {
      case part::constants: return constant;
      case part::before: return S.row_slot(slot) && (!step || S.before_passes(slot));
      case part::uniform: return constant || (!S.row_slot(slot) && uniform(slot) && S.computed_in(slot, pass));
      case part::varying: return !constant && !S.row_slot(slot) && !uniform(slot) && S.computed_in(slot, pass);
      case part::kept: return step && (S.step_of(slot).kept >> pass & 1) != 0;
      case part::row: return S.row_slot(slot) && step && !S.reduces(slot) && (S.step_of(slot).computed >> pass & 1) != 0;
    }
    return false;
  }
  struct slot_list {
    std::array<int, static_cast<std::size_t>(S.slots)> slots{};
    std::size_t size = 0;
  };
  /// In the order of the steps, and what a step reads right before it: registers are not filled long before they are used.
  static constexpr slot_list slots_of(part p, int pass) {
    slot_list l;
    std::array<bool, static_cast<std::size_t>(S.slots)> listed{};
    const auto add = [&](int slot) {
      if (!belongs(p, pass, slot) || std::exchange(listed[static_cast<std::size_t>(slot)], true)) return;
      l.slots[l.size++] = slot;
    };
    for (int slot = S.first_step; slot < S.slots; ++slot) {
      if (belongs(p, pass, slot))
        for (int i = 0; i < S.arity(slot); ++i)
          if (const int operand = S.step_of(slot).operands[static_cast<std::size_t>(i)]; operand < S.first_step) add(operand);
      add(slot);
    }
    for (int slot = 0; slot < S.first_step; ++slot) add(slot);  // of other parts' steps
    return l;
  }
  template <part P, int Pass> static constexpr slot_list computed = slots_of(P, Pass);

  /// What is done for each element in a pass: a slot is computed, or, from S.slots on, an access is written.
  struct action_list {
    std::array<int, static_cast<std::size_t>(S.slots + S.writes)> actions{};
    std::size_t size = 0;
  };
  /// A result is written as soon as it is there, unless something that stands in its place is still to be read.
  static constexpr action_list actions_of(int pass) {
    const slot_list all = slots_of(part::varying, pass);
    std::array<std::size_t, static_cast<std::size_t>(S.writes + 1)> after{};  // by write: how many slots have to be computed before
    for (std::size_t k = 0; k < all.size; ++k)
      for (int w = 0; w < S.writes; ++w)
        if (const auto& to = S.access[static_cast<std::size_t>(S.reads + w)]; all.slots[k] == to.slot || all.slots[k] == to.over) after[static_cast<std::size_t>(w)] = k + 1;
    action_list l;
    for (std::size_t k = 0; k <= all.size; ++k) {
      for (int w = 0; w < S.writes; ++w)
        if (const auto& to = S.access[static_cast<std::size_t>(S.reads + w)]; after[static_cast<std::size_t>(w)] == k && !to.row && !to.across && S.writing_pass(to.slot) == pass)
          l.actions[l.size++] = S.slots + S.reads + w;
      if (k < all.size) l.actions[l.size++] = all.slots[k];
    }
    return l;
  }
  template <int Pass> static constexpr action_list actions = actions_of(Pass);

  static constexpr int uses(int slot) {
    int n = 0;
    for (int s = S.first_step; s < S.slots; ++s)
      for (int i = 0; i < S.arity(s); ++i) n += S.step_of(s).operands[static_cast<std::size_t>(i)] == slot;
    return n;
  }
  static constexpr bool feeds_elements(int slot, int pass) {
    for (int s = S.first_step; s < S.slots; ++s)
      if (S.computed_in(s, pass))
        for (int i = 0; i < S.arity(s); ++i)
          if (S.step_of(s).operands[static_cast<std::size_t>(i)] == slot) return true;
    return false;
  }
};

}  // namespace tapeless::wide
