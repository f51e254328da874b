#pragma once
#include <tapeless/plan/plan.hpp>

namespace tapeless::inline TAPELESS_ABI {

/// Where each storage of the arena stands, in bytes, and how long the arena is.
struct memory_plan {
  std::vector<std::int64_t> offsets;  ///< by storage; -1: not in the arena
  std::int64_t arena_bytes = 0;
  std::int64_t workspace = 0;         ///< offset of the scratch memory that kernels share
};

inline constexpr std::int64_t arena_alignment = 64;
constexpr std::int64_t align_up(std::int64_t n) { return (n + arena_alignment - 1) / arena_alignment * arena_alignment; }

/// Places storages by liveness: in the order of the kernels that write them, each goes into the smallest gap between those
/// alive at the same time, or takes over the memory of the operand it is computed from in place.
template <class Graph, class Plan> constexpr memory_plan plan_memory(const Graph& g, const Plan& p, const binding& b, std::int64_t workspace_bytes) {
  struct block {
    std::int64_t offset, size;
    int last;
  };
  memory_plan m;
  m.offsets.resize(p.storages.size(), -1);
  std::vector<block> alive;  // sorted by offset
  int now = -1;
  for (std::size_t s = 0; s < p.storages.size(); ++s) {
    const auto& t = p.storages[s];
    if (t.kind != storage_kind::arena) continue;
    if (t.first_kernel != now) {
      now = t.first_kernel;
      std::erase_if(alive, [&](const block& x) { return x.last < now; });
    }
    const auto size = align_up(b.count(g.shape_of(t.node)) * size_of(g[t.node].type));
    if (t.in_place_of >= 0) {
      const auto offset = m.offsets[static_cast<std::size_t>(t.in_place_of)];
      m.offsets[s] = offset;
      for (auto& x : alive)
        if (x.offset == offset && x.size > 0) x.last = t.last_kernel;
      continue;
    }
    std::int64_t best = -1, best_gap = 0, top = 0;
    for (const auto& x : alive) {
      const auto gap = x.offset - top;
      if (gap >= size && size > 0 && (best < 0 || gap < best_gap)) best = top, best_gap = gap;
      top = std::max(top, x.offset + x.size);
    }
    if (best < 0) best = top;
    m.offsets[s] = best;
    m.arena_bytes = std::max(m.arena_bytes, best + size);
    std::size_t i = 0;
    while (i < alive.size() && alive[i].offset < best) ++i;
    alive.insert(alive.begin() + static_cast<std::ptrdiff_t>(i), {best, size, t.last_kernel});
  }
  m.workspace = m.arena_bytes;
  m.arena_bytes += align_up(workspace_bytes);
  return m;
}

}  // namespace tapeless
