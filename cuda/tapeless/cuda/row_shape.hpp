#pragma once
#include <tapeless/cuda/loop_arguments.hpp>
#include <tapeless/device/block.hpp>

#include <algorithm>

namespace tapeless::inline TAPELESS_ABI::device {

/// How the rows of a reducing loop are dealt out to threads. It depends on extents only, and so does the order of every sum.
///
/// A team of threads works on a row. Where the inner loop is reduced, the members take neighbouring units of the row's elements
/// by turns. Where it is kept, a group of neighbouring columns is what a row was: `lanes` threads stand side by side along
/// the columns, and the members of a team down the reduced loops.
///
/// Where rows are few and long, each is cut into chunks of a team each. What adds up across rows is added up chunk by chunk: one
/// block goes over that chunk of every row, or of every row of a part of them.
struct row_shape {
  std::int64_t rows = 0;       ///< or groups of columns, of all outer coordinates
  std::int64_t inner = 0;      ///< extent of the inner loop
  std::int64_t units = 0;      ///< of the inner loop, the last perhaps not whole
  std::int64_t positions = 0;  ///< that the members of a team take by turns: units of a row, or steps of the reduced loops
  std::int64_t groups = 1;     ///< of columns
  int lanes = 1, members = 1;
  int teams = 1;               ///< in a block
  std::int64_t chunks = 1;     ///< of a row, each with a team of its own
  std::int64_t blocks = 0;
  std::int64_t parts = 0;      ///< of the rows, each added up across by blocks of its own
  std::int64_t result_parts = 0;  ///< blocks that add up what is once for a row
  bool keeps_in_shared = true, sums_in_shared = true;
  std::int64_t kept_bytes = 0, sum_bytes = 0;  ///< of a team
  std::int64_t sum_elements = 0, part_elements = 0;      ///< of a sum across rows: of a team, and of a part

  static constexpr int most_threads = 256;
  static constexpr std::int64_t enough_blocks = 264, most_blocks = 1056, most_shared = 40 << 10;
  static constexpr std::int64_t elements_of_card = 1 << 18;  ///< more than these are worth launches of their own

  int team_threads() const { return lanes * members; }
  int threads() const { return lanes * members * teams; }
  std::int64_t elements() const { return positions * lanes; }
};

constexpr std::int64_t round_up(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }

template <std::uint64_t Hash, int W> row_shape row_shape_of(const std::int64_t* numbers) {
  using facts = slot_facts<Hash, W>;
  constexpr int inner_loop = facts::loops - 1;
  constexpr bool crosses = facts::sums + facts::results > 0;
  const auto quotient = [](std::int64_t n, std::int64_t d) { return (n + d - 1) / d; };
  const auto power_of_two = [](std::int64_t n, std::int64_t most) { return static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp<std::int64_t>(n, 1, most)))); };
  row_shape s;
  s.inner = numbers[inner_loop];
  s.units = quotient(s.inner, W);
  std::int64_t reduced = 1;
  s.rows = 1;
  for (int l = 0; l < facts::outer_loops; ++l) s.rows *= numbers[l];
  for (int l = facts::outer_loops; l < inner_loop; ++l) reduced *= numbers[l];
  if constexpr (facts::columns) {
    s.positions = reduced;
    s.members = power_of_two(quotient(reduced, 4), 8);
    s.lanes = power_of_two(s.units, row_shape::most_threads / s.members);
    s.members = power_of_two(std::max<std::int64_t>(quotient(reduced, 4), warp / s.lanes), row_shape::most_threads / s.lanes);
    const bool large = s.rows * reduced * s.inner > row_shape::elements_of_card;
    // 8 lanes take whole sectors, and more of them go down.
    while (large && s.lanes > 8 && 2 * s.members <= reduced && s.rows * quotient(s.units, s.lanes) < row_shape::enough_blocks) s.lanes /= 2, s.members *= 2;
    s.groups = quotient(s.units, s.lanes);
    s.rows *= s.groups;
  } else {
    s.positions = reduced * s.units;
    s.members = power_of_two(quotient(s.positions, 4), row_shape::most_threads);
    if (!crosses && s.positions <= 8 * warp) s.members = std::min(s.members, warp);
    s.teams = row_shape::most_threads / s.members;
  }
  const auto place_sums = [&](std::int64_t of_team) {
    s.sum_elements = facts::sums > 0 ? round_up(of_team * (facts::columns ? s.lanes : W), 16) : 0;
    s.sum_bytes = facts::sum_bytes * s.sum_elements + (facts::sums > 0 && s.teams > 1 ? 16 : 0);  // teams begin in different banks
    return s.sum_bytes * s.teams;
  };
  if constexpr (!facts::columns) {
    const bool of_card = s.rows * s.positions * W > row_shape::elements_of_card;
    while (s.teams > 1 && s.members < s.positions && (place_sums(s.positions) > row_shape::most_shared || (of_card && quotient(s.rows, s.teams) < row_shape::enough_blocks)))
      s.members *= 2, s.teams /= 2;
  }
  s.blocks = quotient(s.rows, s.teams);
  if (s.teams == 1 && s.blocks > 0 && s.blocks < row_shape::enough_blocks) {
    const bool large = s.rows * s.elements() * W > row_shape::elements_of_card * (crosses || facts::passes == 1 ? 1 : 2);
    const auto least = large ? quotient(row_shape::enough_blocks + 36, s.blocks) : 1;  // somewhat more than enough: the last chunk may be short
    const auto most = s.positions / (s.members * (crosses ? 4 : 8));
    if (large || (!crosses && most >= (facts::passes == 1 ? 2 : 4))) {
      const auto wanted = std::min(s.positions, std::max(least, std::min(most, crosses ? row_shape::most_blocks / 2 : quotient(row_shape::most_blocks, s.blocks))));
      s.chunks = quotient(s.positions, quotient(s.positions, wanted));
      s.blocks *= s.chunks;
    }
  }
  const auto elements = round_up(s.elements() * W, 16);
  s.kept_bytes = facts::kept_bytes * elements;
  const auto of_chunk = quotient(s.positions, s.chunks);
  place_sums(of_chunk);
  s.keeps_in_shared = s.chunks == 1 && s.kept_bytes * s.teams <= row_shape::most_shared;
  s.sums_in_shared = s.sum_bytes * s.teams + (s.keeps_in_shared ? s.kept_bytes * s.teams : 0) <= row_shape::most_shared;
  if ((crosses || !s.keeps_in_shared) && s.chunks == 1) s.blocks = std::min(s.blocks, row_shape::most_blocks / 2);
  s.parts = s.chunks == 1 ? s.blocks : std::min(s.rows, quotient(row_shape::enough_blocks, s.chunks));
  s.part_elements = s.chunks == 1 ? s.sum_elements : facts::sums > 0 ? round_up(s.chunks * of_chunk * (facts::columns ? s.lanes : W), 16) : 0;
  s.result_parts = s.chunks == 1 ? s.blocks : std::min(s.rows, row_shape::most_blocks / 2);
  return s;
}

}  // namespace tapeless::device
