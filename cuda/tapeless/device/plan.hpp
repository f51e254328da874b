#pragma once
#include <tapeless/plan/lower.hpp>
#include <tapeless/plan/spec.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// A program planned for a device: no loop follows a matrix product by blocks of the cache.
template <class Program> struct planned : Program {
  static constexpr auto& graph = Program::graph;
  static constexpr auto plan = freeze_plan<graph, [] { return lower(graph, {.by_blocks = false}); }>();
  static constexpr int kernels = static_cast<int>(plan.kernels.size());
};

/// A hash of a kernel's description that all compilers compute alike: nvcc compiles a kernel twice, for the device by its own
/// front end and for the host by the host's compiler, and the two must call it by one name. Types are spelled by each in its
/// own way, so ops count by their names.
template <int R, int C, int S, int W> constexpr std::uint64_t portable_hash(const loop_spec<R, C, S, W>& s) {
  std::uint64_t h = hash_of("device");
  const auto add = [&](auto... v) { ((h = hash_combine(h, static_cast<std::uint64_t>(v))), ...); };
  add(R, C, S, W, s.mode, s.outer_loops, s.reduced_loops, s.inner);
  for (const auto& a : s.access) add(a.type, a.walk, a.row, a.across, a.slot, a.over);
  for (const auto& c : s.constant) add(c.bits, c.type);
  for (const auto& t : s.step) {
    add(t.op->local ? tapeless::detail::local_hash(hash_of(t.op->name)) : hash_of(t.op->name), t.type, t.row, t.across, t.computed, t.kept, t.home, t.arity);
    for (auto o : t.operands) add(o);
  }
  return h;
}

/// The description of loop kernel K of a program in canonical form, and a number to look it up by: a kernel's template
/// argument must be one that nvcc can spell.
template <class Program, int K> struct loop_of {
  static constexpr auto spec = [] {
    constexpr auto& k = Program::plan.kernels[K];
    auto s = spec_of<k.read_count, k.constant_count, k.step_count, k.access_count - k.read_count>(Program::graph, Program::plan, K, false);
    s.width = 0;
    return s;
  }();
  static constexpr std::uint64_t hash = portable_hash(spec);
  static_assert(entered<spec_key<hash>, spec_constant<spec>>);
  static_assert(registered_as<spec_key<hash>>::value == spec, "tapeless: two ops of a kernel for a device have one name: give each op a name of its own");
};

}  // namespace tapeless::device
