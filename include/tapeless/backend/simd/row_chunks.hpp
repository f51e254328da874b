#pragma once
#include <tapeless/backend/simd/row_passes.hpp>

#include <algorithm>
#include <new>

namespace tapeless::inline TAPELESS_ABI::wide {

/// Some kernels reduce by chunks of a fixed size, in whatever number of threads: the results of the chunks are combined in
/// their order. Most do not.
struct no_chunks {
  static constexpr bool applies = false;
};

inline constexpr std::int64_t chunk_elements = 1 << 15;

/// Elements of one step of a kernel's outermost loop.
template <class Spec> inline std::int64_t elements_of_step(const std::int64_t* numbers) {
  std::int64_t elements = 1;
  for (int l = 1; l < Spec::S.loops(); ++l) elements *= Spec::extent(numbers, l);
  return std::max<std::int64_t>(1, elements);
}

/// A single row, all of the tensor, is cut.
template <std::uint64_t Hash> struct chunks_of_row {
  using slots = loop_slots<Hash>;
  using passes = row_passes<Hash>;
  static constexpr auto& S = slots::S;
  static constexpr bool applies = S.mode == loop_mode::rows && S.outer_loops == 0 && S.passes() == 1 && !(S.reduced_loops == 0 && S.inner >= 0);

  static std::int64_t steps(const std::int64_t* numbers) { return std::max<std::int64_t>(1, chunk_elements / elements_of_step<slots>(numbers)); }
  static std::int64_t count(const std::int64_t* numbers) {
    const auto n = steps(numbers);
    return std::max<std::int64_t>(1, (slots::extent(numbers, 0) + n - 1) / n);
  }
  static std::int64_t bytes(const std::int64_t*) { return sizeof(found); }

  static void run(void* const* tensors, const std::int64_t* numbers, std::byte*) noexcept {
    const auto n = count(numbers);
    found total{};
    for (std::int64_t c = 0; c < n; ++c) {
      found chunk = reduce(tensors, numbers, c);
      if (c == 0) total = chunk;
      else add(total, chunk);
    }
    write(tensors, numbers, total);
  }
  static void run_chunk(void* const* tensors, const std::int64_t* numbers, std::byte*, std::int64_t c, std::byte* result) noexcept { new (result) found(reduce(tensors, numbers, c)); }
  static void finish(void* const* tensors, const std::int64_t* numbers, std::byte* results) noexcept {
    auto* const chunk = reinterpret_cast<found*>(results);
    for (std::int64_t c = 1; c < count(numbers); ++c) add(chunk[0], chunk[c]);
    write(tensors, numbers, chunk[0]);
  }

 private:
  using found = typename slots::template registers<scalar_lanes>;

  [[gnu::always_inline]] static void add(found& total, found chunk) {
    slots::template each_reduction<0>([&](auto s, auto op) { detail::get<s>(total) = decltype(op)::type::combine(detail::get<s>(total), detail::get<s>(chunk)); });
  }
  /// Inlined, so that what was found stays in registers: in memory, it would wait for all that has been written of the row.
  [[gnu::always_inline]] static found reduce(void* const* tensors, const std::int64_t* numbers, std::int64_t c) {
    found result{};
    const auto n = steps(numbers), all = slots::extent(numbers, 0);
    typename slots::part_of_domain part(numbers);
    if (all > n) part.narrow(0, c * n, std::min(all, (c + 1) * n));
    if constexpr (S.any_before()) passes::begin_row(slots::cursor_of(tensors, numbers), numbers, result);
    passes::template reduce_row<0>(slots::cursor_of(tensors, part.numbers.data()), part.numbers.data(), nullptr, nullptr, result);
    return result;
  }
  static void write(void* const* tensors, const std::int64_t* numbers, found& total) {
    passes::begin_row(slots::cursor_of(tensors, numbers), numbers, total);
    passes::template finish_row<0>(slots::cursor_of(tensors, numbers), numbers, total);
  }
};

/// Where rows add up across, they are taken some at a time, and so are columns. A chunk's result is its row of sums.
template <std::uint64_t Hash> struct chunks_of_rows {
  using slots = loop_slots<Hash>;
  using passes = row_passes<Hash>;
  using row_of_sums = typename passes::row_of_sums;
  static constexpr auto& S = slots::S;
  static constexpr bool applies = row_of_sums::sums + row_of_sums::results > 0, by_columns = S.mode == loop_mode::columns;
  static constexpr int cut = by_columns ? passes::inner_loop : 0;
  static constexpr std::int64_t least_steps = by_columns ? 1024 : 16, most_chunks = 64;

  static std::int64_t steps(const std::int64_t* numbers) {
    const auto of_step = by_columns ? sums_of_chunk(numbers) : elements_of_step<slots>(numbers);
    const auto n = std::max({least_steps, chunk_elements / of_step, (slots::extent(numbers, cut) + most_chunks - 1) / most_chunks});
    return by_columns ? n / 64 * 64 : n;
  }
  static std::int64_t count(const std::int64_t* numbers) {
    const auto n = steps(numbers);
    return std::max<std::int64_t>(1, (slots::extent(numbers, cut) + n - 1) / n);
  }
  static std::int64_t bytes(const std::int64_t* numbers) { return (row_of_sums::sums * sums_of_chunk(numbers) + row_of_sums::results) * static_cast<std::int64_t>(passes::register_bytes); }

  static void run(void* const* tensors, const std::int64_t* numbers, std::byte* workspace) noexcept {
    std::byte* const total = sums_of(numbers, workspace);
    std::byte* const chunk = total + bytes(numbers);
    const auto n = count(numbers);
    for (std::int64_t c = 0; c < n; ++c) {
      run_chunk(tensors, numbers, workspace, c, c == 0 ? total : chunk);
      if (c > 0) add(numbers, total, chunk);
    }
    write(tensors, numbers, total);
  }
  static void run_chunk(void* const* tensors, const std::int64_t* numbers, std::byte* workspace, std::int64_t c, std::byte* result) noexcept {
    const auto n = steps(numbers);
    typename slots::part_of_domain part(numbers);
    part.narrow(cut, c * n, std::min(slots::extent(numbers, cut), (c + 1) * n));
    clear(numbers, result);
    slots::template outer<0>(slots::cursor_of(tensors, part.numbers.data()), part.numbers.data(), [&](const auto& at) {
      if constexpr (by_columns) passes::columns(at, part.numbers.data(), workspace, result);
      else passes::row(at, part.numbers.data(), workspace, result);
    });
  }
  static void finish(void* const* tensors, const std::int64_t* numbers, std::byte* results) noexcept {
    for (std::int64_t c = 1; c < count(numbers); ++c) add(numbers, results, results + c * bytes(numbers));
    write(tensors, numbers, results);
  }

 private:
  using wide = typename slots::wide;

  static std::int64_t sums_of_chunk(const std::int64_t* numbers) { return by_columns ? passes::lines(numbers) : passes::registers_of_row(numbers); }
  /// Behind the row buffer.
  static std::byte* sums_of(const std::int64_t* numbers, std::byte* workspace) {
    return workspace + static_cast<std::int64_t>(passes::register_bytes) * passes::row_buffer::kept * passes::registers_of_row(numbers);
  }
  static void clear(const std::int64_t* numbers, std::byte* sums) {
    const auto one = [](auto s, auto op, std::byte* place) {
      using element = element_of<S.slot_type(s)>;
      const auto start = wide::broadcast(decltype(op)::type::template identity<element>());
      std::memcpy(place, &start, sizeof start);
    };
    row_of_sums row{sums};
    for (auto n = sums_of_chunk(numbers); n > 0; --n, row.advance()) row.each(one);
    row.template each<true>(one);
  }
  static void add(const std::int64_t* numbers, std::byte* to, const std::byte* from) {
    const auto one = [&](auto s, auto op, std::byte* place) {
      typename wide::template value<S.slot_type(s)> x, y;
      std::memcpy(&x, place, sizeof x);
      std::memcpy(&y, from + (place - to), sizeof y);
      x = decltype(op)::type::combine(x, y);
      std::memcpy(place, &x, sizeof x);
    };
    row_of_sums row{to};
    for (auto n = sums_of_chunk(numbers); n > 0; --n, row.advance()) row.each(one);
    row.template each<true>(one);
  }
  static void write(void* const* tensors, const std::int64_t* numbers, std::byte* sums) {
    row_of_sums row{sums};
    const auto start = slots::cursor_of(tensors, numbers);
    passes::template reduced<S.outer_loops>(start, numbers, [&](const auto& at) {
      if constexpr (by_columns) row.each([&](auto s, auto op, const std::byte* place) { write_total<s, typename decltype(op)::type>(at, place); });
      if constexpr (by_columns) return row.advance();
      slots::by_registers(slots::extent(numbers, passes::inner_loop), [&](std::int64_t i, auto count, auto) {
        row.each([&](auto s, auto, const std::byte* place) {
          typename wide::template value<S.slot_type(s)> x;
          std::memcpy(&x, place, sizeof x);
          detail::repeat<S.writes>([&](auto w) {
            constexpr int a = S.reads + w;
            if constexpr (S.access[static_cast<std::size_t>(a)].slot == s) {
              const auto stride = slots::template inner_stride<a>(numbers);
              wide::store(x, static_cast<typename slots::template element<a>*>(at[a]) + i * stride, stride, count);
            }
          });
        });
        row.advance();
      });
    });
    row.template each<true>([&](auto s, auto op, const std::byte* place) { write_total<s, typename decltype(op)::type>(start, place); });
  }
  /// A register of sums as one.
  template <int Slot, class Op> static void write_total(const typename slots::cursor& at, const std::byte* place) {
    typename wide::template value<S.slot_type(Slot)> x;
    std::memcpy(&x, place, sizeof x);
    const auto total = wide::template combine_lanes<Op, wide::count>(x);
    detail::repeat<S.writes>([&](auto w) {
      constexpr int a = S.reads + w;
      if constexpr (S.access[static_cast<std::size_t>(a)].slot == Slot) *static_cast<typename slots::template element<a>*>(at[a]) = total;
    });
  }
};

}  // namespace tapeless::wide
