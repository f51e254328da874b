#pragma once
#include <tapeless/plan/plan.hpp>

#include <algorithm>
#include <vector>

namespace tapeless::inline TAPELESS_ABI {

/// Where each storage of the arena stands, in bytes, and how long the arena is.
struct memory_plan {
  std::vector<std::int64_t> offsets;  ///< by storage; -1: not in the arena
  std::int64_t arena_bytes = 0;
  std::int64_t workspace = 0;         ///< offset of the scratch memory that kernels share
};

inline constexpr std::int64_t arena_alignment = 64;
constexpr std::int64_t align_up(std::int64_t n) { return (n + arena_alignment - 1) / arena_alignment * arena_alignment; }

namespace detail {

/// Memory by first and last byte, with the gaps in it. Taking and giving back look at the gaps only, of which there are few,
/// however much is alive.
class arena_map {
 public:
  /// The smallest gap that has room, of equal ones the first, else the end.
  constexpr std::int64_t take(std::int64_t size) {
    if (size == 0) return top_;
    int best = -1;
    for (int i = 0; i < static_cast<int>(gaps_.size()); ++i) {
      const std::int64_t room = gaps_[i].end - gaps_[i].first;
      if (room < size) continue;
      const std::int64_t more = best < 0 ? -1 : room - (gaps_[best].end - gaps_[best].first);
      if (more < 0 || (more == 0 && gaps_[i].first < gaps_[best].first)) best = i;
    }
    if (best < 0) {
      top_ += size;
      return top_ - size;
    }
    const std::int64_t offset = gaps_[best].first;
    gaps_[best].first += size;
    if (gaps_[best].first == gaps_[best].end) remove(best);
    return offset;
  }
  constexpr void give_back(std::int64_t offset, std::int64_t size) {
    gap freed{offset, offset + size};
    for (int i = static_cast<int>(gaps_.size()); i-- > 0;) {
      if (gaps_[i].end == freed.first) freed.first = gaps_[i].first;
      else if (gaps_[i].first == freed.end) freed.end = gaps_[i].end;
      else continue;
      remove(i);
    }
    if (freed.end == top_) top_ = freed.first;
    else gaps_.push_back(freed);
  }
  constexpr std::int64_t top() const { return top_; }

 private:
  struct gap {
    std::int64_t first = 0, end = 0;
  };
  constexpr void remove(int i) {
    gaps_[i] = gaps_.back();
    gaps_.pop_back();
  }
  sequence<gap> gaps_;
  std::int64_t top_ = 0;
};

}  // namespace detail

/// Places storages by liveness: in the order of the kernels that write them, each goes into the smallest gap between those
/// alive at the same time, or takes over the memory of the operand it is computed from in place.
template <class Graph, class Plan> constexpr memory_plan plan_memory(const Graph& g, const Plan& p, const binding& b, std::int64_t workspace_bytes) {
  const std::size_t count = p.storages.size();
  memory_plan m;
  m.offsets.resize(count, -1);
  detail::arena_map arena;
  sequence<std::int64_t> held(count, 0);                // bytes, by storage
  sequence<int> dying(p.kernels.size() + 2, -1), next(count, -1);  // lists of storages by the last kernel that reads them, from -1 on
  int done = -1;                                        // what the kernels before this one read last is given back
  for (std::size_t s = 0; s < count; ++s) {
    const auto& t = p.storages[s];
    if (t.kind != storage_kind::arena) continue;
    for (; done < t.first_kernel; ++done)
      for (int x = dying[done + 1]; x >= 0; x = next[x])
        if (held[x] > 0) arena.give_back(m.offsets[static_cast<std::size_t>(x)], held[x]);
    if (t.in_place_of >= 0) {
      m.offsets[s] = m.offsets[static_cast<std::size_t>(t.in_place_of)];
      held[s] = std::exchange(held[t.in_place_of], 0);
    } else {
      held[s] = align_up(b.count(g.shape_of(t.node)) * size_of(g[t.node].type));
      m.offsets[s] = arena.take(held[s]);
      m.arena_bytes = std::max(m.arena_bytes, arena.top());
    }
    next[s] = std::exchange(dying[t.last_kernel + 1], static_cast<int>(s));
  }
  m.workspace = m.arena_bytes;
  m.arena_bytes += align_up(workspace_bytes);
  return m;
}

}  // namespace tapeless
