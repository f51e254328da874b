#pragma once
#include <tapeless/plan/fusion.hpp>

#include <string_view>

namespace tapeless::inline TAPELESS_ABI {

/// Why kernel `k` reads what another loop has written, instead of computing it itself: in words, or empty where one of the
/// two is no loop. `o`: as it is read, perhaps through views.
template <class Graph> std::string_view why_apart(const Graph& g, const fusion& f, int o, int k) {
  using limits = detail::row_groups<Graph>;
  using room = detail::kernel_groups<Graph>;
  const int root = root_of(g, o);
  const auto& made = f.placements[static_cast<std::size_t>(root)];
  if (made.kernel < 0) return {};
  const auto &from = f.kernels[static_cast<std::size_t>(made.kernel)], &to = f.kernels[static_cast<std::size_t>(k)];
  if (from.kind != kernel_kind::loop || to.kind != kernel_kind::loop) return {};
  if (made.across) return "a sum across all rows";
  if (from.width != to.width && from.width != 0 && to.width != 0) return "elements of another size";
  const auto& domain = g.shapes[static_cast<std::size_t>(from.domain)];
  if (made.row && from.reduced == (std::int64_t(1) << domain.rank) - 1) return "all of it is needed before";
  if (made.row && from.domain == to.domain && !limits::row_fits(g, from, representative_binding(g))) return "rows longer than the cache";
  if (made.row && made.pass + 1 >= limits::most_passes) return "too many passes";
  if (from.domain == to.domain && from.row_shape >= 0 && to.row_shape >= 0 && from.reduced != to.reduced) return "reduced over other axes";
  if (from.domain != to.domain) return o == root ? "loops over another shape" : "read in another order";
  if (o != root && !made.row) return "read in another order";
  if (from.nodes.size() + to.nodes.size() > std::min(room::steps_for(g, from), room::steps_for(g, to)) || from.reads.size() + to.reads.size() > room::operands_for(g, from)) return "too much for one loop";
  return "waits for another kernel";
}

}  // namespace tapeless
