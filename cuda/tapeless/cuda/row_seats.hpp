#pragma once
#include <tapeless/cuda/loop_arguments.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

template <int Accesses, int Loops> struct row_arguments {
  loop_arguments<Accesses, Loops> loop;
  int pass = -1;                    ///< of the chunks; all have been made where it is their number; -1: no chunks, all passes in this launch
  bool is_aligned = false, keeps_in_shared = true, sums_in_shared = true;
  int lanes = 1, members = 1, teams = 1;
  int lane_bits = 0, team_bits = 0; ///< of the powers of two that lanes, and all threads of a team, are
  std::int64_t items = 0;           ///< rows, or chunks of rows
  std::int64_t chunks = 1, of_chunk = 0;
  std::int64_t positions = 0, inner = 0, rows = 0;
  std::int64_t elements = 0;        ///< of a team, as its memory counts them
  std::int64_t blocks = 0, threads = 0, shared_bytes = 0;
  std::int64_t kept_bytes = 0, sum_bytes = 0, exchange_bytes = 0;
  std::int64_t sum_elements = 0;    ///< of a team, of each sum across rows
  std::int64_t parts = 0, part_elements = 0, result_parts = 0;  ///< see row_shape
  divisor by_chunks, by_groups, by_units;
  std::byte* kept = nullptr;        ///< of all teams of all blocks
  std::byte* sums = nullptr;
  std::byte* partials = nullptr;    ///< of chunks
  std::byte* across = nullptr;      ///< of parts, where rows add up across
};

/// Where a thread is: its row, or its columns, and its turn.
struct row_seat {
  std::int64_t line;    ///< the row, or the group of columns
  std::int64_t row;     ///< the same as outer coordinates
  std::int64_t chunk, column;
  int member, lane, team;
  int n;                ///< columns that are there
  bool active;
};
/// `first`: the row of the block's first team.
template <std::uint64_t Hash, int W, class Arguments> TAPELESS_HOST_DEVICE row_seat row_seat_of(const Arguments& a, std::int64_t first, int t) {
  using facts = slot_facts<Hash, W>;
  constexpr bool columns = facts::columns;
  row_seat s{};
  s.team = columns ? 0 : t >> a.team_bits;
  s.lane = columns ? t & (a.lanes - 1) : 0;
  s.member = columns ? t >> a.lane_bits : t & (a.members - 1);
  const std::int64_t item = first + s.team < a.items ? first + s.team : a.items - 1;
  s.active = first + s.team < a.items;
  s.line = item;
  if (a.pass >= 0 && a.pass < facts::passes) s.line = a.by_chunks.quotient(item), s.chunk = item - s.line * a.chunks;
  s.row = s.line;
  s.n = W;
  if constexpr (columns) {
    const std::int64_t o = a.by_groups.quotient(s.row);
    s.column = ((s.row - o * a.by_groups.number) * a.lanes + s.lane) * W;
    s.row = o;
    if (s.column >= a.inner) s.column = 0, s.active = false;
    if (a.inner - s.column < W) s.n = static_cast<int>(a.inner - s.column);
  }
  return s;
}

}  // namespace tapeless::device
