#pragma once
#include <tapeless/backend/simd/row_chunks.hpp>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Runs one loop kernel. Loops over unreduced axes stand outside, then reduced ones, then the inner loop, which goes by
/// registers; the last register is partial, so all elements are computed by the same instructions.
template <std::uint64_t Hash> class loop {
  using slots = loop_slots<Hash>;
  using passes = row_passes<Hash>;
  using part = typename slots::part;
  using cursor = typename slots::cursor;
  using wide = typename slots::wide;
  static constexpr auto& S = slots::S;
  static constexpr int inner_loop = S.loops() - 1;

 public:
  using part_of_domain = typename slots::part_of_domain;
  using chunks = std::conditional_t<chunks_of_row<Hash>::applies, chunks_of_row<Hash>, std::conditional_t<chunks_of_rows<Hash>::applies, chunks_of_rows<Hash>, no_chunks>>;

  /// `tensors`: the start of each access's storage; `numbers`: see loop_spec; `workspace`: for what passes keep for later
  /// ones, and for sums.
  static void run(void* const* tensors, const std::int64_t* numbers, void* workspace) noexcept {
    if constexpr (chunks::applies) chunks::run(tensors, numbers, static_cast<std::byte*>(workspace));
    else slots::template outer<0>(slots::cursor_of(tensors, numbers), numbers, [&](const cursor& at) __attribute__((always_inline)) { inner(at, numbers, static_cast<std::byte*>(workspace)); });
    if constexpr (S.streams_late) {  // a small result was not streamed, and would wait for all that is being stored
      if (numbers[S.streams_number()] != 0) stream_end();
    } else if constexpr (S.streams()) {
      stream_end();
    }
  }

 private:
  static void inner(const cursor& at, const std::int64_t* numbers, [[maybe_unused]] std::byte* buffer) {
    if constexpr (S.mode == loop_mode::map) map(at, numbers);
    else if constexpr (S.mode == loop_mode::rows) passes::row(at, numbers, buffer, nullptr);
    else passes::columns(at, numbers, buffer, nullptr);
  }
  static void map(const cursor& at, const std::int64_t* numbers) {
    const auto n = slots::extent(numbers, inner_loop);
    if (n == 0) return;
    if constexpr (by_twos) return map_by_twos(at, numbers);
    typename slots::template registers<wide> r;
    slots::template compute<part::uniform, 0, wide>(r, at, numbers, 0, 1);
    slots::by_registers(n, [&](std::int64_t i, auto count, auto) __attribute__((always_inline)) {
      slots::template elements<0, wide>(std::array{&r}, at, numbers, i, count);
    });
  }
  /// Of two registers of elements each has too long a way to go for the processor to see the other's from there.
  static constexpr bool by_twos = S.mode == loop_mode::map && S.steps >= 8 && S.inner > wide::count && S.inner <= 2 * wide::count;
  static void map_by_twos(const cursor& at, const std::int64_t* numbers) {
    std::array<typename slots::template registers<wide>, 2> r;
    for (auto& one : r) slots::template compute<part::uniform, 0, wide>(one, at, numbers, 0, 1);
    constexpr std::integral_constant<int, static_cast<int>(S.inner) - wide::count> rest;
    slots::template elements<0, wide>(std::array{&r[0], &r[1]}, at, numbers, 0, rest);
  }
};

}  // namespace tapeless::wide
