#pragma once

#include <algorithm>
#include <cstdint>
#include <tapeless/backend/simd/gemm_shape.hpp>
#include <type_traits>

namespace tapeless::inline TAPELESS_ABI::wide {

/// What is to become of a product where it is not stored as it is: c = from + scale * product. `from` may be c.
template <class T> struct gemm_update {
  matrix_view<T> c;
  matrix_view<const T> from;
  T scale;
};

namespace detail {

/// What a caller wants besides the product: to be told of blocks of C that have got their final values, and a share of the
/// work only. One type for all callables: the loops are compiled once.
struct request {
  gemm_share share{};
  bool moves = false;  ///< C is room for a block of rows only; each block begins at its start
  const void* callable = nullptr;
  void (*call)(const void*, std::int64_t, std::int64_t, std::int64_t, std::int64_t) = nullptr;

  template <class Finished> request(const Finished& finished, gemm_share part) : share(part), callable(&finished) {
    if constexpr (requires { finished.moves; }) moves = finished.moves;
    if constexpr (!std::is_same_v<Finished, nothing_finished>)
      call = [](const void* it, std::int64_t i0, std::int64_t i1, std::int64_t j0, std::int64_t j1) {
        (*static_cast<const Finished*>(it))(i0, i1, j0, j1);
      };
  }
};

/// A product's operands; a function that is not inlined takes them by reference, in place of many words on the stack.
template <class T> struct operands {
  matrix_view<const T> a, b;
  matrix_view<T> c;
  const request* extra = nullptr;
  bool is_transposed = false;
  const gemm_update<T>* update = nullptr;
  std::int64_t first_column = 0;  ///< of C, where these are the last columns of a product

  constexpr operands transposed() const { return {b.transposed(), a.transposed(), c.transposed(), extra, !is_transposed, nullptr, first_column}; }
  constexpr gemm_share share() const { return extra ? extra->share : gemm_share(); }
  constexpr bool listens() const { return extra && extra->call; }
  constexpr bool moves() const { return extra && extra->moves; }
  void finished(std::int64_t i0, std::int64_t i1, std::int64_t j0, std::int64_t j1) const {
    if (is_transposed) extra->call(extra->callable, j0, j1, i0 + first_column, i1 + first_column);
    else extra->call(extra->callable, i0, i1, j0 + first_column, j1 + first_column);
  }
};

/// Row blocks and vectors of columns of C. Vectors are taken by whole panels, the last of which may be longer by one: a
/// vector that overlaps the one before it stays in the same range.
struct tile_range {
  std::int64_t first_block, end_block, first, end;

  /// The end of a range that begins with vector `v` and has `step` vectors, a multiple of the `most` of a panel.
  static constexpr std::int64_t cut(std::int64_t v, std::int64_t step, std::int64_t most, std::int64_t end) {
    if (end - v <= step) return end;
    return end - v - step > 1 ? v + step : step > most ? v + step - most : end;
  }
};

/// A thread's share of C: some of its panels or, where they do not suffice, some of its row blocks. The tiles are those
/// of the whole, so that each element is computed in the same way whatever the number of shares.
[[gnu::noinline]] inline tile_range share_of(tile_range range, std::int64_t most, gemm_share share, bool packs) {
  const std::int64_t vectors = range.end, blocks = range.end_block;
  const std::int64_t panels = std::max<std::int64_t>(1, (vectors + most - 2) / most);
  const auto rounds = [&](std::int64_t units) { return ceil_div(units, share.count); };
  // By rows, each thread packs B for itself, which costs about as much as sixteen rows of C.
  const std::int64_t by_panels = rounds(panels) * blocks * most;
  const std::int64_t by_blocks = (rounds(blocks) + (packs ? 2 : 0)) * vectors;
  if (by_panels <= by_blocks) {
    range.first = share.begin(panels) * most;
    if (share.end(panels) < panels) range.end = share.end(panels) * most;
  } else {
    range.first_block = share.begin(blocks);
    range.end_block = share.end(blocks);
  }
  return range;
}

}  // namespace detail
}  // namespace tapeless::wide
