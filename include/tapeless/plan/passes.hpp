#pragma once
#include <tapeless/plan/plan.hpp>

#include <bit>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Of writing a register to the row's buffer and reading it, in instructions.
inline constexpr int cost_of_keeping = 4;

/// In which passes each step is computed: those that use it. What would cost more to compute again than to load is
/// computed by the first of them and kept in a buffer for the others.
constexpr void choose_passes(plan& p, kernel& k) {
  const auto step_of = [&](int i) -> loop_step& { return p.steps[static_cast<std::size_t>(k.first_step + i)]; };
  for (int i = 0; i < k.step_count; ++i)
    if (step_of(i).computed != 1) k.passes = std::max(k.passes, static_cast<int>(std::bit_width(step_of(i).computed)));
  if (k.passes == 1) return;
  for (int i = 0; i < k.step_count; ++i)
    if (step_of(i).across) step_of(i).computed = static_cast<std::uint8_t>(1 << (k.passes - 1));
  const int first = k.read_count + k.constant_count;
  sequence<int> again(static_cast<std::size_t>(k.step_count), 0), needed(static_cast<std::size_t>(k.step_count), 0);
  const auto each_operand = [&](int i, auto visit) {
    const auto& s = step_of(i);
    for (std::size_t n = 0; n < s.arity; ++n)
      if (const int from = s.operands[n] - first; from >= 0 && !step_of(from).row) visit(static_cast<std::size_t>(from));
  };
  for (int i = 0; i < k.step_count; ++i) {
    auto& cost = again[static_cast<std::size_t>(i)];
    cost = step_of(i).op->cost;
    each_operand(i, [&](std::size_t from) { cost += again[from]; });
  }
  for (int a = k.read_count; a < k.access_count; ++a) {
    const auto i = p.accesses[static_cast<std::size_t>(k.first_access + a)].slot - first;
    if (!step_of(i).row) needed[static_cast<std::size_t>(i)] |= step_of(i).computed;
  }
  for (int i = k.step_count - 1; i >= 0; --i) {
    auto& s = step_of(i);
    int passes = s.computed;
    if (!s.row) {
      passes = needed[static_cast<std::size_t>(i)];
      if (again[static_cast<std::size_t>(i)] > cost_of_keeping && !std::has_single_bit(static_cast<unsigned>(passes))) {
        s.kept = static_cast<std::uint8_t>(passes & (passes - 1));
        passes &= -passes;
        ++k.kept_count;
      }
      s.computed = static_cast<std::uint8_t>(passes);
    }
    if (!s.row || s.op->kind == op_kind::reduction) each_operand(i, [&](std::size_t from) { needed[from] |= passes; });
  }
}

}  // namespace tapeless::detail
