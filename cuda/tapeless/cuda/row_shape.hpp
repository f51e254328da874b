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

namespace detail {

constexpr std::int64_t quotient_up(std::int64_t n, std::int64_t d) { return (n + d - 1) / d; }
constexpr int power_of_two(std::int64_t n, std::int64_t most) { return static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp<std::int64_t>(n, 1, most)))); }

/// The steps of row_shape_of.
template <class Facts, int W> struct row_division : row_shape {
  static constexpr bool crosses = Facts::sums + Facts::results > 0;

  explicit row_division(const std::int64_t* numbers) {
    constexpr int inner_loop = Facts::loops - 1;
    inner = numbers[inner_loop];
    units = quotient_up(inner, W);
    rows = 1;
    for (int l = 0; l < Facts::outer_loops; ++l) rows *= numbers[l];
    std::int64_t reduced = 1;
    for (int l = Facts::outer_loops; l < inner_loop; ++l) reduced *= numbers[l];
    if constexpr (Facts::columns) share_columns(reduced);
    else share_rows(reduced);
    blocks = quotient_up(rows, teams);
    cut_rows();
    place();
  }

 private:
  void share_columns(std::int64_t reduced) {
    positions = reduced;
    members = power_of_two(quotient_up(reduced, 4), 8);
    lanes = power_of_two(units, most_threads / members);
    members = power_of_two(std::max<std::int64_t>(quotient_up(reduced, 4), warp / lanes), most_threads / lanes);
    // 8 lanes take whole sectors, and more of them go down.
    const bool large = rows * reduced * inner > elements_of_card;
    while (large && lanes > 8 && 2 * members <= reduced && rows * quotient_up(units, lanes) < enough_blocks) lanes /= 2, members *= 2;
    groups = quotient_up(units, lanes);
    rows *= groups;
  }
  void share_rows(std::int64_t reduced) {
    positions = reduced * units;
    members = power_of_two(quotient_up(positions, 4), most_threads);
    if (!crosses && positions <= 8 * warp) members = std::min(members, warp);
    teams = most_threads / members;
    // Fewer teams of more members, where the sums of all teams have no room, or blocks are few.
    const bool large = rows * positions * W > elements_of_card;
    while (teams > 1 && members < positions && (place_sums(positions) > most_shared || (large && quotient_up(rows, teams) < enough_blocks))) members *= 2, teams /= 2;
  }
  void cut_rows() {
    if (teams > 1 || blocks == 0 || blocks >= enough_blocks) return;
    const bool large = rows * elements() * W > elements_of_card * (crosses || Facts::passes == 1 ? 1 : 2);
    const auto least = large ? quotient_up(enough_blocks + 36, blocks) : 1;  // somewhat more than enough: the last chunk may be short
    const auto most = positions / (members * (crosses ? 4 : 8));
    if (!large && (crosses || most < (Facts::passes == 1 ? 2 : 4))) return;
    const auto wanted = std::min(positions, std::max(least, std::min(most, crosses ? most_blocks / 2 : quotient_up(most_blocks, blocks))));
    chunks = quotient_up(positions, quotient_up(positions, wanted));
    blocks *= chunks;
  }
  void place() {
    const auto of_chunk = quotient_up(positions, chunks);
    kept_bytes = Facts::kept_bytes * round_up(elements() * W, 16);
    place_sums(of_chunk);
    keeps_in_shared = chunks == 1 && kept_bytes * teams <= most_shared;
    sums_in_shared = sum_bytes * teams + (keeps_in_shared ? kept_bytes * teams : 0) <= most_shared;
    if ((crosses || !keeps_in_shared) && chunks == 1) blocks = std::min(blocks, most_blocks / 2);
    parts = chunks == 1 ? blocks : std::min(rows, quotient_up(enough_blocks, chunks));
    part_elements = chunks == 1 ? sum_elements : sum_elements_of(chunks * of_chunk);
    result_parts = chunks == 1 ? blocks : std::min(rows, most_blocks / 2);
  }
  std::int64_t sum_elements_of(std::int64_t of_positions) const { return Facts::sums > 0 ? round_up(of_positions * (Facts::columns ? lanes : W), 16) : 0; }
  /// The bytes of all teams.
  std::int64_t place_sums(std::int64_t of_positions) {
    sum_elements = sum_elements_of(of_positions);
    sum_bytes = Facts::sum_bytes * sum_elements + (Facts::sums > 0 && teams > 1 ? 16 : 0);  // teams begin in different banks
    return sum_bytes * teams;
  }
};

}  // namespace detail

template <std::uint64_t Hash, int W> row_shape row_shape_of(const std::int64_t* numbers) { return detail::row_division<slot_facts<Hash, W>, W>(numbers); }

}  // namespace tapeless::device
