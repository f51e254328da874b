#pragma once
#include <tapeless/backend/bare.hpp>
#include <tapeless/device/plan.hpp>
#include <tapeless/plan/memory.hpp>

#include <array>

namespace tapeless::inline TAPELESS_ABI::device {

template <class Program> struct planned_for_device { using type = planned<Program>; };
template <class Program> struct planned_for_device<planned<Program>> { using type = planned<Program>; };
/// A program as a device runs it, whoever has planned it before.
template <class Program> using device_program = typename planned_for_device<Program>::type;

/// What running needs of a plan: numbers only, so that the graph stays in the compiler.
template <class Program> struct run_plan {
  static constexpr auto& plan = Program::plan;
  static constexpr std::size_t kernels = plan.kernels.size(), storages = plan.storages.size(), leaves = Program::graph.leaves.size();
  struct kernel_start {
    int access = 0, number = 0, accesses = 0;
  };
  static constexpr auto starts = [] {
    std::array<kernel_start, kernels> t{};
    for (std::size_t k = 0; k < t.size(); ++k) t[k] = {plan.kernels[k].first_access, plan.kernels[k].first_number, plan.kernels[k].access_count};
    return t;
  }();
  static constexpr std::size_t most_accesses = [] {
    int most = 1;
    for (const auto& k : plan.kernels) most = k.access_count > most ? k.access_count : most;
    return static_cast<std::size_t>(most);
  }();
  static constexpr auto touched = [] {
    std::array<std::uint16_t, plan.accesses.size() + 1> t{};
    for (std::size_t i = 0; i < plan.accesses.size(); ++i) t[i] = static_cast<std::uint16_t>(plan.accesses[i].storage);
    return t;
  }();
  static constexpr auto numbers = plan.numbers;
  /// A tensor of a storage that is copied.
  struct copied {
    std::size_t storage = 0, from = 0;
    tapeless::shape shape{};
    std::int64_t width = 0;
  };
  static constexpr auto outputs = [] {
    std::array<copied, plan.outputs.size()> t{};
    std::size_t i = 0;
    for (auto& one : t) {
      const int node = Program::graph.outputs[i];
      one = {static_cast<std::size_t>(plan.outputs[i++]), 0, Program::graph.shape_of(node), size_of(Program::graph[node].type)};
    }
    return t;
  }();
  static constexpr auto commits = [] {
    std::array<copied, plan.commits.size()> t{};
    std::size_t i = 0;
    for (const auto& c : plan.commits) {
      const int node = plan.storages[static_cast<std::size_t>(c.variable)].node;
      t[i++] = {static_cast<std::size_t>(c.variable), static_cast<std::size_t>(c.value), Program::graph.shape_of(node), size_of(Program::graph[node].type)};
    }
    return t;
  }();
  static constexpr auto leaf_kinds = [] {
    std::array<leaf_kind, leaves> t{};
    for (std::size_t i = 0; i < leaves; ++i) t[i] = Program::graph.leaves[i].kind;
    return t;
  }();
  static constexpr std::size_t count_of(leaf_kind kind) {
    std::size_t n = 0;
    for (auto k : leaf_kinds) n += k == kind;
    return n;
  }

  /// What is fixed, as iota is: the storages that are filled once.
  static constexpr std::size_t fixed_count = [] {
    std::size_t n = 0;
    for (const auto& s : plan.storages) n += s.kind == storage_kind::arena && s.first_kernel < 0;
    return n;
  }();
  static constexpr auto fixed = [] {
    std::array<int, fixed_count> t{};
    std::size_t n = 0;
    for (std::size_t i = 0; i < storages; ++i)
      if (plan.storages[i].kind == storage_kind::arena && plan.storages[i].first_kernel < 0) t[n++] = static_cast<int>(i);
    return t;
  }();

  struct placed {
    std::array<std::int64_t, storages> offsets{};
    std::int64_t bytes = -1;
  };
  /// Where tensors stand in the arena, if all dims are static. Scratch memory comes behind it.
  static constexpr placed memory = [] {
    placed p;
    if constexpr (Program::is_static) {
      const auto m = plan_memory(Program::graph, plan, binding{}, 0);
      for (std::size_t i = 0; i < storages; ++i) p.offsets[i] = m.offsets[i];
      p.bytes = m.arena_bytes;
    }
    return p;
  }();
  static placed memory_for(const binding& b) {
    if constexpr (Program::is_static) {
      return memory;
    } else {
      using seen = bare_program<Program>;
      const auto m = plan_memory(seen::graph, seen::plan, b, 0);
      placed p;
      for (std::size_t i = 0; i < storages; ++i) p.offsets[i] = m.offsets[i];
      p.bytes = m.arena_bytes;
      return p;
    }
  }

  /// What each kernel computes, for messages.
  template <std::size_t K> static constexpr text label = [] {
    text t;
    const auto& k = plan.kernels[K];
    t << "kernel " << static_cast<std::int64_t>(K) << " [";
    if (k.kind == kernel_kind::loop) {
      for (int i = 0; i < k.step_count && i < 4; ++i) t << (i > 0 ? ", " : "") << plan.steps[static_cast<std::size_t>(k.first_step + i)].op->name;
      if (k.step_count > 4) t << ", ...";
      Program::graph.shapes[static_cast<std::size_t>(k.domain)].print(t << "] over ");
    } else {
      Program::graph.shape_of(k.node).print(t << Program::graph[k.node].op->name << "] ");
      t << " " << to_string(Program::graph[k.node].type);
    }
    return t;
  }();
};

}  // namespace tapeless::device
